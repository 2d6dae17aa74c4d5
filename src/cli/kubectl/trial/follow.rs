//! What happens in a run, line by line, until people may look or it failed.

use std::time::Duration;

use jiff::Timestamp;
use kube::Api;

use super::{of::ASKS, said};
use crate::{
    api::{
        Duration as Time, UpgradeTrial, UpgradeTrialStatus,
        condition::{self, AVAILABLE},
        reason::Reason,
        tenant::JobResult,
        trial::{TrialEnd, TrialRun, TrialStep, TrialVerdict},
        upgrade_id::UpgradeId,
    },
    cli::kubectl::{
        Context, Failure,
        write::{follows, for_people, read},
    },
    fleet::TenantKey,
};

/// How often the trial is read. What happened in between stands in its status: no step is missed.
const EVERY: Duration = Duration::from_secs(1);

/// Where it has come to.
#[derive(Debug, PartialEq, Eq)]
pub enum Now {
    GoesOn,
    Ready,
    Failed,
}

/// Prints each step as it ends. That it failed, or was not ready in time, is exit code 3.
pub async fn until_ready(
    context: &Context,
    (trials, name): (&Api<UpgradeTrial>, &str),
    version: &str,
    (tenant, limit): (&TenantKey, Time),
) -> Result<(), Failure> {
    let limit = Duration::from_secs(limit.as_secs().unsigned_abs());
    let watched = watch(context, (trials, name), version, tenant);
    let ended = if limit.is_zero() { Some(watched.await) } else { tokio::time::timeout(limit, watched).await.ok() };
    let late = || say(context, "It is not ready yet, and goes on. The same command goes on watching.").and(Err(Failure::No));
    ended.unwrap_or_else(late)
}

async fn watch(
    context: &Context,
    (trials, name): (&Api<UpgradeTrial>, &str),
    version: &str,
    tenant: &TenantKey,
) -> Result<(), Failure> {
    let mut heard = Heard::default();
    loop {
        let trial = read(trials, name, ASKS).await?;
        let (lines, now) = heard.hear(&trial, version, tenant);
        for line in lines {
            if now == Now::Failed { say(context, &line)? } else { follows(context, &line)? }
        }
        match now {
            Now::GoesOn => tokio::time::sleep(EVERY).await,
            Now::Ready => return Ok(()),
            Now::Failed => return Err(Failure::No),
        }
    }
}

/// A no is told to programs too.
fn say(context: &Context, line: &str) -> Result<(), Failure> {
    if !for_people(context) {
        eprintln!("{line}");
    }
    follows(context, line)
}

/// What was told so far.
#[derive(Default)]
pub struct Heard {
    run: Option<UpgradeId>,
    steps: usize,
    waits: Option<Reason>,
}

impl Heard {
    /// What is new, and where that has come to.
    pub fn hear(&mut self, trial: &UpgradeTrial, version: &str, tenant: &TenantKey) -> (Vec<String>, Now) {
        let Some(status) = &trial.status else { return (vec![], Now::GoesOn) };
        if let Some(run) = status.run.as_ref().filter(|run| said::means(&run.version, version)) {
            self.run = Some(run.id.clone());
            let mut lines = self.ended(run);
            let (more, now) = self.stands(trial, status, run, tenant);
            lines.extend(more);
            return (lines, now);
        }
        match self.over(status, version) {
            Some(end) => told(end, "are cleaned"),
            None => (self.waits(status).into_iter().collect(), Now::GoesOn),
        }
    }

    /// Steps that have ended since.
    fn ended(&mut self, run: &TrialRun) -> Vec<String> {
        let over = run.steps.iter().take_while(|step| step.result.is_some());
        let lines: Vec<_> = over.skip(self.steps).map(line).collect();
        self.steps += lines.len();
        lines
    }

    fn stands(
        &mut self,
        trial: &UpgradeTrial,
        status: &UpgradeTrialStatus,
        run: &TrialRun,
        tenant: &TenantKey,
    ) -> (Vec<String>, Now) {
        match (&run.ended, run.ready_at) {
            (Some(end), _) => told(end, "are being cleaned"),
            (None, Some(at)) => (vec![ready(trial, run, at, tenant)], Now::Ready),
            (None, None) => (self.waits(status).into_iter().collect(), Now::GoesOn),
        }
    }

    /// A run that is over between two looks.
    fn over<'s>(&self, status: &'s UpgradeTrialStatus, version: &str) -> Option<&'s TrialEnd> {
        let ours = |id: &UpgradeId| self.run.as_ref() == Some(id);
        let had = status.run.is_none() && status.request.as_deref().is_some_and(|request| said::means(request, version));
        let known = status.runs.iter().find(|past| ours(&past.id));
        known.or_else(|| status.runs.first().filter(|_| had)).map(|past| &past.end)
    }

    /// Why nothing begins, or goes on, when that changes.
    fn waits(&mut self, status: &UpgradeTrialStatus) -> Option<String> {
        let said = condition::get(&status.conditions, AVAILABLE)?;
        let reason = Reason::named(&said.reason).filter(|reason| !matches!(reason, Reason::TrialIdle | Reason::TrialRunning));
        if reason == self.waits {
            return None;
        }
        self.waits = reason;
        reason.map(|reason| format!("waits: {}: {}", reason.name(), said.message))
    }
}

/// `restore  3s`, with what its Job wrote, or why it failed.
fn line(step: &TrialStep) -> String {
    let took = step.started_at.zip(step.finished_at).map(|(from, to)| took(from, to)).unwrap_or_default();
    let wrote = step.message.as_deref().unwrap_or_default();
    let failed = step.result == Some(JobResult::Failed);
    let why = step.reason.as_ref().filter(|_| failed).map(|reason| format!("failed: {reason}: ")).unwrap_or_default();
    format!("  {:<24} {took:>8}  {why}{wrote}", step.word()).trim_end().to_owned()
}

/// In whole seconds, like `1m24s`.
fn took(from: Timestamp, to: Timestamp) -> String {
    let mut seconds = to.duration_since(from).as_secs().max(0);
    let minutes = seconds / 60;
    seconds %= 60;
    if minutes == 0 { format!("{seconds}s") } else { format!("{minutes}m{seconds}s") }
}

fn ready(trial: &UpgradeTrial, run: &TrialRun, at: Timestamp, tenant: &TenantKey) -> String {
    let place = trial.spec.url.as_ref().map(|url| format!(": {url}")).unwrap_or_default();
    let until = run.expires_at.map(|until| format!(" It stands until {until}.")).unwrap_or_default();
    format!(
        "Ready after {}{place}\n{} is tried on the data of {}.{until} Answer: kubectl uplift trial confirm {tenant}, or reject",
        took(run.started_at, at),
        run.version,
        run.from
    )
}

fn told(end: &TrialEnd, its_data: &str) -> (Vec<String>, Now) {
    let now = if end.verdict == TrialVerdict::Passed { Now::Ready } else { Now::Failed };
    let reason = if end.answer.is_some() { String::new() } else { format!("{}: ", end.reason) };
    (vec![format!("{}: {reason}{}. Its data {its_data}.", said::verdict(end), end.message)], now)
}
