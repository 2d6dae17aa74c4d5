//! Rule R22: why a workload did not come up is read once, before its failure is written, and nothing waits for longer.

use uplift::{
    api::tenant::{SlotResult, StepKind},
    fleet::{Effect, Fleet, ObjectKey, Outstanding, Pod, PodContainer, Pods, PodsRead, ReadFor, Rollout, Unread},
    plan::{Change, Class, Plan, plan},
};

use super::{TWO, acme, at, deployment, status_of, world, zeta};

const FOUND: &str = "2026-12-15T18:01:30Z";

/// Acme's rollout says that it makes no progress; everything lets zeta start in this very pass.
fn stuck() -> Fleet {
    let events = "
- {at: 2026-12-01T00:00:00Z, patch: {kind: DashboardRelease, name: r-2026-12, merge: {spec: {rollout: {rollback: Manual}}}}}
- {at: 2026-12-01T00:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {maxConcurrent: 1}}}}
- {at: 2026-12-10T00:00:00Z, rollout: {workload: acme/dashboard, outcome: Hangs, takes: 1h}}
";
    let (mut fleet, _) = world(TWO, events, "2026-12-15T18:01:00Z");
    fleet.windows.get_mut("uk-evenings").unwrap().spec.as_mut().unwrap().max_concurrent = 2;
    fleet.workloads.get_mut(&deployment(&acme(), "dashboard")).unwrap().rollout.failed = Some("no progress".into());
    fleet
}

fn asks(plan: &Plan) -> Option<(ReadFor, Class)> {
    plan.writes.iter().find_map(|write| match &write.change {
        Change::ReadPods { workload, read_for } if *workload == deployment(&acme(), "dashboard") => {
            Some((read_for.clone(), write.class))
        }
        _ => None,
    })
}

fn starts(plan: &Plan) -> bool {
    let status = status_of(plan, &zeta());
    status.and_then(|status| status.upgrade).is_some_and(|upgrade| upgrade.started_at.is_some())
}

fn answered(found: Result<Pods, Unread>) -> Fleet {
    let mut fleet = stuck();
    let (read_for, _) = asks(&plan(&fleet, at(FOUND))).unwrap();
    fleet.pod_reads.insert(deployment(&acme(), "dashboard"), PodsRead { read_for, found });
    fleet
}

/// What the history says, once the read was answered.
fn says(found: Result<Pods, Unread>) -> String {
    let found = plan(&answered(found), at(FOUND));
    assert_eq!(asks(&found), None, "it is not read twice");
    let last = status_of(&found, &acme()).unwrap().history.remove(0);
    assert_eq!(last.result, SlotResult::Failed);
    last.message.unwrap()
}

#[test]
fn the_failure_waits_for_one_read_and_nothing_of_the_release_starts_meanwhile() {
    let mut fleet = stuck();
    let found = plan(&fleet, at(FOUND));
    let (read_for, class) = asks(&found).unwrap();
    assert_eq!(class, Class::StartOrResult);
    assert!(status_of(&found, &acme()).is_none_or(|status| status.history.is_empty()) && !starts(&found));
    // It is on its way.
    let key = ObjectKey::Workload(deployment(&acme(), "dashboard"));
    fleet.outstanding.insert(key.clone(), Outstanding { effect: Effect::Pods(read_for), sent_at: at(FOUND) });
    let waiting = plan(&fleet, at(FOUND));
    assert!(asks(&waiting).is_none() && !starts(&waiting));
    // One failure of three halts nothing: zeta goes on.
    let told = plan(&answered(Ok(Pods::default())), at(FOUND));
    assert!(status_of(&told, &acme()).unwrap().upgrade.is_none_or(|upgrade| upgrade.started_at.is_none()));
}

