//! R34: a workload of a trial gets images and replicas in one PATCH, and comes up; and it goes to zero again.

use jiff::Timestamp;

use crate::{
    api::{
        annotations::Intent,
        reason::Reason,
        tenant::JobResult,
        trial::{TrialRun, TrialStep, TrialStepKind, TrialVerdict, TrialWorkload},
    },
    fleet::{ObjectKey, Workload, WorkloadKey},
    plan::{
        output::{
            change::{Change, ImageChange},
            held::Held,
        },
        pass::wake::later,
        target::mapping::mapped,
        trial::{
            job::{self, Move},
            release,
            turn::{Turn, ended},
        },
        upgrade::follow::{ROLLOUT_TIMEOUT, late, patience, verdict},
    },
};

/// A workload of a run, in the trial's namespace.
pub fn key(turn: &Turn, workload: &TrialWorkload) -> WorkloadKey {
    WorkloadKey::new(workload.kind, &turn.key.namespace, &workload.name)
}

/// Follows a workload that is to come up.
pub fn follow(turn: &mut Turn, run: &TrialRun, step: &TrialStep) -> Move {
    let Some(asked) = run.workloads.iter().find(|one| one.name == step.name) else { return Move::Waits(None) };
    let key = key(turn, asked);
    let Some(workload) = turn.fleet.workloads.get(&key) else {
        return fails(turn, step, Reason::WorkloadGone, &format!("{key} is gone"));
    };
    let (intent, init) = match intent(turn, run, step.kind, asked, workload) {
        Ok(found) => found,
        Err((reason, message)) => return fails(turn, step, reason, &message),
    };
    let Some(since) = step.started_at else {
        return Move::Becomes(Box::new(TrialStep { started_at: Some(turn.now), ..step.clone() }));
    };
    let deadline = later(since, patience(workload).min(ROLLOUT_TIMEOUT));
    if is_set(workload, &intent) {
        return comes_up(turn, step, (asked, &key, workload), &intent, deadline);
    }
    let refused = refused(turn, &key, &intent);
    match (turn.now < deadline, refused) {
        (true, held) => {
            turn.wake_at(deadline);
            set(turn, key, workload, ImageChange { intent, init, replicas: Some(asked.replicas) });
            Move::Waits(held)
        }
        (false, Some(held)) => fails(turn, step, held.reason, &held.message),
        // Who was away has its time once more.
        (false, None) => Move::Becomes(Box::new(TrialStep { started_at: Some(turn.now), ..step.clone() })),
    }
}

fn comes_up(
    turn: &mut Turn,
    step: &TrialStep,
    (asked, key, workload): (&TrialWorkload, &WorkloadKey, &Workload),
    intent: &Intent,
    deadline: Timestamp,
) -> Move {
    if let Some(message) = taken_over(key, workload, intent, asked.replicas) {
        return fails(turn, step, Reason::OwnershipConflict, &message);
    }
    if workload.rolled_out() {
        let done = TrialStep { result: Some(JobResult::Succeeded), finished_at: Some(turn.now), ..step.clone() };
        return Move::Becomes(Box::new(done));
    }
    if let Some(message) = step.started_at.and_then(|since| verdict(workload, since)) {
        return fails(turn, step, Reason::ProgressDeadlineExceeded, &format!("{key}: {message}"));
    }
    if turn.now < deadline {
        turn.wake_at(deadline);
        return Move::Waits(None);
    }
    fails(turn, step, late(workload), &format!("{key} was not up until {deadline}"))
}

/// Once people look at it, another hand may change what runs: then nobody knows what they look at.
pub fn watch(turn: &mut Turn, run: &TrialRun) {
    if let Some(message) = run.workloads.iter().find_map(|asked| changed(turn, run, asked)) {
        let end = ended(turn, TrialVerdict::Failed, Reason::OwnershipConflict, message);
        turn.ends(end);
    }
}

/// What was set stands in our annotation, whatever became of the release since.
fn changed(turn: &Turn, run: &TrialRun, asked: &TrialWorkload) -> Option<String> {
    let key = key(turn, asked);
    let Some(workload) = turn.fleet.workloads.get(&key) else {
        return Some(format!("{key} was deleted by another hand while the trial ran"));
    };
    match workload.forward().filter(|there| there.id == run.id && there.to == run.version) {
        Some(intent) => taken_over(&key, workload, intent, asked.replicas),
        None => Some(format!("{key} has lost the annotation of this run by another hand: nobody knows what runs")),
    }
}

/// A workload that another hand starts before its turn: on data that are not proved to be scrubbed.
pub fn started_early(turn: &Turn, run: &TrialRun) -> Option<String> {
    let waits = |step: &&TrialStep| step.kind == TrialStepKind::Boot && step.started_at.is_none() && step.result.is_none();
    let mut open = run.steps.iter().filter(waits);
    open.find_map(|step| {
        let key = key(turn, run.workloads.iter().find(|one| one.name == step.name)?);
        let wanted = turn.fleet.workloads.get(&key)?.rollout.wanted;
        (wanted > 0).then(|| format!("{key} was given {wanted} replicas by another hand before its data were scrubbed"))
    })
}

