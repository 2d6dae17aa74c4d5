//! R21, R22, R25: nobody loses a date or fails by a clock that is wrong, or by what is told of something else; and what another hand undid is
//! not done again.

use jiff::{SignedDuration, ToSpan};
use uplift::{
    api::reason::Reason,
    fleet::{ClockAhead, Fleet, Workload},
    plan::{Change, Plan, plan},
};

use super::{TWO, acme, at, deployment, pods_read, status_of, world, zeta};

/// Acme's images are set, and never come up.
fn hangs() -> Fleet {
    world(
        "",
        "- {at: 2026-12-10T00:00:00Z, rollout: {workload: acme/dashboard, outcome: Hangs, takes: 9h}}",
        "2026-12-15T18:01:00Z",
    )
    .0
}

fn dashboard(fleet: &mut Fleet) -> &mut Workload {
    fleet.workloads.get_mut(&deployment(&acme(), "dashboard")).unwrap()
}

/// How acme's upgrade has failed by this instant, once pods were read.
fn fails(fleet: &Fleet, now: &str) -> Option<(Reason, String)> {
    let status = status_of(&plan(&pods_read(fleet, now), at(now)), &acme())?;
    let failure = status.upgrade.and_then(|upgrade| upgrade.failure);
    let going_back = failure.map(|failure| (failure.reason.known().unwrap(), failure.message));
    let ended = status.history.into_iter().next().filter(|entry| entry.result.is_failure());
    going_back.or_else(|| ended.map(|entry| (entry.reason.unwrap().known().unwrap(), entry.message.unwrap())))
}

#[test]
fn no_date_is_lost_to_a_clock_that_is_known_to_be_wrong() {
    let (mut fleet, _) = world("", "", "2026-12-15T12:00:00Z");
    // The operator's own is ahead; or it is behind, or the API server's is ahead.
    for (ahead, shown) in [(10, 10), (-10, 0)] {
        fleet.clock_ahead = ClockAhead(Some(SignedDuration::from_hours(ahead)));
        let shown = SignedDuration::from_hours(shown);
        let planned = plan(&fleet, at("2026-12-15T12:00:00Z") + shown);
        assert!(planned.writes.is_empty(), "{ahead}: {:?}", planned.writes);
        assert_eq!(planned.wake_at, Some(at("2026-12-15T13:00:00Z") + shown), "by the clock that the operator waits by");
    }
}

#[test]
fn nothing_that_runs_fails_by_a_clock_that_is_known_to_be_wrong() {
    let mut fleet = hangs();
    fleet.clock_ahead = ClockAhead(Some(SignedDuration::from_hours(3)));
    assert_eq!(fails(&fleet, "2026-12-15T21:02:00Z"), None);
}

/// The controller leaves the verdict on an older rollout standing until the new one begins (R22).
#[test]
fn a_verdict_from_before_the_step_says_nothing_of_this_rollout() {
    let mut fleet = hangs();
    let now = "2026-12-15T18:02:00Z";
    let step = fleet.tenants[&acme()].status.as_ref().unwrap().upgrade.as_ref().unwrap().step.as_ref().unwrap().at;
    dashboard(&mut fleet).rollout.failed = Some("no progress".into());
    for (since, counts) in [(None, true), (Some(step), true), (Some(step - 5.seconds()), true), (Some(step - 6.seconds()), false)]
    {
        dashboard(&mut fleet).rollout.failed_at = since;
        assert_eq!(fails(&fleet, now).is_some(), counts, "{since:?}");
    }
}

/// Who stops a rollout says nothing of the release.
#[test]
fn a_rollout_that_somebody_paused_or_scaled_to_zero_fails_for_that() {
    let late = "2026-12-15T19:00:00Z";
    let mut fleet = hangs();
    dashboard(&mut fleet).paused = true;
    let (reason, message) = fails(&fleet, late).unwrap();
    assert_eq!(reason, Reason::Paused);
    assert!(message.contains("Deployment \"dashboard\" is paused; resume it"), "{message}");
    let mut fleet = hangs();
    dashboard(&mut fleet).rollout.wanted = 0;
    let (reason, message) = fails(&fleet, late).unwrap();
    assert_eq!(reason, Reason::NoReplicas);
    assert!(message.contains("has no pod to run; look at its replicas"), "{message}");
}

