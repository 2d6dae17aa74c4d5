//! Runs from their request to their end, while the operator is killed right after each of its writes: every step is done once, and nothing comes out.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use kube::ResourceExt;
use kube::api::ListParams;
use serde_json::Value;
use tokio::time::sleep;
use uplift::api::UpgradeTrialStatus;
use uplift::api::trial::{TrialAnswer, TrialVerdict};
use uplift_testbed::demo::trail::{Trail, is_committed_write, resource};

use crate::home::Home;
use crate::replicas::Replicas;
use crate::row::Change;
use crate::world::World;

/// So often it is killed at least: in as many runs as that takes.
const KILLS: usize = 40;
/// A run of five Jobs and two rollouts, in which each write takes a life.
const LONG: Duration = Duration::from_mins(5);
/// So often the one that leads is lost at least.
const TAKEOVERS: usize = 8;
/// What a run changes of its workload: up, other images, down.
const CHANGES: i64 = 3;

pub async fn after_each_write(world: &World) -> Result<String> {
    let home = Home::make(world, "killed-at-each-write", &honest()).await?;
    let (mut kills, mut trail) = (0, Trail::default());
    trail.more(&world.plane)?;
    let mut runs = 0;
    while kills < KILLS {
        runs += 1;
        home.ask(Some("2026.12.0")).await?;
        let kill = async || {
            kills += 1;
            world.kill_the_operator().await
        };
        home.outlives(runs, &mut trail, kill).await.with_context(|| format!("run {runs}"))?;
        home.ask_anew().await?;
    }
    home.came_to_its_end(runs).await?;
    Ok(format!("{kills} kills in {runs} runs: each step once, each run confirmed and emptied, 0 bytes"))
}

/// The same with two replicas, of which the one that leads is lost after every second write. The one operator does not come back: the Lease is theirs.
pub async fn of_who_leads(world: &World) -> Result<String> {
    let home = Home::make(world, "lost-by-its-leader", &honest()).await?;
    let (mut replicas, mut writes, mut trail) = (Replicas::start(world).await?, 0, Trail::default());
    trail.more(&world.plane)?;
    home.ask(Some("2026.12.0")).await?;
    let lose = async || {
        writes += 1;
        if writes % 2 == 0 { replicas.lose().await } else { Ok(()) }
    };
    home.outlives(1, &mut trail, lose).await?;
    home.came_to_its_end(1).await?;
    let takeovers = replicas.lost;
    ensure!(takeovers >= TAKEOVERS, "{takeovers} takeovers");
    Ok(format!("{takeovers} takeovers in a run: each step once, confirmed and emptied, 0 bytes"))
}

/// A run in which every guard stands.
fn honest() -> Change {
    Change { network: Some("closed".into()), ..Change::default() }
}

impl Home<'_> {
    /// Does this after each write, until so many runs are over.
    async fn outlives(&self, runs: usize, trail: &mut Trail, mut lose: impl AsyncFnMut() -> Result<()>) -> Result<()> {
        let begun = Instant::now();
        loop {
            let status = self.status().await?;
            if status.run.is_none() && status.runs.len() == runs {
                let end = &status.runs[0].end;
                ensure!((end.verdict, end.answer) == (TrialVerdict::Passed, Some(TrialAnswer::Confirmed)), "{end:?}");
                return Ok(());
            }
            if waits_for_people(&status) {
                self.answer(Some("Confirmed")).await?;
            }
            if trail.more(&self.world.plane)?.iter().any(|event| self.is_own(event)) {
                lose().await?;
            }
            if begun.elapsed() > LONG {
                bail!("not over after {LONG:?}: {}", serde_json::to_string(&status)?);
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// A write of the operator's to what this tenant or its trial is.
    fn is_own(&self, event: &Value) -> bool {
        let namespace = event["objectRef"]["namespace"].as_str().unwrap_or_default();
        is_committed_write(event) && resource(event) != "events" && [self.tenant.as_str(), self.namespace()].contains(&namespace)
    }

    async fn came_to_its_end(&self, runs: usize) -> Result<()> {
        self.did_each_once(runs).await?;
        self.nothing_is_left().await?;
        let heard = self.sinks.heard();
        ensure!(heard == [0; 3], "{heard:?} bytes came out (mail, webhook, database)");
        Ok(())
    }

    /// Each run has one Job for each of its steps, and changed its workload as often as there was something to change.
    async fn did_each_once(&self, runs: usize) -> Result<()> {
        let mut made = BTreeMap::<_, usize>::new();
        for job in self.trial.api::<Job>().list(&ListParams::default()).await? {
            let label = |name| job.labels().get(name).cloned().unwrap_or_default();
            *made.entry((label("uplift.dev/id"), label("uplift.dev/step"))).or_default() += 1;
        }
        ensure!(made.len() == 5 * runs && made.values().all(|times| *times == 1), "{made:?}");
        let generation = self.trial.api::<Deployment>().get("dashboard").await?.metadata.generation;
        ensure!(generation == Some(1 + CHANGES * i64::try_from(runs)?), "the workload was changed: generation {generation:?}");
        Ok(())
    }
}

fn waits_for_people(status: &UpgradeTrialStatus) -> bool {
    status.run.as_ref().is_some_and(|run| run.ready_at.is_some() && run.ended.is_none())
}
