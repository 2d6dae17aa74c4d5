//! Two replicas, of which the one that leads is lost again and again while a run goes from its request to its end: by SIGKILL, or as it stands still until
//! the other has taken over, and then goes on with whatever it was about to send.

use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use uplift_testbed::control_plane::eventually;

use crate::world::World;

/// Until the other leads: its Lease has ended by then.
const PATIENCE: Duration = Duration::from_mins(1);

pub struct Replicas<'a> {
    world: &'a World,
    all: Vec<(String, Child)>,
    started: usize,
    /// How often the one that led was lost.
    pub lost: usize,
}

impl<'a> Replicas<'a> {
    /// Both, in place of the one operator.
    pub async fn start(world: &'a World) -> Result<Self> {
        world.end_the_operator().await?;
        let mut replicas = Self { world, all: vec![], started: 0, lost: 0 };
        for _ in 0..2 {
            replicas.add().await?;
        }
        Ok(replicas)
    }

    async fn add(&mut self) -> Result<()> {
        let name = format!("uplift-trial-{}", self.started);
        self.started += 1;
        self.all.push((name.clone(), self.world.replica(&name).await?));
        Ok(())
    }

    /// The one that leads is lost, each time the other way.
    pub async fn lose(&mut self) -> Result<()> {
        let Some(leader) = self.holder().await? else { return Ok(()) };
        let Some(nth) = self.all.iter().position(|(name, _)| *name == leader) else { return Ok(()) };
        if self.lost.is_multiple_of(2) {
            self.all.remove(nth).1.kill().await?;
            self.taken_over(&leader).await?;
            self.add().await?;
        } else {
            signal(&self.all[nth].1, Signal::STOP)?;
            self.taken_over(&leader).await?;
            signal(&self.all[nth].1, Signal::CONT)?;
        }
        self.lost += 1;
        Ok(())
    }

    async fn taken_over(&self, leader: &str) -> Result<()> {
        eventually(PATIENCE, "the other one leads", async || Ok(self.holder().await?.filter(|holder| holder != leader))).await?;
        Ok(())
    }

    /// The pod that holds the Lease.
    async fn holder(&self) -> Result<Option<String>> {
        let lease = Api::<Lease>::namespaced(self.world.client.clone(), "uplift-system").get("uplift").await?;
        Ok(lease.spec.and_then(|spec| spec.holder_identity))
    }
}

fn signal(child: &Child, signal: Signal) -> Result<()> {
    let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)).context("the replica has ended by itself")?;
    Ok(kill_process(pid, signal)?)
}
