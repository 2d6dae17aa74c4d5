//! The limit: a loop that patches images and waits, and does nothing else.

use anyhow::Result;

use super::{Measured, Meter, Processes, roll};
use crate::bench::bed::{Bed, Release};
use crate::bench::child::Kind;
use crate::bench::figure::Figure;

pub async fn play(bed: &Bed, release: &Release) -> Result<Measured> {
    bed.rest().await?;
    let user = &bed.accounts.raw;
    let meter = Meter::begin(bed)?;
    let rolled = roll(bed, &bed.job(Kind::Deployment, user, &release.image)).await?;
    let (mut measured, _) = meter.end(bed, &user.name, &Processes::Ended { peak_mib: rolled.peak_mib })?;
    measured.figures.insert(Figure::Seconds, rolled.seconds);
    Ok(measured)
}
