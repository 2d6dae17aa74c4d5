//! Rule R22: what a rollback meets on its way, as far as a scenario cannot say it.

use uplift::{
    api::{
        annotations::Intent,
        tenant::{SlotResult, Step, StepKind, Upgrade},
    },
    fleet::{Fleet, Workload},
    plan::{Change, plan},
};

use super::{TWO, at, deployment, status_of, world, zeta};

const NOW: &str = "2026-12-15T18:05:00Z";
const NEW: &str = "registry.example.test/dashboard:2026.12.0";
const FOREIGN: &str = "registry.example.test/mine:1";

fn upgrade(fleet: &Fleet) -> Upgrade {
    fleet.tenants[&zeta()].status.as_ref().unwrap().upgrade.clone().unwrap()
}

fn workload<'f>(fleet: &'f mut Fleet, name: &str) -> &'f mut Workload {
    fleet.workloads.get_mut(&deployment(&zeta(), name)).unwrap()
}

/// The second of zeta's workloads failed. The rollback is at this one, whose old images are set and do not come up.
fn at_workload(name: &str) -> Fleet {
    let events = format!(
        "
- {{at: 2026-12-10T00:00:00Z, rollout: {{workload: zeta/worker, outcome: Fails, takes: 90s}}}}
- {{at: 2026-12-10T00:00:00Z, rollback: {{workload: zeta/{name}, outcome: Hangs, takes: 1h}}}}
"
    );
    let (fleet, _) = world(TWO, &events, NOW);
    let Step { kind, workload, .. } = upgrade(&fleet).step.unwrap();
    assert_eq!((kind, &*workload.unwrap().name), (StepKind::Rollback, name));
    fleet
}

/// The same before the old images were set, and without the annotation that says whose the new ones are.
fn to_change() -> Fleet {
    let mut fleet = at_workload("worker");
    let generation = upgrade(&fleet).step.unwrap().generation;
    let worker = workload(&mut fleet, "worker");
    (worker.containers[0].image, worker.meta.generation, worker.intent) = (NEW.into(), generation, None);
    fleet
}

fn goes_back(fleet: &Fleet) -> bool {
    let sets = |intent: &Intent| intent.rollback;
    plan(fleet, at(NOW)).writes.iter().any(|write| matches!(&write.change, Change::Images { images, .. } if sets(&images.intent)))
}

#[track_caller]
fn ends(fleet: &Fleet, words: &str) {
    let ended = status_of(&plan(fleet, at(NOW)), &zeta()).unwrap().history.remove(0);
    assert_eq!(ended.result, SlotResult::RollbackFailed);
    let message = ended.message.unwrap();
    assert!(message.contains(words), "{message}");
}

/// Either says that the new images are ours: the release, or our annotation.
#[test]
fn new_images_go_back_without_the_annotation_and_without_the_release() {
    let mut fleet = to_change();
    assert!(goes_back(&fleet));
    let Upgrade { id, to, .. } = upgrade(&fleet);
    let images = [("main".to_owned(), NEW.to_owned())].into();
    workload(&mut fleet, "worker").intent = Some(Ok(Intent { id: id.unwrap(), to, images, rollback: false }));
    fleet.releases.remove("r-2026-12");
    assert!(goes_back(&fleet));
    workload(&mut fleet, "worker").intent = None;
    ends(&fleet, "another hand was at container \"main\"");
}

#[test]
fn another_image_before_the_old_ones_are_set_and_after_it_is_another_hands() {
    let mut fleet = to_change();
    workload(&mut fleet, "worker").containers[0].image = FOREIGN.into();
    ends(&fleet, "another hand was at container \"main\" of Deployment \"worker\" while the upgrade ran");
    let mut fleet = at_workload("worker");
    let worker = workload(&mut fleet, "worker");
    (worker.containers[0].image, worker.meta.generation) = (FOREIGN.into(), worker.meta.generation + 1);
    ends(&fleet, "Deployment \"worker\" was changed by another hand while it was rolled back");
}

/// I12: whatever was done already is looked at once more.
#[test]
fn a_workload_that_was_changed_or_deleted_since_it_went_back_is_no_success() {
    let mut fleet = at_workload("dashboard");
    let rollout = &mut workload(&mut fleet, "dashboard").rollout;
    (rollout.updated, rollout.available, rollout.old) = (rollout.wanted, rollout.wanted, false);
    let ended = status_of(&plan(&fleet, at(NOW)), &zeta()).unwrap().history.remove(0);
    assert_eq!(ended.result, SlotResult::RolledBack);
    workload(&mut fleet, "worker").containers[0].image = FOREIGN.into();
    ends(&fleet, "Deployment \"worker\" does not run its old images any more");
    fleet.workloads.remove(&deployment(&zeta(), "worker"));
    ends(&fleet, "Deployment \"worker\" is gone");
}
