//! Keeps the operator running, and kills it by SIGKILL at moments that are the same in each run.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tokio::{process::Child, sync::watch, time::sleep};

use super::{
    child,
    stage::Stage,
    trail::{Trail, is_committed_write, resource},
};

/// Right after so many of these were committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Writes of whatever kind, Events not counted.
    Writes(usize),
    /// Upgrades that started.
    Starts(usize),
    /// Workloads whose images were changed.
    Images(usize),
    /// Upgrades that were written down as succeeded.
    Successes(usize),
}

/// At the first statuses, while slots are given, and again and again inside the windows: after a start, after a change of images,
/// after a result.
pub const MOMENTS: [Moment; 10] = [
    Moment::Writes(5),
    Moment::Writes(30),
    Moment::Writes(60),
    Moment::Starts(1),
    Moment::Images(2),
    Moment::Successes(2),
    Moment::Starts(4),
    Moment::Images(5),
    Moment::Starts(7),
    Moment::Images(8),
];

/// In a short story with Jobs: after each of the first writes, whatever it was.
pub fn after_each_write(kills: usize) -> Vec<Moment> {
    (1..=kills).map(Moment::Writes).collect()
}

/// What was committed so far. Of a write whose sender was killed the API server says 504, and it may be committed all the same: so what a
/// success took is counted with it.
#[derive(Default)]
struct Counts {
    writes: usize,
    /// By id: the same start is seen in later statuses, too.
    starts: BTreeSet<String>,
    /// By namespace: each tenant of this story has one workload, and is upgraded once.
    images: BTreeSet<String>,
    successes: BTreeSet<String>,
}

impl Counts {
    fn add(&mut self, event: &Value) {
        let kind = resource(event);
        if !is_committed_write(event) || kind == "events" {
            return;
        }
        self.writes += 1;
        let namespace = event["objectRef"]["namespace"].to_string();
        let status = &event["requestObject"]["status"];
        let (upgrade, last) = (&status["upgrade"], &status["history"][0]);
        if kind == "tenantinstances" && upgrade["startedAt"].is_string() {
            self.starts.insert(upgrade["id"].to_string());
        }
        let succeeded = kind == "tenantinstances" && last["result"] == "Succeeded";
        if succeeded {
            self.successes.insert(last["id"].to_string());
            self.starts.insert(last["id"].to_string());
        }
        if succeeded || kind == "deployments" {
            self.images.insert(namespace);
        }
    }

    fn reached(&self, moment: Moment) -> bool {
        match moment {
            Moment::Writes(n) => self.writes >= n,
            Moment::Starts(n) => self.starts.len() >= n,
            Moment::Images(n) => self.images.len() >= n,
            Moment::Successes(n) => self.successes.len() >= n,
        }
    }
}

/// How often the operator was killed so far; ends with the error that ended the keeper.
pub struct Keeper {
    pub kills: watch::Receiver<usize>,
    task: tokio::task::JoinHandle<Result<()>>,
}

impl Keeper {
    /// Starts the operator, and kills it at these moments.
    pub fn start(stage: Arc<Stage>, moments: Vec<Moment>) -> Self {
        let (killed, kills) = watch::channel(0);
        Self { kills, task: tokio::spawn(keep(stage, moments, killed)) }
    }

    /// Ends only with an error: the operator ended by itself.
    pub async fn failed(&mut self) -> anyhow::Error {
        match (&mut self.task).await {
            Ok(Err(error)) => error,
            Ok(Ok(())) => anyhow::anyhow!("the operator's keeper ended"),
            Err(error) => anyhow::Error::from(error).context("the operator's keeper broke off"),
        }
    }

    /// Ends the operator, and says how often it was killed. Each moment must have come.
    pub async fn stop(self, moments: usize) -> Result<usize> {
        let kills = *self.kills.borrow();
        self.task.abort(); // the child is killed when it is dropped
        let _ = self.task.await;
        ensure!(kills == moments, "the operator was killed {kills} times of {moments}: the next moment never came");
        Ok(kills)
    }
}

async fn keep(stage: Arc<Stage>, moments: Vec<Moment>, killed: watch::Sender<usize>) -> Result<()> {
    let (mut trail, mut counts, mut operator) = (Trail::default(), Counts::default(), child::start(&stage)?);
    let mut moments = moments.into_iter().peekable();
    loop {
        if let Some(status) = operator.try_wait().context("asking after the operator")? {
            bail!("the operator ended by itself ({status}); the end of its log:\n{}", log_end()?);
        }
        trail.more(&stage.plane)?.iter().for_each(|event| counts.add(event));
        if moments.next_if(|moment| counts.reached(*moment)).is_some() {
            operator = again(&stage, operator).await?;
            killed.send_modify(|kills| *kills += 1);
        }
        sleep(Duration::from_millis(5)).await;
    }
}

/// SIGKILL, and at once a new one.
async fn again(stage: &Stage, mut operator: Child) -> Result<Child> {
    operator.kill().await.context("killing the operator")?;
    stage.clock.forget_quiet();
    child::start(stage)
}

fn log_end() -> Result<String> {
    let log = std::fs::read_to_string(child::log_file()?).context("reading the operator's log")?;
    let lines: Vec<&str> = log.lines().collect();
    Ok(lines[lines.len().saturating_sub(15)..].join("\n"))
}
