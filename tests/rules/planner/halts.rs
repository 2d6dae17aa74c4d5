//! Rules R3 and R22: what halts a release, and when. Each test puts the facts of one instant to the planner.

use uplift::{
    api::{
        DashboardReleaseStatus, TenantInstanceStatus, reason::Reason, release::Halt, stored_reason::StoredReason,
        tenant::SlotResult,
    },
    fleet::{Effect, Fleet, ObjectKey, Outstanding, TenantKey},
    plan::{Change, Class, Plan, plan},
};

use super::{TWO, acme, at, deployment, pods_read, status_of, world, zeta};

const FOUND: &str = "2026-12-15T18:01:30Z";
const R12: &str = "r-2026-12";

/// Acme's upgrade has just failed, which nobody wrote down yet; everything lets zeta start in this very pass.
fn failing() -> Fleet {
    let events = "
- {at: 2026-12-01T00:00:00Z, patch: {kind: DashboardRelease, name: r-2026-12, merge: {spec: {rollout: {maxFailures: 1, rollback: Manual}}}}}
- {at: 2026-12-01T00:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {maxConcurrent: 1}}}}
- {at: 2026-12-10T00:00:00Z, rollout: {workload: acme/dashboard, outcome: Hangs, takes: 1h}}
";
    let (mut fleet, _) = world(TWO, events, "2026-12-15T18:01:00Z");
    // There is room for zeta from now on.
    fleet.windows.get_mut("uk-evenings").unwrap().spec.as_mut().unwrap().max_concurrent = 2;
    fleet.workloads.get_mut(&deployment(&acme(), "dashboard")).unwrap().rollout.failed = Some("no progress".into());
    pods_read(&fleet, FOUND)
}

fn release_of(plan: &Plan) -> Option<(DashboardReleaseStatus, Class)> {
    plan.writes.iter().find_map(|write| match &write.change {
        Change::ReleaseStatus { release, status } if release == R12 => Some(((**status).clone(), write.class)),
        _ => None,
    })
}

fn starts(plan: &Plan, key: &TenantKey) -> bool {
    let status = status_of(plan, key);
    status.and_then(|status| status.upgrade).is_some_and(|upgrade| upgrade.started_at.is_some())
}

fn status<'f>(fleet: &'f mut Fleet, key: &TenantKey) -> &'f mut TenantInstanceStatus {
    fleet.tenants.get_mut(key).unwrap().status.as_mut().unwrap()
}

/// What this pass writes for acme is committed.
fn acme_failed(fleet: &mut Fleet) -> TenantInstanceStatus {
    let failed = status_of(&plan(fleet, at(FOUND)), &acme()).unwrap();
    assert_eq!(failed.history[0].result, SlotResult::Failed);
    *status(fleet, &acme()) = failed.clone();
    failed
}

#[test]
fn the_failure_that_reaches_the_number_halts_in_the_pass_that_finds_it() {
    let mut fleet = failing();
    let found = plan(&fleet, at(FOUND));
    let (halted, class) = release_of(&found).unwrap();
    let halt = halted.halt.unwrap();
    assert_eq!((halt.id, halt.at, halt.failures, class), (1, at(FOUND), vec!["acme/acme".to_owned()], Class::StopOrVerdict));
    assert!(!starts(&found, &zeta()), "nothing new starts from then on");
    fleet.releases.get_mut(R12).unwrap().spec.as_mut().unwrap().rollout.max_failures = 2;
    assert!(!starts(&plan(&fleet, at(FOUND)), &zeta()), "not before the failure is written");
    acme_failed(&mut fleet);
    fleet.pod_reads.clear();
    let after = plan(&fleet, at(FOUND));
    assert!(starts(&after, &zeta()) && release_of(&after).is_none_or(|(status, _)| status.halt.is_none()));
}

