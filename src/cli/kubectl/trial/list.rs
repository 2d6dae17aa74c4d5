//! `kubectl uplift trial list`: a line for each trial, read off its status.

use jiff::Timestamp;
use serde::Serialize;

use super::said;
use crate::{
    api::{
        UpgradeTrialStatus,
        condition::{self, AVAILABLE, CLEANED, READY},
        reason::Reason,
        trial::{TrialRun, TrialStep},
    },
    cli::kubectl::{
        Context, Failure,
        output::{self, Colour, Mark},
        read::Reading,
    },
    fleet::{Fleet, Trial, TrialKey},
};

/// A trial as a line of a table, and as an item of `-o json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Its namespace.
    namespace: String,
    /// Its name.
    name: String,
    /// Whose copy it is.
    tenant: String,
    /// What is tried, or was.
    version: Option<String>,
    /// The step that is on; else `Ready`, `Idle`, or why it is not.
    state: String,
    /// Since when it stands there.
    since: Option<Timestamp>,
    /// When it ends by itself.
    expires: Option<Timestamp>,
    /// What the last run came to, with what people said.
    verdict: Option<String>,
    /// Where people look at it.
    url: Option<String>,
    /// What the operator says of it.
    message: String,
    #[serde(skip)]
    colour: Option<Colour>,
    #[serde(skip)]
    age: String,
}

/// Prints them.
pub async fn run(context: &Context) -> Result<(), Failure> {
    let mut reading = Reading::new(context.client.clone());
    if !reading.trials_if_allowed().await? {
        eprintln!("Trials of all namespaces you may not see: these are those of namespace {}.", context.namespace);
        reading.trials(&context.namespace).await?;
    }
    let mut lines = lines(&reading.fleet, reading.now);
    lines.retain(|line| !context.namespace_named || line.is_of(&context.namespace));
    output::rows(context, &lines, "", "No trial found.")
}

/// A line for each, in the order of the tenants.
pub fn lines(fleet: &Fleet, now: Timestamp) -> Vec<Line> {
    let mut lines: Vec<_> = fleet.trials.iter().map(|(key, trial)| Line::of(key, trial, now)).collect();
    lines.sort_by(|one, other| (&one.tenant, &one.namespace).cmp(&(&other.tenant, &other.namespace)));
    lines
}

impl Line {
    fn of(key: &TrialKey, trial: &Trial, now: Timestamp) -> Self {
        let unread = UpgradeTrialStatus::default();
        let status = trial.status.as_ref().unwrap_or(&unread);
        let Stand { state, since, colour } = stand(status);
        let over = status.run.as_ref().and_then(|run| run.ended.as_ref());
        let last = status.runs.first().filter(|_| status.run.is_none()).map(|past| &past.end);
        let wrong = || trial.status.as_ref().err().map(|wrong| format!("the status does not parse: {wrong}"));
        Self {
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            tenant: trial.tenant().map(|tenant| tenant.to_string()).unwrap_or_default(),
            version: status.run.as_ref().map(|run| &run.version).or(status.runs.first().map(|past| &past.version)).cloned(),
            state,
            since,
            expires: status.run.as_ref().filter(|run| run.ended.is_none()).and_then(|run| run.expires_at),
            verdict: over.or(last).map(said::verdict),
            url: trial.spec.as_ref().ok().and_then(|spec| spec.url.clone()),
            message: wrong().unwrap_or_else(|| message(status)),
            colour,
            age: since.map(|since| output::age(since, now)).unwrap_or_default(),
        }
    }

    /// Whether it, or its tenant, is in this namespace.
    fn is_of(&self, namespace: &str) -> bool {
        self.namespace == namespace || self.tenant.split('/').next() == Some(namespace)
    }

    fn columns(&self, since: String) -> Vec<String> {
        let expires = self.expires.map(|at| at.to_string()).unwrap_or_default();
        let trial = format!("{}/{}", self.namespace, self.name);
        let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
        let first = [self.tenant.clone(), or_none(&self.version), self.state.clone(), since, expires, or_none(&self.verdict)];
        [&first[..], &[trial, or_none(&self.url), self.message.clone()]].concat()
    }
}

/// What a trial is at.
struct Stand {
    state: String,
    since: Option<Timestamp>,
    colour: Option<Colour>,
}

fn stand(status: &UpgradeTrialStatus) -> Stand {
    let Some(run) = &status.run else { return between_runs(status) };
    if let Some(end) = &run.ended {
        let left = condition::reason(&status.conditions, CLEANED).unwrap_or(Reason::TrialCleaning);
        let colour = if left == Reason::TrialCleaning { Colour::Yellow } else { Colour::Red };
        return Stand { state: left.name().into(), since: Some(end.at), colour: Some(colour) };
    }
    if let Some(at) = run.ready_at {
        return Stand { state: "Ready".into(), since: Some(at), colour: Some(Colour::Green) };
    }
    on_its_way(status, run)
}

fn on_its_way(status: &UpgradeTrialStatus, run: &TrialRun) -> Stand {
    let on = run.steps.iter().find(|step| step.result.is_none());
    let word = on.map(TrialStep::word).unwrap_or_default();
    let held = condition::reason(&status.conditions, AVAILABLE).filter(|reason| *reason != Reason::TrialRunning);
    let state = held.map_or_else(|| word.clone(), |held| format!("{word}: {}", held.name()));
    let since = on.and_then(|step| step.started_at).or(Some(run.started_at));
    Stand { state, since, colour: Some(if held.is_some() { Colour::Red } else { Colour::Yellow }) }
}

fn between_runs(status: &UpgradeTrialStatus) -> Stand {
    let since = status.runs.first().map(|past| past.cleaned_at);
    match condition::reason(&status.conditions, AVAILABLE) {
        Some(Reason::TrialIdle) => Stand { state: "Idle".into(), since, colour: None },
        Some(held) => {
            let since = condition::get(&status.conditions, READY).map(|ready| ready.last_transition_time.0);
            Stand { state: held.name().into(), since, colour: Some(Colour::Red) }
        }
        None => Stand { state: "Unseen".into(), since: None, colour: None },
    }
}

fn message(status: &UpgradeTrialStatus) -> String {
    let over = status.run.as_ref().is_some_and(|run| run.ended.is_some());
    let said = condition::get(&status.conditions, if over { CLEANED } else { AVAILABLE });
    said.map(|said| said.message.clone()).unwrap_or_default()
}

impl output::Row for Line {
    const KIND: &'static str = "UpgradeTrial";
    const OBJECT: &'static str = "UpgradeTrial";
    const COLUMNS: &'static [&'static str] = &["TENANT", "VERSION", "STATE", "SINCE", "EXPIRES", "VERDICT"];
    const MORE: &'static [&'static str] = &["TRIAL", "URL", "MESSAGE"];
    const CUT: &'static [&'static str] = &["STATE"];

    fn name(&self) -> &str {
        &self.name
    }
    fn mark(&self) -> Option<Mark> {
        Some(Mark { column: "STATE", colour: self.colour? })
    }
    fn cells(&self) -> Vec<String> {
        self.columns(self.age.clone())[..Self::COLUMNS.len()].to_vec()
    }
    fn more(&self) -> Vec<String> {
        self.columns(String::new())[Self::COLUMNS.len()..].to_vec()
    }
    fn whole(&self) -> Vec<String> {
        self.columns(self.since.map(|since| since.to_string()).unwrap_or_default())
    }
}
