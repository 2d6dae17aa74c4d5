//! A script over namespaces, as many people have one: `kubectl set image`, then `kubectl rollout status`.

use std::time::Instant;

use anyhow::{Context, Result};

use super::{Measured, Meter, Processes, for_each_tenant, with_memory_of};
use crate::bench::bed::{Bed, Release, namespace};
use crate::bench::figure::Figure;

pub async fn play(bed: &Bed, release: &Release) -> Result<Measured> {
    bed.rest().await?;
    let image = format!("dashboard={}", release.image);
    let (meter, begun) = (Meter::begin(bed)?, Instant::now());
    let all = for_each_tenant(bed.tenants, |n| upgrade(bed, n, &image));
    let peak_mib = with_memory_of("kubectl", all).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let (mut measured, _) = meter.end(bed, &bed.accounts.kubectl.name, &Processes::Ended { peak_mib }).await?;
    measured.figures.insert(Figure::Seconds, seconds);
    Ok(measured)
}

async fn upgrade(bed: &Bed, n: usize, image: &str) -> Result<()> {
    let (plane, user, namespace) = (&bed.stage.plane, &bed.accounts.kubectl, namespace(n));
    let set = plane.kubectl(user, &["set", "image", "deployment/dashboard", image, "-n", &namespace]).await?;
    set.ok().with_context(|| format!("setting the image in {namespace}"))?;
    let status = plane.kubectl(user, &["rollout", "status", "deployment/dashboard", "-n", &namespace]).await?;
    status.ok().with_context(|| format!("waiting for the rollout in {namespace}"))?;
    Ok(())
}
