//! Rules R19 to R22: what the workloads say of an upgrade in flight.

use uplift::{
    api::{
        TenantInstanceStatus,
        annotations::Intent,
        tenant::{SlotResult, Step, StepKind, UpgradeFailure, WorkloadId, WorkloadKind},
        upgrade_id::UpgradeId,
    },
    fleet::{Fleet, ObjectKey, Refusal, RefusedBy, TenantKey, Workload},
    plan::{Change, Class, ImageChange, Plan, plan},
};

use super::{NO_PODS, TWO, acme, at, deployment, pods_read, status_of, world, zeta};

const START: &str = "2026-12-15T18:00:00Z";
/// Twice the Deployment's own ten minutes, and one.
const DEADLINE: &str = "2026-12-15T18:21:00Z";

/// The start is committed, the images are not set yet.
fn started(key: &TenantKey) -> Fleet {
    let (mut fleet, _) = world(TWO, "[]", "2026-12-15T17:00:00Z");
    commit(&mut fleet, key, START);
    assert!(upgrade(&fleet, key).started_at.is_some());
    fleet
}

fn upgrade<'f>(fleet: &'f Fleet, key: &TenantKey) -> &'f uplift::api::tenant::Upgrade {
    fleet.tenants[key].status.as_ref().unwrap().upgrade.as_ref().unwrap()
}

/// What is planned at this instant for the tenant's status is committed.
fn commit(fleet: &mut Fleet, key: &TenantKey, now: &str) -> TenantInstanceStatus {
    let status = status_of(&plan(fleet, at(now)), key).unwrap();
    fleet.tenants.get_mut(key).unwrap().status = Ok(status.clone());
    status
}

fn change(plan: &Plan, key: &TenantKey) -> Option<ImageChange> {
    plan.writes.iter().find_map(|w| match &w.change {
        Change::Images { workload, images } if workload.namespace == key.namespace => Some(images.clone()),
        _ => None,
    })
}

fn workload<'f>(fleet: &'f mut Fleet, key: &TenantKey, name: &str) -> &'f mut Workload {
    fleet.workloads.get_mut(&deployment(key, name)).unwrap()
}

/// The images of the change are set, and the rollout has not begun.
fn set(fleet: &mut Fleet, key: &TenantKey, name: &str, change: &ImageChange) {
    let workload = workload(fleet, key, name);
    for container in &mut workload.containers {
        container.image.clone_from(&change.intent.images[&container.name]);
    }
    workload.intent = Some(Ok(change.intent.clone()));
    workload.meta.generation += 1;
    (workload.rollout.updated, workload.rollout.old) = (0, true);
}

fn rolled_out(fleet: &mut Fleet, key: &TenantKey, name: &str) {
    let workload = workload(fleet, key, name);
    (workload.rollout.updated, workload.rollout.available, workload.rollout.old) = (1, 1, false);
}

/// Acme's images are set.
fn rolling() -> Fleet {
    let mut fleet = started(&acme());
    let change = change(&plan(&fleet, at(START)), &acme()).unwrap();
    set(&mut fleet, &acme(), "dashboard", &change);
    fleet
}

/// The result, its reason and its message, if the upgrade ends at this instant, or begins to be rolled back.
fn end(fleet: &Fleet, key: &TenantKey, now: &str) -> Option<(SlotResult, Option<String>, String)> {
    let status = status_of(&plan(&pods_read(fleet, now), at(now)), key)?;
    if let Some(upgrade) = status.upgrade {
        let UpgradeFailure { reason, message, .. } = upgrade.failure?;
        return Some((SlotResult::RolledBack, Some(reason.to_string()), message));
    }
    let last = status.history.into_iter().next()?;
    Some((last.result, last.reason.map(|reason| reason.to_string()), last.message.unwrap_or_default()))
}

#[track_caller]
fn fails(fleet: &Fleet, key: &TenantKey, now: &str, reason: &str, message: &str) {
    assert_eq!(end(fleet, key, now), Some((SlotResult::Failed, Some(reason.to_owned()), message.to_owned())));
}

