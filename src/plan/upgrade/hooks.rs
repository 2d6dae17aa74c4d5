//! Rules R19, R38 and R39: a backup, hook, probe or restore of an upgrade, by its Job. Its result stands in the tenant's status before anything follows.

use jiff::Timestamp;

use crate::{
    api::{
        reason::Reason,
        tenant::{JobResult, Step, Upgrade, UpgradeJob},
    },
    fleet::{Job, JobKey, ObjectKey, STALE_AFTER, View},
    plan::{
        jobs::{self, Over, Standing, Wanted, steps},
        output::{
            Class, Write,
            change::Change,
            held::Held,
            story::{Story, StoryEvent},
        },
        pass::{Pass, wake::later},
        record::{draft::Draft, steps as record},
        upgrade::{
            compare::Rule,
            follow::time_is_left,
            returned, rollback,
            step::{gone_wrong, next, run, step_to_job, take_back, untouched},
            verify, waits,
        },
    },
};

/// So long after its own deadline a Job is waited for that does not end, in seconds: its pod may still be stopping.
const GRACE: i64 = 10 * 60;
/// The generation in the step of a Job that has its time once more. A Job has none: it is zero else.
const RENEWED: i64 = 1;

/// Follows the Job of a step, by one move, read off the world: a restart goes on where it was.
pub fn progress<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, upgrade: &Upgrade, step: &Step, nth: usize) -> Option<Write> {
    match upgrade.jobs.get(nth)?.result {
        None => return look(pass, draft, upgrade, step, nth),
        Some(JobResult::Succeeded) => follows(pass, draft, nth),
        Some(JobResult::Failed) => failed(pass, draft, nth),
    }
    None
}

fn look<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, upgrade: &Upgrade, step: &Step, nth: usize) -> Option<Write> {
    let job = upgrade.jobs.get(nth)?;
    let (id, word) = (upgrade.id.clone().unwrap_or_default().to_string(), job.step());
    let wanted = wanted(pass, draft, upgrade, job, (&id, &word));
    let begun = job.job.as_ref().map(|name| JobKey::new(&draft.key.namespace, name));
    let key = begun.clone().unwrap_or_else(|| wanted.key());
    if is_under_way(pass, &key) {
        return None;
    }
    match jobs::look(pass.fleet, &wanted, begun) {
        Standing::Held(held) => to_be_made(pass, draft, (step, nth), Some(&held), None),
        Standing::Make(change, held) => to_be_made(pass, draft, (step, nth), held.as_ref(), Some(change)),
        Standing::Runs(there) => {
            if job.job.is_none() {
                begins(draft, nth, &key, there);
            } else if !still_due(pass, job) {
                runs_too_long(pass, draft, nth);
            } else {
                waits::over(draft, nth);
            }
            None
        }
        // A Job that was first seen when it had ended began all the same: what it may have changed counts, whatever is read of it.
        Standing::Read(..) if job.job.is_none() => {
            begins(draft, nth, &key, pass.fleet.jobs.get(&key)?);
            None
        }
        // It has ended, however long ago: who was away meanwhile asks once how.
        Standing::Read(_, held) if was_refused(pass, &key) && !still_due(pass, job) => {
            never_ends(pass, draft, nth, held);
            None
        }
        // A pod that is left says that the read itself is granted.
        Standing::Read(change, None) if was_refused(pass, &key) => {
            waits::over(draft, nth);
            sends(draft, change)
        }
        Standing::Read(change, held) => {
            waits::note(draft, nth, held.as_ref());
            sends(draft, change)
        }
        Standing::Over(over) => {
            ends(pass, draft, nth, &key, &over);
            None
        }
    }
}

/// What was sent is a fact that is not known yet.
fn is_under_way(pass: &Pass, key: &JobKey) -> bool {
    pass.fleet.outstanding.contains_key(&ObjectKey::Job(key.clone()))
}

/// It could not be made, or read.
fn was_refused(pass: &Pass, key: &JobKey) -> bool {
    pass.fleet.refused.contains_key(&ObjectKey::Job(key.clone()))
}

