//! Rule R22: a failed upgrade goes back to what ran before, in the reverse order of its workloads, each seen running it (I6).

use crate::{
    api::{
        annotations::Intent,
        reason::Reason,
        release::Rollback,
        tenant::{ImagesBefore, JobResult, SlotResult, Step, Upgrade, UpgradeFailure, UpgradeJob, WorkloadId, WorkloadRef},
    },
    fleet::Workload,
    plan::{
        jobs::steps,
        output::Write,
        pass::Pass,
        record::draft::{Draft, Ended},
        upgrade::{
            data,
            finish::finish,
            follow::{ATTEMPTS, deadline, is_late, time_is_left},
            images::{back, change, ours, refused, runs},
            progress::Progress,
            returned::{and, end, give_up, not_back, stuck},
            step::{next, step, step_back_to, step_to_job},
        },
    },
};

/// R22: an upgrade failed. Its images go back where the release allows it; else this is the result. Either way the same release waits
/// until someone asks.
pub fn fail(pass: &mut Pass, draft: &mut Draft, reason: Reason, message: String) {
    let Some(upgrade) = draft.status.upgrade.clone() else { return };
    let changed = upgrade.before.iter().any(|before| {
        let workload = pass.fleet.workloads.get(&draft.key.workload_of(&before.workload));
        workload.is_some_and(|workload| !runs(workload, &back(&upgrade, before)))
    });
    match (stays(pass, &upgrade, reason), data::restore(&upgrade), upgrade.before.last()) {
        // Data first: the old version need not come up on what the hook left, and what it wrote until then would be lost.
        (None, Some(nth), _) => {
            before_all(pass, draft, &upgrade);
            step_to_job(draft, nth, pass.now);
        }
        (None, None, Some(last)) if changed => step_back_to(pass, draft, last, 0),
        (Some(why), ..) if changed => return finish(pass, draft, Ended::new(SlotResult::Failed, reason, and(&message, &why))),
        _ => return finish(pass, draft, Ended::new(SlotResult::Failed, reason, unchanged(&upgrade, message))),
    }
    // A failure counts when it is found: it stands in the write that begins the way back.
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.failure = Some(UpgradeFailure { reason: reason.into(), message, at: pass.now });
    }
}

/// After a restore every workload must be well, not only those that were changed: all of them run on the data.
fn before_all(pass: &Pass, draft: &mut Draft, upgrade: &Upgrade) {
    let is_known = |reference: &WorkloadRef| upgrade.before.iter().any(|before| before.workload.is(reference));
    let others = draft.spec.workloads.iter().filter(|reference| !is_known(reference));
    let others: Vec<_> = others.filter_map(|reference| Some(step(pass, draft, upgrade, reference, 0)?.1)).collect();
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.before.extend(others);
    }
}

/// What failed before it changed an image, or left none changed.
fn unchanged(upgrade: &Upgrade, message: String) -> String {
    let Some(job) = data::changed(upgrade) else { return message };
    let (job, backup) = (steps::named(job), data::from_backup(upgrade));
    and(
        &message,
        &format!("no image was changed, but {job} may have changed data: look, and restore them by hand{backup} if need be"),
    )
}

/// Why the images stay as they are, and what to do; none: they go back.
fn stays(pass: &Pass, upgrade: &Upgrade, reason: Reason) -> Option<String> {
    let (from, id) = (&upgrade.from, upgrade.id.clone().unwrap_or_default());
    if matches!(reason, Reason::OwnershipConflict | Reason::WorkloadGone) {
        return Some("nothing is rolled back where another hand was at work".into());
    }
    let Some(release) = pass.release(&upgrade.release, &upgrade.release_uid) else {
        return Some(format!("without the release nobody knows whether it may be rolled back; set the images of {from} by hand"));
    };
    if upgrade.jobs.iter().any(never_over) {
        return Some(format!(
            "the new images stay, since a Job that may still run must not meet the old ones; then set those of {from} by hand"
        ));
    }
    match release.spec.rollout.rollback {
        Rollback::Automatic => data::changed(upgrade).filter(|_| data::restore(upgrade).is_none()).map(|job| {
            let (job, backup) = (steps::named(job), data::from_backup(upgrade));
            format!(
                "the new images stay, since {job} may have changed the data that {from} would run on; mend what is wrong and annotate \
                 uplift.dev/retry={id}, release a newer version, or restore the data{backup} and set the images of {from} by hand"
            )
        }),
        Rollback::Manual => {
            let saved = data::changed(upgrade).and(upgrade.backup()).map(|_| data::from_backup(upgrade));
            let data = saved.map(|backup| format!("restore the data{backup} and ")).unwrap_or_default();
            Some(format!(
                "the new images stay, since the release says rollback: Manual; {data}set those of {from} by hand, or annotate \
                 uplift.dev/retry={id}"
            ))
        }
        Rollback::Impossible => Some(format!(
            "the new images stay, since the release says rollback: Impossible; mend what is wrong and annotate \
             uplift.dev/retry={id}, or release a newer version"
        )),
    }
}

