//! R34: the step of a run that is on, and what follows it. A failed step ends the run.

use jiff::Timestamp;

use crate::{
    api::{
        reason::Reason,
        stored_reason::StoredReason,
        tenant::JobResult,
        trial::{TrialEnd, TrialRun, TrialStep, TrialStepKind, TrialVerdict},
    },
    plan::{
        output::story::{Story, StoryEvent},
        pass::wake::later,
        trial::{
            job::{self, Move},
            prove, steps,
            turn::{Turn, ended},
            workload,
        },
    },
};

/// Goes on with the first step that has no result; where none is left, people may look.
pub fn go_on(turn: &mut Turn, run: &TrialRun) {
    // That it is cut off may just have turned out wrong.
    if turn.status.run.as_ref().is_some_and(|run| run.ended.is_some()) {
        return;
    }
    match run.steps.iter().position(|step| step.result.is_none()) {
        Some(nth) => on(turn, run, nth),
        None if run.ready_at.is_none() => ready(turn),
        None => workload::watch(turn, run),
    }
}

fn on(turn: &mut Turn, run: &TrialRun, nth: usize) {
    let step = &run.steps[nth];
    // Whoever was away for hours proves it first. What the step waited for before, it waits for all the while.
    let has_begun = step.job.is_some() || step.started_at.is_some();
    if !has_begun && prove::is_outdated(run, turn.now) {
        turn.held = turn.held.take().or_else(|| turn.held_before());
        return;
    }
    let moved = if step.cron_job.is_some() { job::follow(turn, run, step) } else { workload::follow(turn, run, step) };
    match moved {
        Move::Waits(held) => turn.held = held.or(turn.held.take()),
        Move::Becomes(next) if next.result == Some(JobResult::Failed) && step.attempt <= step.retries => {
            put(turn, nth, steps::again(step));
        }
        Move::Becomes(next) => {
            let failed = (next.result == Some(JobResult::Failed)).then(|| why(&next));
            put(turn, nth, *next);
            if let Some((reason, message)) = failed {
                let end = ended(turn, TrialVerdict::Failed, Reason::Failed, message);
                turn.ends(TrialEnd { reason, ..end });
            }
        }
    }
}

fn put(turn: &mut Turn, nth: usize, step: TrialStep) {
    let now = turn.now;
    let Some(run) = turn.run() else { return };
    if step.result == Some(JobResult::Succeeded) && step.kind == TrialStepKind::Egress {
        run.proven_at = Some(step.finished_at.unwrap_or(now));
    }
    run.steps[nth] = step;
}

fn why(step: &TrialStep) -> (StoredReason, String) {
    let reason = step.reason.clone().unwrap_or_else(|| Reason::Failed.into());
    (reason, format!("step {} failed: {}", step.word(), step.message.as_deref().unwrap_or_default()))
}

fn ready(turn: &mut Turn) {
    let expires_at = until(turn, turn.now);
    let now = turn.now;
    let url = turn.trial.spec.as_ref().ok().and_then(|spec| spec.url.clone());
    let Some(run) = turn.run() else { return };
    (run.ready_at, run.expires_at) = (Some(now), Some(expires_at));
    let message = format!(
        "version {} may be looked at until {expires_at}{}",
        run.version,
        url.map(|url| format!(": {url}")).unwrap_or_default()
    );
    let story = Story { message: Some(message), ..turn.story(StoryEvent::TrialReady) };
    turn.tell(story);
}

/// How long a trial may stand from this instant on.
pub fn until(turn: &Turn, from: Timestamp) -> Timestamp {
    let asked = turn.trial.spec.as_ref().map_or(turn.fleet.settings.trials.max_ttl, |spec| spec.ttl);
    later(from, asked.min(turn.fleet.settings.trials.max_ttl).as_secs())
}