#[test]
fn whatever_comes_of_the_read_the_failure_is_written() {
    let container = PodContainer {
        name: "dashboard".into(),
        image: "registry.example.test/dashboard:2026.12.0".into(),
        waits: Some(("ErrImagePull".into(), "not found".into())),
        ..PodContainer::default()
    };
    let pod = Pod { name: "dashboard-1".into(), containers: vec![container], ..Pod::default() };
    let told = says(Ok(Pods { pods: vec![pod], ..Pods::default() }));
    assert!(
        told.starts_with("no progress; image registry.example.test/dashboard:2026.12.0 of container dashboard of pod"),
        "{told}"
    );
    assert!(told.contains("cannot be pulled (ErrImagePull): \"not found\"; the new images stay"), "{told}");
    let told = says(Err(Unread::Forbidden));
    assert!(
        told.contains("may not list pods in namespace acme; bind the ClusterRole uplift-diagnose to its account there"),
        "{told}"
    );
    let told = says(Err(Unread::Failed("no answer\nat all".into())));
    assert!(told.contains("its pods could not be read: \"no answer at all\""), "{told}");
}

#[test]
fn what_was_read_for_another_step_says_nothing_of_this_one() {
    let mut fleet = answered(Ok(Pods::default()));
    fleet.pod_reads.values_mut().for_each(|read| read.read_for.step_at = at("2026-12-15T18:00:30Z"));
    assert!(asks(&plan(&fleet, at(FOUND))).is_some());
}

#[test]
fn a_workload_that_comes_up_meanwhile_has_not_failed() {
    let mut fleet = answered(Ok(Pods::default()));
    let workload = fleet.workloads.get_mut(&deployment(&acme(), "dashboard")).unwrap();
    let rollout = &mut workload.rollout;
    (rollout.updated, rollout.available, rollout.old, rollout.failed) = (rollout.wanted, rollout.wanted, false, None);
    let status = status_of(&plan(&fleet, at(FOUND)), &acme()).unwrap();
    assert_eq!(status.history[0].result, SlotResult::Succeeded);
}

/// The last look of a rollback asks the pods of whichever workload keeps it from being done.
#[test]
fn a_rollback_whose_other_workload_is_not_well_says_why() {
    let events = "
- {at: 2026-12-10T00:00:00Z, rollout: {workload: zeta/worker, outcome: Fails, takes: 90s}}
- {at: 2026-12-10T00:00:00Z, rollback: {workload: zeta/dashboard, outcome: Hangs, takes: 1h}}
";
    let (mut fleet, _) = world(TWO, events, "2026-12-15T18:05:00Z");
    let key = deployment(&zeta(), "dashboard");
    let step = fleet.tenants[&zeta()].status.as_ref().unwrap().upgrade.as_ref().unwrap().step.clone().unwrap();
    assert_eq!((step.kind, step.workload.unwrap().name.as_str()), (StepKind::Rollback, "dashboard"));
    let first = &mut fleet.workloads.get_mut(&key).unwrap().rollout;
    *first = Rollout { current: true, wanted: 1, updated: 1, available: 1, ..Rollout::default() };
    let worker = deployment(&zeta(), "worker");
    let second = fleet.workloads.get_mut(&worker).unwrap();
    // The slowest has the say: by itself it would have three minutes.
    (second.rollout.available, second.progress_deadline) = (0, Some(60));

    let early = plan(&fleet, at("2026-12-15T18:05:00Z"));
    let reads = |plan: &Plan| {
        plan.writes.iter().find_map(|write| Some(write.change.effect()).filter(|effect| matches!(effect, Effect::Pods(_))))
    };
    assert!(reads(&early).is_none(), "it has the time of a rollout");
    let late = early.wake_at.unwrap();
    let Some(Effect::Pods(read_for)) = reads(&plan(&fleet, late)) else { panic!("its pods are not read") };
    let container = PodContainer {
        name: "main".into(),
        image: "registry.example.test/dashboard:2026.11.0".into(),
        ..PodContainer::default()
    };
    let pod = Pod { unscheduled: Some("0/3 nodes are available".into()), containers: vec![container], ..Pod::default() };
    fleet.pod_reads.insert(worker, PodsRead { read_for, found: Ok(Pods { pods: vec![pod], ..Pods::default() }) });
    let last = status_of(&plan(&fleet, late), &zeta()).unwrap().history.remove(0);
    assert_eq!(last.result, SlotResult::RollbackFailed);
    let message = last.message.unwrap();
    assert!(
        message
            .contains("Deployment \"worker\" was not healthy at 2026-12-15T18:24:30Z, when the time of the rollback was over;"),
        "{message}"
    );
    assert!(message.contains("0/3 nodes are available"), "{message}");
}