/// It does not come up, and goes back.
#[track_caller]
fn goes_back(fleet: &Fleet, key: &TenantKey, now: &str, reason: &str, message: &str) {
    let message = format!("{message}; {NO_PODS}");
    assert_eq!(end(fleet, key, now), Some((SlotResult::RolledBack, Some(reason.to_owned()), message)));
}

#[test]
fn a_rollout_that_says_nothing_fails_at_our_own_deadline() {
    let fleet = rolling();
    let before = plan(&fleet, at("2026-12-15T18:20:59Z"));
    assert!(status_of(&before, &acme()).is_none());
    assert_eq!(before.wake_at, Some(at(DEADLINE)));
    goes_back(&fleet, &acme(), DEADLINE, "DeadlineExceeded", "the rollout did not end until 2026-12-15T18:21:00Z");
}

#[test]
fn the_deployments_own_verdict_counts_once_it_has_seen_our_images() {
    let mut fleet = rolling();
    let workload = workload(&mut fleet, &acme(), "dashboard");
    workload.rollout.failed = Some("it has timed out progressing".into());
    workload.rollout.current = false;
    assert_eq!(end(&fleet, &acme(), "2026-12-15T18:01:00Z"), None);
    self::workload(&mut fleet, &acme(), "dashboard").rollout.current = true;
    goes_back(&fleet, &acme(), "2026-12-15T18:01:00Z", "ProgressDeadlineExceeded", "it has timed out progressing");
}

#[test]
fn another_image_by_another_hand_ends_the_upgrade_and_names_the_hand() {
    let mut fleet = rolling();
    let container = &mut workload(&mut fleet, &acme(), "dashboard").containers[0];
    (container.image, container.image_manager) = ("registry.example.test/mine:1".into(), Some("flux".into()));
    let message = "container \"dashboard\" got another image by \"flux\" while the upgrade ran; nothing is rolled back where another hand was at work";
    fails(&fleet, &acme(), "2026-12-15T18:01:00Z", "OwnershipConflict", message);
}

/// R6: GitOps tools remove annotations that they do not know.
#[test]
fn an_upgrade_goes_on_without_its_annotation_while_its_images_run() {
    let mut fleet = rolling();
    workload(&mut fleet, &acme(), "dashboard").intent = None;
    assert!(end(&fleet, &acme(), "2026-12-15T18:01:00Z").is_none());
    assert!(change(&plan(&fleet, at("2026-12-15T18:01:00Z")), &acme()).is_none(), "nothing is set twice");
    rolled_out(&mut fleet, &acme(), "dashboard");
    assert_eq!(end(&fleet, &acme(), "2026-12-15T18:01:00Z").unwrap().0, SlotResult::Succeeded);
}

/// R21: two tries that met an edit are taken back, each with another id; the third fails.
#[test]
fn a_workload_that_is_edited_before_each_change_fails_the_third_try() {
    let mut fleet = started(&acme());
    let stem = upgrade(&fleet, &acme()).id.as_ref().unwrap().stem().clone();
    for attempt in [2, 3] {
        workload(&mut fleet, &acme(), "dashboard").meta.generation += 1;
        let planned = plan(&fleet, at(START));
        assert_eq!(planned.writes.iter().map(|w| w.class).min(), Some(Class::StopOrVerdict));
        commit(&mut fleet, &acme(), START);
        let again = upgrade(&fleet, &acme());
        assert_eq!((again.started_at, again.attempt, again.step.is_none()), (None, attempt, true));
        assert_eq!(again.id, Some(UpgradeId::new(stem.clone(), attempt)));
        commit(&mut fleet, &acme(), START);
    }
    workload(&mut fleet, &acme(), "dashboard").meta.generation += 1;
    let message = "Deployment \"dashboard\" was edited between the start and the change of its images";
    fails(&fleet, &acme(), START, "OwnershipConflict", message);
}