#[test]
fn a_crash_between_the_two_writes_changes_nothing() {
    let halted = |fleet: &Fleet| release_of(&plan(fleet, at("2026-12-15T18:02:00Z"))).and_then(|(status, _)| status.halt);
    let found = release_of(&plan(&failing(), at(FOUND))).unwrap().0;
    // The tenant's write was committed, the release's was not.
    let mut fleet = failing();
    acme_failed(&mut fleet);
    assert_eq!(halted(&fleet).map(|halt| halt.failures), Some(vec!["acme/acme".to_owned()]));
    assert!(!starts(&plan(&fleet, at(FOUND)), &zeta()));
    // The release's was committed, the tenant's was not.
    let mut fleet = failing();
    fleet.releases.get_mut(R12).unwrap().status = Ok(found);
    let again = plan(&fleet, at("2026-12-15T18:02:00Z"));
    assert_eq!(status_of(&again, &acme()).unwrap().history[0].result, SlotResult::Failed);
    let stands = |halt: &Halt| halt.at == at(FOUND) && halt.stands();
    assert!(release_of(&again).is_none_or(|(status, _)| status.halt.as_ref().is_some_and(stands)) && !starts(&again, &zeta()));
    // Neither was answered yet.
    let mut fleet = failing();
    let failed = acme_failed(&mut failing());
    for (key, effect) in
        [(ObjectKey::Tenant(acme()), Effect::TenantStatus(Box::new(failed))), (ObjectKey::Release(R12.into()), Effect::Told)]
    {
        fleet.outstanding.insert(key, Outstanding { effect, sent_at: at(FOUND) });
    }
    let waiting = plan(&fleet, at(FOUND));
    assert!(!starts(&waiting, &zeta()) && release_of(&waiting).is_none());
}

/// Whether acme's failure halts the release, if it ended for this reason.
fn halts(reason: Option<StoredReason>) -> bool {
    let mut fleet = failing();
    acme_failed(&mut fleet);
    status(&mut fleet, &acme()).history[0].reason = reason;
    release_of(&plan(&fleet, at(FOUND))).is_some_and(|(status, _)| status.halt.is_some())
}

#[test]
fn what_a_tenant_or_another_hand_did_does_not_speak_against_the_release() {
    for theirs in [Reason::OwnershipConflict, Reason::WorkloadGone, Reason::NoComponent, Reason::UnknownComponent] {
        assert!(!halts(Some(theirs.into())), "{theirs}");
    }
    for ours in [Reason::ProgressDeadlineExceeded, Reason::DeadlineExceeded, Reason::ChangeRefused] {
        assert!(halts(Some(ours.into())), "{ours}");
    }
    assert!(halts(None) && halts(Some("ReasonOfANewerOperator".into())), "what is not known speaks against it");
}

#[test]
fn a_failure_counts_for_the_object_on_which_it_started() {
    let mut fleet = failing();
    acme_failed(&mut fleet);
    fleet.releases.get_mut(R12).unwrap().meta.created_at = at("2026-12-15T18:00:01Z");
    assert!(release_of(&plan(&fleet, at(FOUND))).is_none_or(|(status, _)| status.halt.is_none()));
}

#[test]
fn a_tenant_that_fails_twice_counts_once() {
    let mut fleet = failing();
    acme_failed(&mut fleet);
    fleet.releases.get_mut(R12).unwrap().spec.as_mut().unwrap().rollout.max_failures = 2;
    let history = &mut status(&mut fleet, &acme()).history;
    let again = history[0].clone();
    history.insert(0, again);
    assert!(release_of(&plan(&fleet, at(FOUND))).is_none_or(|(status, _)| status.halt.is_none()));
}

