//! Argo Rollouts: a Rollout in place of each Deployment, a canary without steps, which is what a Deployment does, and the loop that
//! sets the images. Its controller runs in its own rounds only.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

use super::{Measured, Meter, Processes};
use crate::bench::bed::{Bed, Release, create, in_bulk, namespace, workload};
use crate::bench::child::{Kind, Ready, resource};
use crate::bench::figure::Figure;
use crate::bench::program::Who;

const PROCESS: &str = "argo-rollouts";
/// What somebody with a large fleet would set. Its defaults: 40 requests a second, 80 at once, 10 workers.
const TUNED: &str = "--qps=1000 --burst=2000 --rollout-threads=50 --loglevel=warn";

pub async fn play(bed: &Bed, release: &Release, who: Who, made: bool) -> Result<Measured> {
    let built = built().await?;
    if !made {
        make(bed, &built, &format!("{}-before", release.image)).await?;
    }
    let pid = start(bed, &built, if who == Who::ArgoTuned { TUNED } else { "" }).await?;
    let measured = measure(bed, release, pid).await;
    bed.stage.plane.kill_process(PROCESS).await?;
    measured
}

async fn measure(bed: &Bed, release: &Release, pid: u32) -> Result<Measured> {
    let user = &bed.accounts.argo;
    let ready = Ready::start(&bed.job(Kind::Rollout, user, &release.image)).await?;
    bed.rest().await?;
    let meter = Meter::begin(bed)?;
    let rolled = ready.go().await?;
    let (mut measured, _) = meter.end(bed, &user.name, &Processes::One(pid)).await?;
    measured.figures.insert(Figure::Seconds, rolled.seconds);
    Ok(measured)
}

/// The folder with its controller and its CRDs, built once.
async fn built() -> Result<PathBuf> {
    let mut script = Command::new(crate::folder().join("argo-rollouts/prepare"));
    let output = script.stderr(Stdio::inherit()).output().await.context("running testbed/argo-rollouts/prepare")?;
    ensure!(output.status.success(), "testbed/argo-rollouts/prepare failed: {}", output.status);
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

async fn make(bed: &Bed, built: &Path, image: &str) -> Result<()> {
    let (plane, admin) = (&bed.stage.plane, bed.stage.plane.admin().await?);
    let crds = built.join("crds");
    let applied = plane.kubectl(&admin, &["apply", "--server-side", "-f", &crds.to_string_lossy()]).await?;
    applied.ok().context("applying the CRDs of Argo Rollouts")?;
    let waited = plane.kubectl(&admin, &["wait", "--for=condition=Established", "-f", &crds.to_string_lossy()]).await?;
    waited.ok().context("waiting for the CRDs of Argo Rollouts")?;
    in_bulk(bed.tenants, |n| {
        let mut rollout = workload("argoproj.io/v1alpha1", "Rollout", &namespace(n), image);
        rollout["spec"]["strategy"] = json!({"canary": {}});
        async move { create(&bed.stage.admin, &resource(Kind::Rollout), rollout).await }
    })
    .await
    .context("making the Rollouts")
}

/// Starts the controller, and waits until it answers; what it does first is waited for like all else.
async fn start(bed: &Bed, built: &Path, flags: &str) -> Result<u32> {
    let plane = &bed.stage.plane;
    let (metrics, health) = (free_port().await?, free_port().await?);
    let flags = format!(
        "--kubeconfig={} --leader-elect=false --metricsPort={metrics} --healthzPort={health} {flags}",
        bed.accounts.argo.kubeconfig.display()
    );
    let program = built.join("rollouts-controller");
    let command: Vec<&Path> = std::iter::once(program.as_path()).chain(flags.split_whitespace().map(Path::new)).collect();
    plane.start_process(PROCESS, &command)?;
    plane.until_ready(PROCESS, || async move { Ok(TcpStream::connect(("127.0.0.1", health)).await.is_ok()) }).await?;
    plane.process(PROCESS).context("the controller of Argo Rollouts has no process")
}

/// One that is free now. Nobody else here takes ports by number.
async fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").await.context("looking for a free port")?.local_addr()?.port())
}