#[test]
fn a_change_is_not_sent_while_a_gate_holds_that_the_start_has_passed() {
    let mut fleet = started(&acme());
    let suspend = uplift::api::Suspend { reason: "x".into() };
    fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().suspend = Some(suspend);
    let planned = plan(&fleet, at(START));
    assert!(change(&planned, &acme()).is_none());
    assert!(status_of(&planned, &acme()).unwrap().upgrade.unwrap().started_at.is_none());
}

/// A view that grew stale since, or the upgrade's own place, takes no start back.
#[test]
fn a_change_is_sent_although_a_view_is_stale_by_now() {
    let mut fleet = started(&acme());
    fleet.views.0.clear();
    assert!(change(&plan(&fleet, at(START)), &acme()).is_some());
}

#[test]
fn what_was_refused_to_another_upgrade_says_nothing_of_this_one() {
    let mut fleet = started(&acme());
    let intent = change(&plan(&fleet, at(START)), &acme()).map(|change| Intent { id: "another".into(), ..change.intent });
    let refusal = Refusal { intent, owner: None, message: "no".into(), by: RefusedBy::Else };
    fleet.refused.insert(ObjectKey::Workload(deployment(&acme(), "dashboard")), refusal);
    assert!(change(&plan(&fleet, at(START)), &acme()).is_some());
}

#[test]
fn a_workload_above_the_target_by_another_hand_ends_the_upgrade() {
    let mut fleet = started(&acme());
    let newer = fleet.releases["r-2026-12"].clone();
    let mut spec = newer.spec.clone().unwrap();
    spec.version = "2026.13.0".into();
    spec.images.insert("dashboard".into(), "registry.example.test/dashboard:2026.13.0".into());
    let mut newer = uplift::fleet::Release { version: Ok("2026.13.0".parse().unwrap()), spec: Ok(spec), ..newer };
    newer.meta.uid = "another".into();
    fleet.releases.insert("r-2026-13".into(), newer);
    workload(&mut fleet, &acme(), "dashboard").containers[0].image = "registry.example.test/dashboard:2026.13.0".into();
    let message = "Deployment \"dashboard\" runs 2026.13.0 by another hand, which is above 2026.12.0; nothing is rolled back where another hand was at work";
    fails(&fleet, &acme(), START, "OwnershipConflict", message);
}

/// The first of zeta's two workloads is done, and the step to the second is written.
fn second() -> Fleet {
    let mut fleet = started(&zeta());
    let first = change(&plan(&fleet, at(START)), &zeta()).unwrap();
    set(&mut fleet, &zeta(), "dashboard", &first);
    rolled_out(&mut fleet, &zeta(), "dashboard");
    let planned = plan(&fleet, at(START));
    assert_eq!(planned.writes.iter().map(|w| w.class).min(), Some(Class::StartOrResult));
    commit(&mut fleet, &zeta(), START);
    fleet
}

#[test]
fn the_second_workload_follows_when_the_first_is_done() {
    let fleet = second();
    let status = fleet.tenants[&zeta()].status.as_ref().unwrap();
    assert_eq!(status.version.as_deref(), Some("2026.11.0"), "two versions are what our own upgrade makes");
    let said = |type_| status.conditions.iter().find(|c| c.type_ == type_).map(|c| (c.status.as_str(), c.message.as_str()));
    let message = "2026.11.0 to 2026.12.0, Deployment \"worker\"";
    assert_eq!((said("UpToDate"), said("Reconciling")), (Some(("False", message)), Some(("True", message))));
    let workload = WorkloadId { kind: WorkloadKind::Deployment, name: "worker".into() };
    let step = Step {
        kind: StepKind::Images,
        workload: Some(workload),
        name: None,
        attempt: 1,
        generation: 1,
        before: 1,
        at: at(START),
    };
    assert_eq!(upgrade(&fleet, &zeta()).step, Some(step));
    let second = change(&plan(&fleet, at(START)), &zeta()).unwrap();
    assert_eq!(second.intent.images.keys().collect::<Vec<_>>(), ["main"]);
    assert_eq!(Some(second.intent.id), upgrade(&fleet, &zeta()).id);
}