/// A Job that began and was not seen to end.
fn never_over(job: &UpgradeJob) -> bool {
    job.result == Some(JobResult::Failed) && job.job.is_some() && job.finished_at.is_none()
}

/// Drives a rollback by one move, read off the world like an upgrade.
pub fn progress(pass: &mut Pass, draft: &mut Draft, upgrade: &Upgrade, (step, on): (&Step, &WorkloadId)) -> Option<Write> {
    let Some(nth) = upgrade.before.iter().position(|before| before.workload == *on) else {
        give_up(pass, draft, upgrade, &format!("nobody knows what {on} ran before"));
        return None;
    };
    let (before, key) = (&upgrade.before[nth], draft.key.workload_of(on));
    match look(pass, draft, upgrade, step, before) {
        Progress::ToChange(intent, _) if let Some(refusal) = refused(pass, &key, &intent) => {
            let message = format!("the API server refused the images of {on}: {}", refusal.message);
            give_up(pass, draft, upgrade, &message);
        }
        Progress::ToChange(..) if is_late(pass, draft, step, &key) => anew(pass, draft, upgrade, step, before),
        Progress::ToChange(intent, init) => return change(pass, draft, key, intent, init),
        Progress::ComingUp => {}
        Progress::Done if nth > 0 => step_back_to(pass, draft, &upgrade.before[nth - 1], step.before + 1),
        Progress::Done => return end(pass, draft, upgrade, step),
        Progress::Edited | Progress::Stopped => anew(pass, draft, upgrade, step, before),
        Progress::NotUp(_, message) => return not_back(pass, draft, upgrade, before, message),
        Progress::Failed(_, message) => give_up(pass, draft, upgrade, &message),
    }
    None
}

/// The step is written anew, as the workload stands now, but not for ever.
fn anew(pass: &mut Pass, draft: &mut Draft, upgrade: &Upgrade, step: &Step, before: &ImagesBefore) {
    if step.attempt >= ATTEMPTS {
        let message = format!(
            "the old images of {} could not be set: it was edited before each try, or the API server answered none",
            before.workload
        );
        return give_up(pass, draft, upgrade, &message);
    }
    step_back_to(pass, draft, before, step.before);
    if let Some(next) = next(draft) {
        next.attempt = step.attempt + 1;
    }
}

fn look(pass: &mut Pass, draft: &Draft, upgrade: &Upgrade, step: &Step, before: &ImagesBefore) -> Progress {
    let name = &before.workload;
    let Some(workload) = pass.fleet.workloads.get(&draft.key.workload_of(name)) else {
        return Progress::Failed(Reason::WorkloadGone, format!("{name} is gone"));
    };
    let back = back(upgrade, before);
    if runs(workload, &back) {
        return comes_up(pass, draft, (workload, name), step);
    }
    let sets = |intent: &Intent| intent.id == back.id && intent.rollback;
    let set_already = workload.intent.as_ref().is_some_and(|intent| intent.as_ref().is_ok_and(sets));
    if let Some(container) = other_hand(pass, upgrade, workload, before).filter(|_| !set_already) {
        let message = format!("another hand was at container {container:?} of {name} while the upgrade ran");
        return Progress::Failed(Reason::OwnershipConflict, message);
    }
    if workload.meta.generation == step.generation {
        let init = workload.containers.iter().filter(|c| c.init && back.images.contains_key(&c.name));
        let init = init.map(|c| c.name.clone()).collect();
        return Progress::ToChange(back, init);
    }
    // Only what says that the new images are ours says, too, that the old ones were not set yet (I1).
    if ours(workload, upgrade).is_some() {
        return Progress::Edited;
    }
    Progress::Failed(Reason::OwnershipConflict, format!("{name} was changed by another hand while it was rolled back"))
}

/// The workload's own verdict is no help: its controller leaves that of the failed rollout standing until the old pods get on.
fn comes_up(pass: &mut Pass, draft: &Draft, (workload, name): (&Workload, &WorkloadId), step: &Step) -> Progress {
    if workload.rolled_out() {
        return Progress::Done;
    }
    let deadline = deadline(draft, workload, step);
    if time_is_left(pass, deadline) {
        return Progress::ComingUp;
    }
    Progress::NotUp(Reason::DeadlineExceeded, format!("{name} was not healthy again until {deadline}{}", stuck(name, workload)))
}

/// A container that runs neither what it ran before, nor what this upgrade set: to set the old image would destroy it.
fn other_hand<'b>(pass: &Pass, upgrade: &Upgrade, workload: &Workload, before: &'b ImagesBefore) -> Option<&'b str> {
    let release = pass.release(&upgrade.release, &upgrade.release_uid);
    let set = |name: &str, image: &str| {
        let by_intent = ours(workload, upgrade).is_some_and(|intent| intent.images.get(name).is_some_and(|set| set == image));
        by_intent || release.is_some_and(|release| release.spec.images.values().any(|set| set == image))
    };
    let known =
        |name: &str, old: &str| workload.containers.iter().any(|c| c.name == name && (c.image == old || set(name, &c.image)));
    before.images.iter().find(|(name, old)| !known(name, old)).map(|(name, _)| name.as_str())
}
