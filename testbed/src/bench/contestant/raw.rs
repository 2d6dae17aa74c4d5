//! The limit: a loop that patches images and waits, and does nothing else.

use anyhow::Result;

use super::{Measured, Meter, Processes};
use crate::bench::bed::{Bed, Release};
use crate::bench::child::{Kind, Ready};
use crate::bench::figure::Figure;

pub async fn play(bed: &Bed, release: &Release) -> Result<Measured> {
    let user = &bed.accounts.raw;
    let ready = Ready::start(&bed.job(Kind::Deployment, user, &release.image)).await?;
    bed.rest().await?;
    let meter = Meter::begin(bed)?;
    let rolled = ready.go().await?;
    let (mut measured, _) = meter.end(bed, &user.name, &Processes::Ended { peak_mib: rolled.peak_mib }).await?;
    measured.figures.insert(Figure::Seconds, rolled.seconds);
    Ok(measured)
}
