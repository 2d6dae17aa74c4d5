//! `helm upgrade --wait`, of a chart with one Deployment for each tenant. It is Helm's own Deployment: of one that others patch too it
//! would only say that they conflict.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};

use super::{Measured, Meter, Processes, for_each_tenant, with_memory_of};
use crate::bench::bed::{Bed, Release, namespace};
use crate::bench::figure::Figure;

/// The least that is a chart.
const TEMPLATE: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: helm}
spec:
  replicas: 1
  revisionHistoryLimit: 1
  selector: {matchLabels: {app: helm}}
  template:
    metadata: {labels: {app: helm}}
    spec:
      containers:
      - {name: dashboard, image: {{ .Values.image | quote }}}
";

pub async fn play(bed: &Bed, release: &Release, installed: bool) -> Result<Measured> {
    let chart = chart(bed.stage.plane.dir())?;
    if !installed {
        let before = format!("image={}-before", release.image);
        for_each_tenant(bed.tenants, |n| helm(bed, n, &chart, &before, &["install"])).await?;
    }
    bed.rest().await?;
    let image = format!("image={}", release.image);
    let (meter, begun) = (Meter::begin(bed)?, Instant::now());
    let all = for_each_tenant(bed.tenants, |n| helm(bed, n, &chart, &image, &["upgrade", "--wait"]));
    let peak_mib = with_memory_of("helm", all).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let (mut measured, _) = meter.end(bed, &bed.accounts.helm.name, &Processes::Ended { peak_mib }).await?;
    measured.figures.insert(Figure::Seconds, seconds);
    Ok(measured)
}

async fn helm(bed: &Bed, n: usize, chart: &Path, image: &str, how: &[&str]) -> Result<()> {
    let (namespace, chart) = (namespace(n), chart.to_string_lossy());
    let mut arguments = how.to_vec();
    arguments.extend(["dashboard", &chart, "-n", &namespace, "--set", image]);
    let done = bed.stage.plane.helm(&bed.accounts.helm, &arguments).await?;
    done.ok().with_context(|| format!("helm {} in {namespace}", how.join(" ")))?;
    Ok(())
}

fn chart(dir: &Path) -> Result<PathBuf> {
    let chart = dir.join("bench-chart");
    fs::create_dir_all(chart.join("templates")).context("making the chart")?;
    fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: dashboard\nversion: 0.1.0\n").context("writing the chart")?;
    fs::write(chart.join("templates/deployment.yaml"), TEMPLATE).context("writing the chart's template")?;
    Ok(chart)
}
