//! R34: whatever ended a run, its workloads go to zero, then its data are cleaned. Until both is done the status says what is left.

use jiff::Timestamp;

use crate::{
    api::{
        tenant::JobResult,
        trial::{PastRun, TrialRun, TrialStep, TrialStepKind},
    },
    fleet::Job,
    plan::{
        output::{
            held::Held,
            story::{Story, StoryEvent},
        },
        pass::wake::later,
        trial::{
            job::{self, Move},
            steps,
            turn::Turn,
            workload,
        },
    },
};

/// So long after a try that failed `clean` is tried again by itself, in seconds.
const AGAIN: i64 = 3600;
/// Runs that are remembered.
const REMEMBERED: usize = 5;

/// Goes on with what is left of a run.
pub fn go_on(turn: &mut Turn, run: &TrialRun) {
    let left = workload::stop(turn, run);
    // What still runs may write: to clean beside it would leave something.
    if !left.is_empty() || others(turn, run).any(|job| job.ended.is_none()) || is_made(turn, run) {
        return;
    }
    match &run.clean {
        None => begin(turn, None),
        Some(clean) if clean.result == Some(JobResult::Failed) => begin_again(turn, clean),
        Some(clean) => follow(turn, run, clean),
    }
}

/// Its Jobs but those that clean.
fn others<'t>(turn: &Turn<'t>, run: &TrialRun) -> impl Iterator<Item = &'t Job> {
    let (id, clean) = (run.id.to_string(), TrialStepKind::Clean.word());
    turn.fleet.jobs.values().filter(move |job| job.id == id && job.step != clean)
}

/// Whether the creation of one is under way: it may still come.
fn is_made(turn: &Turn, run: &TrialRun) -> bool {
    let uids = [&turn.trial.meta.uid, &run.tenant_uid];
    turn.fleet.outstanding.values().any(|sent| sent.effect.job_owner().is_some_and(|owner| uids.contains(&owner)))
        && run.clean.is_none()
}

/// The next try, as the spec asks for it now: a run that broke may need another `clean` than the one that it began with.
fn begin(turn: &mut Turn, last: Option<&TrialStep>) {
    let Ok(spec) = &turn.trial.spec else { return };
    let attempt = last.map_or(1, |last| last.attempt + 1);
    let next = TrialStep { attempt, ..steps::clean(&spec.jobs.clean) };
    if let Some(run) = turn.run() {
        run.clean = Some(next);
    }
}

/// An edit of the spec is people's way to say that it may go again; else after an hour.
fn begin_again(turn: &mut Turn, failed: &TrialStep) {
    let due = later(failed.finished_at.unwrap_or(turn.now), AGAIN);
    let edited = turn.trial.meta.generation != turn.seen.observed_generation;
    if edited || turn.now >= due { begin(turn, Some(failed)) } else { turn.wake_at(due) }
}

fn follow(turn: &mut Turn, run: &TrialRun, clean: &TrialStep) {
    match job::follow(turn, run, clean) {
        Move::Waits(held) => waits(turn, clean, held),
        Move::Becomes(next) if next.succeeded() => succeeded(turn, run, &next),
        Move::Becomes(next) => {
            if next.result == Some(JobResult::Failed) {
                let message = next.message.clone();
                let story = Story { reason: next.reason.clone(), message, ..turn.story(StoryEvent::TrialNotCleaned) };
                turn.tell(story);
            }
            if let Some(run) = turn.run() {
                run.clean = Some(*next);
            }
        }
    }
}

/// What keeps the Job from being made is told once, and stands in the step. An edit of the spec may name another CronJob.
fn waits(turn: &mut Turn, clean: &TrialStep, held: Option<Held>) {
    if clean.job.is_none() && turn.trial.meta.generation != turn.seen.observed_generation {
        return begin(turn, Some(clean));
    }
    let Some(held) = held else { return };
    if clean.reason.as_ref().is_none_or(|reason| *reason != held.reason) {
        let (reason, message) = (Some(held.reason.into()), Some(held.message.clone()));
        let story = Story { reason, message, ..turn.story(StoryEvent::TrialNotCleaned) };
        turn.tell(story);
    }
    if let Some(clean) = turn.run().and_then(|run| run.clean.as_mut()) {
        (clean.reason, clean.message) = (Some(held.reason.into()), Some(job::cut(&held.message)));
    }
}

/// A Job of the run that ended after the cleaning began may have brought data in: it counts only where none did.
fn succeeded(turn: &mut Turn, run: &TrialRun, clean: &TrialStep) {
    let began = clean.started_at.unwrap_or(run.started_at);
    if others(turn, run).any(|job| job.ended.as_ref().is_none_or(|ended| ended.at > began)) {
        return begin(turn, Some(clean));
    }
    let Some(end) = run.ended.clone() else { return };
    let past = PastRun {
        id: run.id.clone(),
        purpose: run.purpose,
        version: run.version.clone(),
        release_uid: run.release_uid.clone(),
        from: run.from.clone(),
        made_of: run.made_of.clone(),
        tenant_uid: run.tenant_uid.clone(),
        generation: run.generation,
        started_at: run.started_at,
        ready_at: run.ready_at,
        restored_from: restored_from(run),
        cleaned_at: clean.finished_at.unwrap_or(turn.now),
        end,
    };
    let story = turn.story(StoryEvent::TrialCleaned);
    turn.tell(story);
    turn.status.run = None;
    turn.status.runs.insert(0, past);
    turn.status.runs.truncate(REMEMBERED);
}

/// When the last step before `restore` had succeeded: its Job may be there, seen or not.
fn restored_from(run: &TrialRun) -> Option<Timestamp> {
    let before = run.steps.iter().take_while(|step| step.kind != TrialStepKind::Restore).last()?;
    before.finished_at.filter(|_| before.succeeded())
}
