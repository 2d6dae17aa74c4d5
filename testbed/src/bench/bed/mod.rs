//! A control plane with so many tenants on it, each with a namespace, a Deployment and a `TenantInstance` of its own.

mod accounts;
mod releases;
mod tenants;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::process::Child;
use tokio::time::{Instant, sleep};

pub use accounts::Accounts;
pub use releases::Release;
pub use tenants::{LABEL, create, in_bulk, namespace, workload};

use super::child;
use super::machine::Reading;
use super::program::{Plane, Pods};
use crate::clock::Authority;
use crate::control_plane::{ControlPlane, Made, User};
use crate::demo::example::{Example, Expected};
use crate::demo::people::People;
use crate::demo::receiver::Receiver;
use crate::demo::stage::{SECRET, Stage, config_file};

/// When the story begins.
const FROM: &str = "2026-12-01T00:00:00Z";
/// Upgrades in flight, of every contestant that can be told so.
pub const IN_FLIGHT: usize = 50;
/// Before a round nobody of ours may use more than this part of one core.
const RESTS: f64 = 0.3;
const REST_BY: Duration = Duration::from_mins(3);

pub struct Bed {
    pub plane: Plane,
    pub tenants: usize,
    pub stage: Stage,
    /// The customers' server.
    hooks: String,
    pub accounts: Accounts,
    /// The releases so far: each round has a new one, since going back to images that ran before is another thing than an upgrade.
    releases: usize,
    /// What plays the controllers on a light bed.
    stand_in: Option<Child>,
}

impl Bed {
    /// Lays a bed: every tenant runs release 0.
    pub async fn lay(plane: Plane, tenants: usize) -> Result<Self> {
        let (stage, hooks) = bare_stage(plane).await?;
        let accounts = Accounts::make(&stage.plane).await?;
        let stand_in = match plane {
            Plane::Full => None,
            Plane::Light => Some(child::stand_in(&stage.plane.user("testbed:stand-in", "system:masters").await?)?),
        };
        let mut bed = Self { plane, tenants, stage, hooks, accounts, releases: 0, stand_in };
        releases::make_window(&bed.stage).await?;
        let image = bed.release(Pods::AtOnce).await?.image;
        tenants::make(&bed.stage.admin, tenants, &image, &bed.hooks).await.context("making the tenants")?;
        bed.stage.clock.jump(FROM.parse().context("reading the beginning")?).await;
        bed.rest().await?;
        Ok(bed)
    }

    /// Ends everything. The stand-in first: it would tell of a watch that broke.
    pub async fn stop(self) -> Result<()> {
        let Self { stage, stand_in, .. } = self;
        if let Some(mut stand_in) = stand_in {
            stand_in.kill().await.context("ending the stand-in")?;
        }
        stage.plane.stop().await
    }

    /// The next release. Nobody has accepted or approved it.
    pub async fn release(&mut self, pods: Pods) -> Result<Release> {
        let release = releases::make(&self.stage, self.releases, pods).await?;
        self.releases += 1;
        Ok(release)
    }

    /// People sign it off and approve it: from now on tenants get dates.
    pub async fn approve(&self, release: &Release) -> Result<()> {
        releases::approve(&self.stage, release).await
    }

    /// The control plane's processes: of a light bed with the stand-in, which does a controller's work.
    pub fn control_plane(&self) -> Vec<(&'static str, u32)> {
        let stand_in = self.stand_in.as_ref().and_then(Child::id).map(|pid| ("stand-in", pid));
        self.stage.plane.processes().into_iter().chain(stand_in).collect()
    }

    /// Waits until nothing of ours has anything left to do: no round pays for the one before.
    pub async fn rest(&self) -> Result<()> {
        let end = Instant::now() + REST_BY;
        let mut before = Reading::now()?;
        loop {
            sleep(Duration::from_secs(1)).await; // what is measured is a time
            let now = Reading::now()?;
            let used = now.since(&before);
            if used.tree / used.seconds < RESTS {
                return Ok(());
            }
            ensure!(Instant::now() < end, "the control plane does not rest within {REST_BY:?}");
            before = now;
        }
    }

    /// An image for all workloads of a kind.
    pub fn job(&self, kind: child::Kind, user: &User, image: &str) -> child::Job {
        child::Job {
            kubeconfig: user.kubeconfig.clone(),
            kind,
            label: LABEL.into(),
            workloads: self.tenants,
            image: image.into(),
            in_flight: IN_FLIGHT,
        }
    }
}

/// A stage with nobody on it: the chart with its policies, the customers' server, the clock. And where that server is.
async fn bare_stage(plane: Plane) -> Result<(Stage, String)> {
    let made = Made { audit_policy: crate::folder().join("bench/audit-policy.yaml"), controllers: plane == Plane::Full };
    let plane = ControlPlane::start_as(&made).await?;
    let socket = plane.dir().join("clock.sock");
    let clock = Arc::new(Authority::start(&socket)?);
    let (receiver, hooks) = Receiver::start(SECRET.to_vec(), clock.clone()).await?;
    let hosts = format!("notices.allowHosts=[\"{hooks}\"]");
    plane.install_chart(&["--set", "notices.source=https://uplift.example/bench", "--set-json", &hosts]).await?;
    let admin = plane.admin().await?.client().await?;
    let config = config_file(&plane, &admin).await?;
    let (people, operator) = (People::of(&plane, &[]).await?, plane.operator().await?);
    let stage = Stage { plane, clock, receiver, example: nobody(), people, admin, operator, config, socket };
    Ok((stage, format!("http://{hooks}")))
}

/// No story: the tenants are made in bulk.
fn nobody() -> Example {
    let expected = Expected {
        upgraded: BTreeSet::new(),
        opted_out: BTreeSet::new(),
        blocked: BTreeMap::new(),
        rolled_back: None,
        called_off: None,
    };
    Example { manifests: vec![], events: vec![], expected }
}