fn taken_over(key: &WorkloadKey, workload: &Workload, intent: &Intent, replicas: i32) -> Option<String> {
    let has = |name: &str, image: &str| workload.containers.iter().any(|c| c.name == name && c.image == image);
    if let Some((name, _)) = intent.images.iter().find(|(name, image)| !has(name, image)) {
        return Some(format!("the image of container {name:?} of {key} was changed by another hand while the trial ran"));
    }
    let wanted = workload.rollout.wanted;
    (wanted != replicas)
        .then(|| format!("{key} was given {wanted} replicas by another hand while the trial ran; it had {replicas}"))
}

/// Whether our annotation says that this was set: what stands there besides is another hand's.
fn is_set(workload: &Workload, intent: &Intent) -> bool {
    workload.forward().is_some_and(|there| there.id == intent.id && there.to == intent.to && !there.images.is_empty())
}

fn refused(turn: &Turn, key: &WorkloadKey, intent: &Intent) -> Option<Held> {
    let refusal = turn.fleet.refused.get(&ObjectKey::Workload(key.clone()))?;
    let ours = refusal.intent.as_ref() == Some(intent);
    ours.then(|| Held::new(Reason::ChangeRefused, format!("the API server refused the change of {key}: {}", refusal.message)))
}

fn fails(turn: &Turn, step: &TrialStep, reason: Reason, message: &str) -> Move {
    let (result, finished_at) = (Some(JobResult::Failed), Some(turn.now));
    Move::Becomes(Box::new(TrialStep {
        result,
        finished_at,
        reason: Some(reason.into()),
        message: Some(job::cut(message)),
        ..step.clone()
    }))
}

type Images = (Intent, Vec<String>);

/// The images of the version that this step brings.
fn intent(
    turn: &Turn,
    run: &TrialRun,
    kind: TrialStepKind,
    asked: &TrialWorkload,
    workload: &Workload,
) -> Result<Images, (Reason, String)> {
    let tried = release::of_run(turn.fleet, run);
    let channel = tried.map(|release| release.channel.as_str()).unwrap_or_default();
    let (to, found) = match kind {
        TrialStepKind::Boot => (&run.from, release::of_version(turn.fleet, channel, &run.from).map(|(_, _, spec)| spec)),
        _ => (&run.version, tried),
    };
    let release = found.ok_or_else(|| (Reason::ReleaseDeleted, format!("the release of version {to} is gone")))?;
    let reference = asked.reference();
    let mapped = mapped(&reference, workload, |component| release.images.contains_key(component));
    let unknown = mapped.iter().find(|(_, component)| !release.images.contains_key(*component));
    if let Some((_, component)) = unknown {
        return Err((Reason::UnknownComponent, format!("release {to} has no component {component:?}")));
    }
    if mapped.is_empty() {
        return Err((Reason::NoComponent, format!("no container of {reference} runs a component of release {to}")));
    }
    let init = mapped.iter().filter(|(container, _)| container.init).map(|(container, _)| container.name.clone()).collect();
    let images =
        mapped.iter().map(|(container, component)| (container.name.clone(), release.images[*component].clone())).collect();
    Ok((Intent { id: run.id.clone(), to: to.clone(), images, rollback: false }, init))
}

/// One PATCH. Never where a tenant is: that would be production.
fn set<'a>(turn: &mut Turn<'a>, key: WorkloadKey, workload: &'a Workload, images: ImageChange) {
    if turn.fleet.tenant_in(&key.namespace).is_none() {
        turn.effect(Change::Images { workload: key, images }, &workload.meta);
    }
}

/// Whether images of a run could be set in a workload: looked at before it begins.
pub fn fits(asked: &TrialWorkload, workload: &Workload, images: &std::collections::BTreeMap<String, String>) -> bool {
    let reference = asked.reference();
    let mapped = mapped(&reference, workload, |component| images.contains_key(component));
    !mapped.is_empty() && mapped.iter().all(|(_, component)| images.contains_key(*component))
}

/// What stops a workload: its images stay.
pub fn stopped(run: &TrialRun) -> ImageChange {
    let intent = Intent { id: run.id.clone(), to: run.version.clone(), images: [].into(), rollback: false };
    ImageChange { intent, init: vec![], replicas: Some(0) }
}

/// Sends every workload of a run to zero; those that are not down yet.
pub fn stop(turn: &mut Turn, run: &TrialRun) -> Vec<WorkloadKey> {
    let mut left = vec![];
    for asked in &run.workloads {
        let key = key(turn, asked);
        let Some(workload) = turn.fleet.workloads.get(&key) else { continue };
        if workload.rollout.wanted > 0 {
            set(turn, key.clone(), workload, stopped(run));
        }
        if !is_down(workload) {
            left.push(key);
        }
    }
    left
}

/// Whether no pod of it is wanted or left.
pub fn is_down(workload: &Workload) -> bool {
    let rollout = &workload.rollout;
    rollout.current && rollout.wanted == 0 && rollout.updated == 0 && rollout.available == 0 && !rollout.old
}