fn wanted<'w, 'a: 'w>(
    pass: &Pass<'a>,
    draft: &Draft<'w>,
    upgrade: &'w Upgrade,
    job: &'w UpgradeJob,
    of: (&'w str, &'w str),
) -> Wanted<'w> {
    Wanted {
        namespace: &draft.key.namespace,
        cron_job: &job.cron_job,
        owner: ObjectKey::Tenant(draft.key.clone()),
        owner_uid: &draft.tenant.meta.uid,
        id: of.0,
        step: of.1,
        attempt: job.attempt,
        deadline: job.timeout.as_secs(),
        version: &upgrade.to,
        images: pass.release(&upgrade.release, &upgrade.release_uid).map_or(&jobs::NO_IMAGES, |release| &release.spec.images),
        upgrade: Some((&draft.key.name, &upgrade.from)),
        backup: upgrade.backup(),
    }
}

/// Nothing is sent by a status that is about to change: the step must have been committed.
fn sends(draft: &Draft, change: Change) -> Option<Write> {
    (!draft.status.differs()).then(|| Write::new(change, &draft.tenant.meta, Class::StartOrResult, vec![]))
}

/// A Job that is still to be made: that is tried, or waited for, as long as the Job itself might take.
fn to_be_made<'a>(
    pass: &mut Pass<'a>,
    draft: &mut Draft<'a>,
    (step, nth): (&Step, usize),
    held: Option<&Held>,
    change: Option<Change>,
) -> Option<Write> {
    let upgrade = draft.status.upgrade.clone()?;
    let job = upgrade.jobs.get(nth)?;
    let gone = pass.release(&upgrade.release, &upgrade.release_uid).is_none();
    if untouched(&upgrade, step) && (gone || gone_wrong(pass, draft)) {
        take_back(draft);
        return None;
    }
    if gone {
        let message = format!("release {} is gone, and nobody knows what {} would run with", upgrade.to, steps::named(job));
        fail(pass, draft, nth, (Reason::ReleaseDeleted, message));
        return None;
    }
    waits::note(draft, nth, held);
    if time_is_left(pass, later(step.at, job.timeout.as_secs())) {
        return change.and_then(|change| sends(draft, change));
    }
    let noted = run(draft, nth)?.waits_for().map(|(reason, message)| format!("{reason}: {message}"));
    match noted {
        Some(why) if held.is_some() || step.generation == RENEWED => fails(pass, draft, nth, &why),
        // As far as this process knows nobody refuses it: who was away, or got no answer, has its time once more.
        _ => {
            let why = "its Job was not made in time: no try was answered, or none was made";
            waits::note(draft, nth, Some(&Held::new(Reason::JobsPending, why)));
            step_to_job(draft, nth, pass.now);
            if let Some(next) = next(draft) {
                next.generation = RENEWED;
            }
        }
    }
    None
}

/// Until when a Job that began may end, and its result be refused.
fn still_due(pass: &mut Pass, job: &UpgradeJob) -> bool {
    let Some(began) = job.started_at else { return true };
    time_is_left(pass, later(began, job.timeout.as_secs().saturating_add(GRACE)))
}

/// That a Job was seen stands in the status: from then on one that is missing was deleted.
fn begins(draft: &mut Draft, nth: usize, key: &JobKey, there: &Job) {
    waits::over(draft, nth);
    if let Some(job) = run(draft, nth) {
        job.job = Some(key.name.clone());
        job.started_at = Some(there.began_at());
    }
    draft.urgent(Class::StartOrResult);
}

