//! What the conditions of a trial say. `Ready` is what tools wait for: false only while people must mend something, or a request waits. `Available`
//! says whether people may look.

use crate::{
    api::{
        condition::{self, AVAILABLE, CLEANED, QUARANTINED, READY, SCRUBBED},
        reason::Reason,
        stored_reason::StoredReason,
        tenant::JobResult,
        trial::{Purpose, TrialRun, TrialStep, TrialStepKind},
    },
    plan::trial::{
        turn::Turn,
        workload::{self, is_down},
    },
};

/// All of them.
pub fn all(turn: &mut Turn) {
    let available = available(turn);
    let ready = match &turn.held {
        Some(held) => (false, held.reason, held.message.clone()),
        None => (true, Reason::Valid, "the manifest makes sense".into()),
    };
    let run = turn.status.run.clone();
    let (quarantined, scrubbed) = (run.as_ref().and_then(quarantined), run.as_ref().and_then(scrubbed));
    let cleaned = cleaned(turn, run.as_ref());
    let all = [
        (READY, Some(ready)),
        (AVAILABLE, Some(available)),
        (QUARANTINED, quarantined),
        (SCRUBBED, scrubbed),
        (CLEANED, cleaned),
    ];
    let generation = turn.trial.meta.generation;
    turn.status.observed_generation = generation;
    for (kind, said) in all {
        match said {
            None => condition::clear(&mut turn.status.conditions, kind),
            Some((is, reason, message)) => {
                condition::set(&mut turn.status.conditions, kind, is, reason, &message, generation, turn.now);
            }
        }
    }
}

type Said = (bool, Reason, String);

fn available(turn: &Turn) -> Said {
    if let Some(held) = &turn.held {
        let ready = turn.status.run.as_ref().is_some_and(|run| run.ready_at.is_some() && run.ended.is_none());
        return (ready, held.reason, held.message.clone());
    }
    match &turn.status.run {
        None => (false, Reason::TrialIdle, idle(turn)),
        Some(run) => running(turn, run),
    }
}

fn running(turn: &Turn, run: &TrialRun) -> Said {
    let version = &run.version;
    if let Some(end) = &run.ended {
        let known = end.reason.known().unwrap_or(Reason::Failed);
        return (false, known, format!("the run of {version} is over: {}", end.message));
    }
    let Some(until) = run.expires_at else {
        let on = run.steps.iter().find(|step| step.result.is_none());
        let word = on.map_or_else(|| "the last".into(), TrialStep::word);
        let message = format!("version {version} is made ready; step {word} is on");
        return (false, Reason::TrialRunning, message);
    };
    let url =
        turn.trial.spec.as_ref().ok().and_then(|spec| spec.url.as_ref()).map(|url| format!(" at {url}")).unwrap_or_default();
    let message = format!(
        "version {version} may be looked at{url} until {until}; answer by kubectl annotate upgradetrial -n {} {} uplift.dev/trial-answer=Confirmed, or Rejected",
        turn.key.namespace, turn.key.name
    );
    (true, Reason::TrialReady, message)
}

fn idle(turn: &Turn) -> String {
    let ask = turn
        .tenant()
        .map(|tenant| format!("annotate TenantInstance {tenant} with uplift.dev/trial=<version>"))
        .unwrap_or_default();
    match (turn.status.runs.first(), &turn.status.request) {
        (Some(last), Some(request)) => format!(
            "the run that uplift.dev/trial={request} asked for is over ({:?}: {}); for another one take the annotation away, and set it anew",
            last.end.verdict, last.end.message
        ),
        (Some(last), None) if last.purpose == Purpose::Required => format!(
            "the run of {} that spec.trials.policy of the tenant asked for is over ({:?}: {}); for another one {ask}",
            last.version, last.end.verdict, last.end.message
        ),
        _ => format!("no run is asked for: {ask}"),
    }
}

fn quarantined(run: &TrialRun) -> Option<Said> {
    let first = run.steps.iter().find(|step| step.kind == TrialStepKind::Egress)?;
    let last = run.watch.as_ref().filter(|watch| watch.result.is_some()).unwrap_or(first);
    match last.result? {
        JobResult::Succeeded => Some((true, Reason::QuarantineProven, "the last egress Job wrote blocked".into())),
        JobResult::Failed => Some((false, reason(last, Reason::QuarantineUnproven), last.message.clone().unwrap_or_default())),
    }
}

fn scrubbed(run: &TrialRun) -> Option<Said> {
    let mut proofs = run.steps.iter().filter(|step| matches!(step.kind, TrialStepKind::Scrub | TrialStepKind::Scrubbed));
    let failed = proofs.clone().find(|step| step.result == Some(JobResult::Failed));
    if let Some(step) = failed {
        return Some((false, reason(step, Reason::ScrubUnproven), step.message.clone().unwrap_or_default()));
    }
    proofs.all(TrialStep::succeeded).then(|| (true, Reason::ScrubProven, "every count is what is expected".into()))
}

fn reason(step: &TrialStep, else_: Reason) -> Reason {
    step.reason.as_ref().and_then(StoredReason::known).unwrap_or(else_)
}

/// What is left, as long as something is.
fn cleaned(turn: &Turn, run: Option<&TrialRun>) -> Option<Said> {
    let Some(run) = run else {
        turn.status.runs.first()?;
        let up = between_runs(turn);
        return Some(match up {
            None => (true, Reason::TrialCleaned, "nothing of a run is left".into()),
            Some(message) => (false, Reason::TrialWorkloadsRun, message),
        });
    };
    run.ended.as_ref()?;
    let up: Vec<_> = run
        .workloads
        .iter()
        .map(|one| workload::key(turn, one))
        .filter(|key| turn.fleet.workloads.get(key).is_some_and(|there| !is_down(there)))
        .collect();
    if !up.is_empty() {
        let up: Vec<_> = up.iter().map(ToString::to_string).collect();
        return Some((false, Reason::TrialCleaning, format!("the data are there, and still run: {}", up.join(", "))));
    }
    let Some(clean) = &run.clean else {
        return Some((false, Reason::TrialCleaning, "the data are there; they are cleaned once no Job of the run runs".into()));
    };
    let said = clean.message.as_deref().unwrap_or_default();
    let tries = clean.attempt;
    Some(match clean.result {
        Some(JobResult::Failed) => {
            let message = format!(
                "the data are there; try {tries} of clean failed ({said}), and it is tried again after an hour, or at once when spec.jobs.clean is edited (its attempt, if nothing else)"
            );
            (false, Reason::CleanFailed, message)
        }
        _ if said.is_empty() => (false, Reason::TrialCleaning, format!("the data are there; try {tries} of clean is on")),
        _ => (false, reason(clean, Reason::TrialCleaning), format!("the data are there, and cannot be cleaned: {said}")),
    })
}

/// Workloads that run although no run is on.
fn between_runs(turn: &Turn) -> Option<String> {
    let spec = turn.trial.spec.as_ref().ok()?;
    let keys = spec.workloads.iter().map(|one| workload::key(turn, one));
    let up = keys.filter(|key| turn.fleet.workloads.get(key).is_some_and(|there| there.rollout.wanted > 0));
    let up: Vec<_> = up.map(|key| key.to_string()).collect();
    (!up.is_empty()).then(|| format!("up although no run is on: {}; scale to 0", up.join(", ")))
}