#[test]
fn at_most_ten_failures_are_named_and_all_are_counted() {
    let mut fleet = failing();
    let failed = acme_failed(&mut fleet);
    let tenant = fleet.tenants[&acme()].clone();
    for n in 0..14 {
        let mut copy = tenant.clone();
        copy.status = Ok(failed.clone());
        fleet.tenants.insert(TenantKey::new("many", format!("t{n:02}")), copy);
    }
    let halt = release_of(&plan(&fleet, at(FOUND))).unwrap().0.halt.unwrap();
    assert_eq!((halt.failures.len(), halt.message.as_str()), (10, "the upgrades of 15 tenants failed"));
    assert_eq!((halt.failures[0].as_str(), halt.failures[9].as_str()), ("acme/acme", "many/t08"));
}

/// R4: the only way on leads over the halted release, or below it.
#[test]
fn nobody_passes_through_a_halted_release() {
    let mut fleet = failing();
    acme_failed(&mut fleet);
    let halted = release_of(&plan(&fleet, at(FOUND))).unwrap().0;
    fleet.releases.get_mut(R12).unwrap().status = Ok(halted);
    let older = fleet.releases[R12].clone();
    for (name, version, from) in [("older", "2026.11.5", "<2026.12"), ("newer", "2027.1.0", ">=2026.12")] {
        let mut release = older.clone();
        (release.meta.uid, release.status) = (name.into(), Ok(DashboardReleaseStatus::default()));
        let spec = release.spec.as_mut().unwrap();
        (spec.version, spec.upgrades_from) = (version.into(), Some(from.into()));
        spec.images.insert("dashboard".into(), format!("registry.example.test/dashboard:{version}"));
        (release.version, release.upgrades_from) = (version.parse().map_err(|e| format!("{e:?}")), Ok(from.parse().ok()));
        fleet.releases.insert(name.into(), release);
    }
    let next = status_of(&plan(&fleet, at(FOUND)), &zeta()).unwrap();
    assert_eq!(next.upgrade, None, "neither the older one nor the way over the halted one");
    assert!(next.blockers.iter().any(|blocker| blocker.reason == Reason::Halted), "{:?}", next.blockers);
    // Where the newer one can be reached by another way, that is taken.
    fleet.releases.get_mut("newer").unwrap().upgrades_from = Ok(">=2026.11.5".parse().ok());
    let next = status_of(&plan(&fleet, at(FOUND)), &zeta()).unwrap().upgrade.unwrap();
    assert_eq!((next.to.as_str(), next.route), ("2026.11.5", vec!["2026.11.5".to_owned(), "2027.1.0".to_owned()]));
}

/// R3, R22: a failure belongs to the time of its start, to the second: what started after the resume halts anew.
#[test]
fn what_starts_after_a_resume_halts_again_and_what_started_in_its_second_does_not() {
    let found = |resumed_at: &str, created_at: &str| {
        let mut fleet = failing();
        let release = fleet.releases.get_mut(R12).unwrap();
        release.meta.created_at = at(created_at);
        release.spec.as_mut().unwrap().rollout.resumed_halt = 1;
        release.status.as_mut().unwrap().halt = Some(Halt {
            id: 1,
            at: at("2026-12-14T18:00:00Z"),
            reason: Reason::UpgradeFailed.into(),
            message: "the upgrade of 1 tenant failed".into(),
            failures: vec!["zeta/zeta".into()],
            resumed_halt: 1,
            resumed_at: Some(at(resumed_at)),
        });
        let halt = release_of(&plan(&fleet, at(FOUND))).and_then(|(status, _)| status.halt);
        halt.filter(Halt::stands).map(|halt| (halt.id, halt.failures))
    };
    let acme = Some((2, vec!["acme/acme".to_owned()]));
    // It started at 18:00:00.
    assert_eq!(found("2026-12-15T17:59:59Z", "2026-12-01T00:00:00Z"), acme);
    assert_eq!(found("2026-12-15T18:00:00Z", "2026-12-01T00:00:00Z"), None);
    assert_eq!(found("2026-12-15T17:00:00Z", "2026-12-15T18:00:00Z"), acme, "in the very second in which the release was made");
    assert_eq!(found("2026-12-15T17:00:00Z", "2026-12-15T18:00:01Z"), None, "of another release");
}