/// A Job is over. One that failed is tried again where its hook says so, and told once, after the last try.
fn ends<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, nth: usize, key: &JobKey, over: &Over) {
    let now = pass.now;
    waits::over(draft, nth);
    if let Some(there) = over.job {
        begins(draft, nth, key, there);
    }
    let Some(job) = run(draft, nth) else { return };
    job.finished_at = Some(over.at(now));
    job.message = over.wrote();
    match over.failed {
        Some(_) if job.attempt <= job.retries => {
            again(draft, nth, now);
        }
        Some(reason) => fails(pass, draft, nth, &over.why(reason, key)),
        None if let Some(wrong) = broken(job, over.message) => fails(pass, draft, nth, &format!("in Job {key} {wrong}")),
        None => {
            job.result = Some(JobResult::Succeeded);
            record::shorten(draft.status.upgrade.as_mut());
            follows(pass, draft, nth);
        }
    }
    draft.urgent(Class::StartOrResult);
}

/// What is wrong with what a probe printed.
fn broken(job: &UpgradeJob, message: &str) -> Option<String> {
    job.phase.is_probe().then(|| Rule::of(job).wrong(message)).flatten()
}

/// The next try is another Job.
fn again(draft: &mut Draft, nth: usize, now: Timestamp) {
    if let Some(job) = run(draft, nth) {
        *job = UpgradeJob {
            attempt: job.attempt + 1,
            job: None,
            started_at: None,
            finished_at: None,
            reason: None,
            message: None,
            ..job.clone()
        };
    }
    step_to_job(draft, nth, now);
}

/// What follows a hook or a probe that succeeded.
fn follows<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, nth: usize) {
    let Some(upgrade) = &draft.status.upgrade else { return };
    let (this, next) = (&upgrade.jobs[nth], upgrade.jobs.get(nth + 1));
    match next {
        _ if this.phase.is_back() => returned::follows(pass, draft, nth),
        Some(next) if this.phase.is_after() == next.phase.is_after() && !next.phase.is_back() => {
            step_to_job(draft, nth + 1, pass.now);
        }
        _ if this.phase.is_after() => verify::at_the_end(pass, draft),
        _ => verify::images(pass, draft),
    }
}

/// That it ended may not have been seen.
fn runs_too_long<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, nth: usize) {
    if !pass.fleet.views.is_stale(View::Jobs) {
        return never_ends(pass, draft, nth, None);
    }
    let message = format!("the watch of Jobs has shown no life for {STALE_AFTER} s, and whether its Job has ended is not known");
    waits::note(draft, nth, Some(&Held::new(Reason::StaleView, message)));
}

/// A Job that does not end is not over: nothing may follow it, so nothing is rolled back either.
fn never_ends<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, nth: usize, held: Option<Held>) {
    let why = held.map_or_else(
        || "its Job was not over long after its deadline; look whether its pod still runs".into(),
        |held| format!("the result of its Job could not be read: {}: {}", held.reason, held.message),
    );
    fails(pass, draft, nth, &why);
}

/// A hook failed, after its last try.
fn fails<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, nth: usize, why: &str) {
    let Some(job) = run(draft, nth) else { return };
    job.result = Some(JobResult::Failed);
    job.reason = Some(steps::failure(job.phase).into());
    job.message = Some(record::clip(why, record::LONG));
    failed(pass, draft, nth);
}

/// Told before the result of the upgrade.
fn failed<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, nth: usize) {
    let Some(job) = draft.status.upgrade.as_ref().and_then(|upgrade| upgrade.jobs.get(nth)) else { return };
    let why = job.message.clone().unwrap_or_default();
    let (reason, message) = (steps::failure(job.phase), format!("{} failed: {why}", steps::named(job)));
    let story = draft.story(StoryEvent::HookFailed);
    draft.tell(Story { reason: Some(reason.into()), message: Some(message.clone()), ..story });
    fail(pass, draft, nth, (reason, message));
}

/// On the way back nothing more is tried: it failed already, for another reason.
fn fail(pass: &mut Pass, draft: &mut Draft, nth: usize, (reason, message): (Reason, String)) {
    match draft.status.upgrade.clone() {
        Some(upgrade) if upgrade.jobs[nth].phase.is_back() => returned::give_up(pass, draft, &upgrade, &message),
        _ => rollback::fail(pass, draft, reason, message),
    }
}
