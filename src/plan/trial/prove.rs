//! R35: while data are there it is proved again and again that the trial is cut off. One proof that fails ends the run at once.

use jiff::Timestamp;

use crate::{
    api::{
        reason::Reason,
        tenant::JobResult,
        trial::{TrialEnd, TrialRun, TrialStep, TrialStepKind, TrialVerdict},
    },
    plan::{
        pass::wake::later,
        trial::{
            job::{self, Move},
            steps,
            turn::{Turn, ended},
        },
    },
};

/// So long a proof counts, in seconds.
const EVERY: i64 = 3600;
/// So long after its own deadline a proof is waited for, in seconds.
const GRACE: i64 = 600;

/// Whether the last proof counts no more, and the next has not come: the trial may have been opened since.
pub fn is_outdated(run: &TrialRun, now: Timestamp) -> bool {
    run.proven_at.is_some_and(|proven_at| now >= later(proven_at, EVERY))
}

/// Asks for the next proof, or follows the one that is on.
pub fn go_on(turn: &mut Turn, run: &TrialRun) {
    let Some(proven_at) = run.proven_at else { return };
    match &run.watch {
        Some(watch) if watch.result.is_none() => follow(turn, run, watch),
        _ => begin_when_due(turn, run, later(proven_at, EVERY)),
    }
}

fn begin_when_due(turn: &mut Turn, run: &TrialRun, due: Timestamp) {
    if turn.now < due {
        return turn.wake_at(due);
    }
    let first = run.steps.iter().find(|step| step.kind == TrialStepKind::Egress);
    let Some(last) = run.watch.as_ref().or(first) else { return };
    // Since when it is wanted: until it has begun, its time counts from here.
    let next = TrialStep { started_at: Some(turn.now), ..steps::again(last) };
    if let Some(run) = turn.run() {
        run.watch = Some(next);
    }
}

fn follow(turn: &mut Turn, run: &TrialRun, watch: &TrialStep) {
    let deadline = later(watch.started_at.unwrap_or(turn.now), watch.timeout.as_secs().saturating_add(GRACE));
    match job::follow(turn, run, watch) {
        Move::Becomes(next) => becomes(turn, *next),
        Move::Waits(held) if turn.now >= deadline => {
            let why =
                held.map_or_else(|| "its Job was not over in time".into(), |held| format!("{}: {}", held.reason, held.message));
            let message = format!("nothing proves any more that the trial is cut off: {why}");
            let end = ended(turn, TrialVerdict::Failed, Reason::QuarantineUnproven, message);
            turn.ends(end);
        }
        Move::Waits(held) => {
            turn.held = held.or(turn.held.take());
            turn.wake_at(deadline);
        }
    }
}

fn becomes(turn: &mut Turn, next: TrialStep) {
    let failed = next.result == Some(JobResult::Failed);
    let (reason, said) = (next.reason.clone(), next.message.clone().unwrap_or_default());
    let finished_at = next.finished_at;
    let Some(run) = turn.run() else { return };
    if next.succeeded() {
        run.proven_at = finished_at.or(run.proven_at);
    }
    run.watch = Some(next);
    if failed {
        let message = format!("the trial is not known to be cut off: {said}");
        let end = ended(turn, TrialVerdict::Failed, Reason::QuarantineUnproven, message);
        turn.ends(TrialEnd { reason: reason.unwrap_or_else(|| Reason::QuarantineUnproven.into()), ..end });
    }
}