/// I1, R23: the annotation goes with the image where a tool replaces the whole object.
#[test]
fn what_another_hand_undid_together_with_our_annotation_is_not_done_again() {
    let mut fleet = hangs();
    let workload = dashboard(&mut fleet);
    assert!(workload.intent.take().is_some() && workload.last_set.is_some(), "it was seen");
    workload.containers[0].image = "registry.example.test/dashboard:2026.11.0".into();
    workload.meta.generation += 1;
    let now = "2026-12-15T18:02:00Z";
    let (reason, message) = fails(&fleet, now).unwrap();
    assert_eq!(reason, Reason::OwnershipConflict);
    assert!(message.contains("was changed back by another hand while the upgrade ran"), "{message}");
    // Who has not seen it takes it for an edit before the change.
    dashboard(&mut fleet).last_set = None;
    let status = status_of(&plan(&fleet, at(now)), &acme()).unwrap();
    assert_eq!(status.upgrade.map(|upgrade| (upgrade.started_at, upgrade.attempt)), Some((None, 2)));
}

/// I6: nothing runs an image whose container is gone.
#[test]
fn a_container_that_is_gone_is_no_success() {
    let mut fleet = hangs();
    let workload = dashboard(&mut fleet);
    workload.containers[0].name = "renamed".into();
    let rollout = &mut workload.rollout;
    (rollout.current, rollout.wanted, rollout.updated, rollout.available, rollout.old) = (true, 1, 1, 1, false);
    let (reason, message) = fails(&fleet, "2026-12-15T18:02:00Z").unwrap();
    assert_eq!(reason, Reason::OwnershipConflict);
    assert!(message.contains("container \"dashboard\" went while the upgrade ran"), "{message}");
}

/// A change of a later workload that nobody answers: after the time of a rollout the step is written anew, three times in all.
#[test]
fn a_change_that_is_never_answered_has_an_end() {
    let (mut fleet, _) = world(TWO, "", "2026-12-15T18:01:00Z");
    let step = |fleet: &Fleet| {
        let status = fleet.tenants[&zeta()].status.as_ref().unwrap();
        status.upgrade.as_ref().unwrap().step.clone().unwrap()
    };
    let first = step(&fleet);
    assert_eq!((first.before, first.attempt), (1, 1), "{first:?}");
    let worker = fleet.workloads.get_mut(&deployment(&zeta(), "worker")).unwrap();
    (worker.meta.generation, worker.intent, worker.last_set) = (first.generation, None, None);
    worker.containers.iter_mut().for_each(|c| c.image = "registry.example.test/dashboard:2026.11.0".into());
    let sent = |plan: &Plan| plan.writes.iter().any(|write| matches!(write.change, Change::Images { .. }));
    assert!(sent(&plan(&fleet, at("2026-12-15T18:20:00Z"))));
    for attempt in [2, 3] {
        let late = step(&fleet).at + 30.minutes();
        let status = status_of(&plan(&fleet, late), &zeta()).unwrap();
        fleet.tenants.get_mut(&zeta()).unwrap().status = Ok(status);
        assert_eq!((step(&fleet).attempt, step(&fleet).at), (attempt, late));
        assert!(sent(&plan(&fleet, late)), "it has its time once more");
    }
    let status = status_of(&plan(&fleet, step(&fleet).at + 30.minutes()), &zeta()).unwrap();
    let failure = status.upgrade.unwrap().failure.unwrap();
    assert_eq!(failure.reason, Reason::ChangeRefused);
    assert!(failure.message.contains("the API server answered none"), "{}", failure.message);
}

/// Also one that was done while another of the upgrade was still on its way.
#[test]
fn a_workload_that_is_scaled_to_zero_after_it_was_done_fails_for_that() {
    let (mut fleet, _) = world(
        TWO,
        "- {at: 2026-12-10T00:00:00Z, rollout: {workload: zeta/worker, outcome: Succeeds, takes: 5m}}",
        "2026-12-15T18:02:00Z",
    );
    fleet.workloads.get_mut(&deployment(&zeta(), "dashboard")).unwrap().rollout.wanted = 0;
    let worker = &mut fleet.workloads.get_mut(&deployment(&zeta(), "worker")).unwrap().rollout;
    (worker.current, worker.wanted, worker.updated, worker.available, worker.old) = (true, 1, 1, 1, false);
    let late = "2026-12-15T19:00:00Z";
    let status = status_of(&plan(&pods_read(&fleet, late), at(late)), &zeta()).unwrap();
    let failure = status.upgrade.unwrap().failure.unwrap();
    assert_eq!(failure.reason, Reason::NoReplicas, "{}", failure.message);
}