/// Later workloads are not taken back: that would leave mixed versions.
#[test]
fn what_would_hold_a_start_does_not_hold_the_second_workload() {
    let mut fleet = second();
    let suspend = uplift::api::Suspend { reason: "x".into() };
    fleet.tenants.get_mut(&zeta()).unwrap().spec.as_mut().unwrap().suspend = Some(suspend);
    assert!(change(&plan(&fleet, at(START)), &zeta()).is_some());
}

#[test]
fn a_release_that_vanishes_between_two_workloads_fails_the_upgrade() {
    let mut fleet = second();
    fleet.releases.remove("r-2026-12");
    let message = "release 2026.12.0 is gone, or has no image for Deployment \"worker\"; without the release nobody knows whether it may be rolled back; set the images of 2026.11.0 by hand";
    fails(&fleet, &zeta(), START, "ReleaseDeleted", message);
}

/// I6: every workload is looked at once more when the last is done.
#[test]
fn success_waits_until_every_workload_is_well_at_once() {
    let mut fleet = second();
    let change = change(&plan(&fleet, at(START)), &zeta()).unwrap();
    set(&mut fleet, &zeta(), "worker", &change);
    rolled_out(&mut fleet, &zeta(), "worker");
    workload(&mut fleet, &zeta(), "dashboard").rollout.available = 0;
    let waiting = plan(&fleet, at("2026-12-15T18:20:59Z"));
    assert_eq!((end(&fleet, &zeta(), "2026-12-15T18:20:59Z"), waiting.wake_at), (None, Some(at(DEADLINE))));
    let message = "not every workload was healthy until 2026-12-15T18:21:00Z";
    goes_back(&fleet, &zeta(), DEADLINE, "DeadlineExceeded", message);

    let container = &mut workload(&mut fleet, &zeta(), "dashboard").containers[0];
    (container.image, container.image_manager) = ("registry.example.test/mine:1".into(), None);
    let message = "Deployment \"dashboard\": container \"dashboard\" got another image by \"unknown\" while the upgrade ran; nothing is rolled back where another hand was at work";
    fails(&fleet, &zeta(), START, "OwnershipConflict", message);

    fleet.workloads.remove(&deployment(&zeta(), "dashboard"));
    let message = "Deployment \"dashboard\" is gone; nothing is rolled back where another hand was at work";
    fails(&fleet, &zeta(), START, "WorkloadGone", message);
}

#[test]
fn a_workload_that_the_manifest_no_longer_names_ends_its_upgrade() {
    let mut fleet = rolling();
    fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().workloads[0].name = "other".into();
    let message = "spec.workloads no longer names the workload that was being changed; nothing is rolled back where another hand was at work";
    fails(&fleet, &acme(), "2026-12-15T18:01:00Z", "WorkloadGone", message);
}

/// R2: a release that is made again under the same name is another one.
#[test]
fn a_release_that_is_made_again_before_the_change_takes_the_start_back() {
    let mut fleet = started(&acme());
    fleet.releases.get_mut("r-2026-12").unwrap().meta.uid = "another".into();
    let planned = plan(&fleet, at(START));
    assert!(change(&planned, &acme()).is_none());
    assert!(status_of(&planned, &acme()).unwrap().upgrade.is_none_or(|u| u.started_at.is_none()));
}

#[test]
fn a_release_that_vanishes_while_its_workload_is_edited_fails_the_upgrade() {
    let mut fleet = started(&acme());
    fleet.releases.remove("r-2026-12");
    workload(&mut fleet, &acme(), "dashboard").meta.generation += 1;
    fails(&fleet, &acme(), START, "ReleaseDeleted", "DashboardRelease \"r-2026-12\" is gone or does not parse");
}

/// R22: the images of a failed upgrade still stand there, and the retry sets them under its own id.
#[test]
fn images_that_stand_there_already_are_set_all_the_same() {
    let mut fleet = started(&acme());
    workload(&mut fleet, &acme(), "dashboard").containers[0].image = "registry.example.test/dashboard:2026.12.0".into();
    let change = change(&plan(&fleet, at(START)), &acme()).unwrap();
    assert_eq!(Some(change.intent.id), upgrade(&fleet, &acme()).id);
}
