//! Kills the leader again and again, in three ways, and measures how long it takes until another one leads and writes.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use tokio::time::sleep;

use super::{LEASE, replica::Replica, stage::Stage};
use crate::{
    clock::real,
    control_plane::eventually,
    demo::trail::{Trail, is_committed_write, resource},
};

/// A way to lose the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Its node is gone.
    Killed,
    /// It stands still until another one has taken over, and goes on with whatever it was about to send.
    Stopped,
    /// It does not reach the API server until another one has taken over, and reaches its contacts all the while.
    CutOff,
}

impl Way {
    pub const ALL: [Self; 3] = [Self::Killed, Self::Stopped, Self::CutOff];
}

/// One takeover.
#[derive(Clone, Debug)]
pub struct Taken {
    pub way: Way,
    /// From the kill until another pod holds the Lease.
    pub held: Duration,
    /// From the kill until that pod's first write was committed, by the audit log.
    pub wrote: Option<Duration>,
}

/// So long may anything take before the run fails.
const PATIENCE: Duration = Duration::from_mins(1);
/// The deposed one has so long to do what it must not.
const MISCHIEF: Duration = Duration::from_millis(500);

/// Plays them all.
pub async fn play(stage: &Stage, kills: usize, replicas: usize) -> Result<Vec<Taken>> {
    let mut all = vec![];
    for n in 0..replicas {
        all.push(Replica::start(stage, format!("uplift-{n}")).await?);
    }
    stage.open().await?;
    let (mut taken, mut trail) = (vec![], Trail::default());
    for kill in 0..kills {
        let leader = works(stage, &mut trail).await.with_context(|| format!("before kill {kill}"))?;
        let nth = all.iter().position(|replica| replica.name == leader).context("a pod leads that is none of ours")?;
        let way = Way::ALL[kill % Way::ALL.len()];
        taken.push(take_over(stage, &mut all, nth, way, replicas + kill, &mut trail).await?);
        if (kill + 1) % 20 == 0 {
            println!("{} of {kills} takeovers", kill + 1);
        }
    }
    for replica in all {
        replica.end().await?;
    }
    Ok(taken)
}

/// The pod that holds the Lease.
async fn holder(stage: &Stage) -> Result<Option<String>> {
    let lease = stage.leases().get("uplift").await.context("reading the Lease")?;
    Ok(lease.spec.and_then(|spec| spec.holder_identity).filter(|holder| !holder.is_empty()))
}

/// A leader that starts or changes something: it is in the middle of its work.
async fn works(stage: &Stage, trail: &mut Trail) -> Result<String> {
    let begin = Instant::now();
    loop {
        let leader = holder(stage).await?;
        for event in trail.more(&stage.plane)? {
            if leader.is_some()
                && is_committed_write(&event)
                && resource(&event) == "deployments"
                && pod(&event) == leader.as_deref()
            {
                return leader.context("there is one");
            }
        }
        if begin.elapsed() > PATIENCE {
            bail!("nobody has changed an image for {PATIENCE:?}; {leader:?} leads");
        }
        sleep(Duration::from_millis(5)).await;
    }
}

async fn take_over(stage: &Stage, all: &mut Vec<Replica>, nth: usize, way: Way, next: usize, trail: &mut Trail) -> Result<Taken> {
    let (killed, at) = (Instant::now(), real());
    let old = all[nth].name.clone();
    match way {
        Way::Killed => all.remove(nth).kill().await?,
        Way::Stopped => all[nth].stop()?,
        Way::CutOff => all[nth].wire.cut(),
    }
    let new =
        eventually(PATIENCE, "another one leads", async || Ok(holder(stage).await?.filter(|holder| *holder != old))).await?;
    let held = killed.elapsed();
    sleep(MISCHIEF).await;
    match way {
        Way::Killed => all.push(Replica::start(stage, format!("uplift-{next}")).await?),
        Way::Stopped => all[nth].go_on()?,
        Way::CutOff => all[nth].wire.mend(),
    }
    let wrote = first_write(stage, &new, at, trail).await?;
    Ok(Taken { way, held, wrote })
}

/// How long after this instant the pod's first write was committed.
async fn first_write(stage: &Stage, pod_name: &str, since: Timestamp, trail: &mut Trail) -> Result<Option<Duration>> {
    let ours = ["tenantinstances", "dashboardreleases", "upgradewindows", "deployments"];
    let begin = Instant::now();
    while begin.elapsed() < 2 * LEASE {
        for event in trail.more(&stage.plane)? {
            if is_committed_write(&event) && ours.contains(&resource(&event)) && pod(&event) == Some(pod_name) {
                let at: Timestamp =
                    event["stageTimestamp"].as_str().unwrap_or_default().parse().context("reading a time of the audit log")?;
                return Ok(Duration::try_from(at.duration_since(since)).ok());
            }
        }
        sleep(Duration::from_millis(5)).await;
    }
    Ok(None)
}

/// The pod whose token a request came with.
pub fn pod(event: &serde_json::Value) -> Option<&str> {
    event["user"]["extra"]["authentication.kubernetes.io/pod-name"][0].as_str()
}
