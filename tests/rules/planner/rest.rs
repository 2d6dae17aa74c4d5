//! Who has nothing to do has no turn, and is woken at every instant that changes it. Beside the histories, which compare every plan.

use jiff::Timestamp;
use uplift::{
    api::TenantInstanceStatus,
    fleet::{Fleet, TenantKey},
    plan::{Change, Memo, Plan, plan},
};

use super::{TWO, at, deployment, status_of, world};

/// Acme is the canary of the release.
const CANARY: &str = "
- at: 2026-12-01T00:00:00Z
  patch: {kind: DashboardRelease, name: r-2026-12, merge: {spec: {rollout: {rings: [{name: canary, soak: 24h}, {name: general}]}}}}
- at: 2026-12-01T00:00:00Z
  patch: {kind: TenantInstance, namespace: acme, name: acme, merge: {spec: {ring: canary}}}
";

/// Two plans in a row of the same facts, as the loop makes them: the second, and how many tenants had no turn in it.
fn again(fleet: &mut Fleet, first: Timestamp, then: Timestamp) -> (Plan, usize) {
    let mut memo = Memo::default();
    memo.plan(fleet, first);
    fleet.planned();
    (memo.plan(fleet, then), memo.rested())
}

/// A canary that is too far away to be announced keeps nobody awake, neither itself nor those that follow it.
#[test]
fn those_who_wait_behind_a_canary_have_no_turn() {
    let (mut fleet, _) = world(TWO, CANARY, "2026-12-01T10:00:00Z");
    let now = at("2026-12-01T10:00:00Z");
    let expected = fleet.tenants.values().filter(|tenant| {
        let upgrade = tenant.status.as_ref().unwrap().upgrade.as_ref();
        upgrade.is_some_and(|upgrade| upgrade.expected_at.is_some())
    });
    assert_eq!(expected.count(), 2);
    assert_eq!(again(&mut fleet, now, now), (plan(&fleet, now), 2));
}

/// I10: a night comes that nobody can be told of in time any more. The customer's no keeps tonight from being it; once that has opened, the
/// next is, and is told.
#[test]
fn a_night_that_comes_too_soon_wakes_who_expects_a_later_one() {
    let events = "
- at: 2026-12-01T00:00:00Z
  patch:
    kind: UpgradeWindow
    name: uk-evenings
    merge: {spec: {schedule: '0 18 * * *', notice: 48h, announceAhead: 336h, freezes: [{from: 2026-12-04, to: 2026-12-20, reason: year end}]}}
- at: 2026-12-01T00:00:00Z
  patch: {kind: DashboardRelease, name: r-2026-12, merge: {spec: {suspend: {reason: not yet}}}}
- {at: 2026-12-01T09:00:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-out: '2026-12-02'}}}
- at: 2026-12-01T18:30:00Z
  patch: {kind: DashboardRelease, name: r-2026-12, merge: {spec: {suspend: null}}}
";
    let (mut fleet, _) = world("", events, "2026-12-01T18:31:00Z");
    let (first, then) = (at("2026-12-01T18:31:00Z"), at("2026-12-02T18:00:00Z"));
    let (recalled, _) = again(&mut fleet, first, then);
    assert_eq!(recalled, plan(&fleet, then));
    let told = format!("{recalled:?}");
    assert!(told.contains("NoTimeToAnnounce") && told.contains("2026-12-03T18:00"), "{told}");
}

/// In an open window in which two may run: acme runs, and so does t0; the others wait.
fn at_the_limit() -> (Fleet, Timestamp) {
    let tenant = |n: usize| TWO.replace("zeta", &format!("t{n}"));
    let patch =
        "[{at: 2026-12-01T00:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {maxConcurrent: 2}}}}]";
    let now = "2026-12-15T18:00:30Z";
    let (fleet, _) = world(&(0..6).map(tenant).collect::<Vec<_>>().join("\n---\n"), patch, now);
    assert_eq!(fleet.upgrades_in_flight(), 2);
    (fleet, at(now))
}

fn started(plan: &Plan) -> Vec<&str> {
    let stories = plan.writes.iter().flat_map(|write| &write.stories);
    let started = stories.filter(|story| story.event.name() == "UpgradeStarted");
    started.filter_map(|story| Some(story.tenant.as_ref()?.name.as_str())).collect()
}

/// The plan once acme has ended, and how many tenants had no turn in it.
fn once_acme_has_ended(mut fleet: Fleet, now: Timestamp) -> (Plan, usize) {
    let mut memo = Memo::default();
    assert_eq!(memo.plan(&fleet, now), plan(&fleet, now));
    fleet.planned();
    fleet.tenants.remove(&TenantKey::new("acme", "acme"));
    let recalled = memo.plan(&fleet, now);
    assert_eq!(recalled, plan(&fleet, now));
    (recalled, memo.rested())
}

/// R7: one that ends makes room for one: who comes after that would find the window full again. Else each upgrade of thousands would ask
/// thousands.
#[test]
fn when_one_upgrade_ends_one_tenant_has_a_turn() {
    let (fleet, now) = at_the_limit();
    let (recalled, rested) = once_acme_has_ended(fleet, now);
    assert_eq!((started(&recalled), rested), (vec!["t1"], 5));
}

/// R7, I9: who cannot use the place that is free keeps nobody from it.
#[test]
fn where_the_first_cannot_start_the_next_has_a_turn() {
    let (mut fleet, now) = at_the_limit();
    let first = TenantKey::new("t1", "t1");
    fleet.workloads.get_mut(&deployment(&first, "worker")).unwrap().rollout.available = 0;
    // It is told, and from then on its turn comes to nothing.
    let told = status_of(&plan(&fleet, now), &first).unwrap();
    fleet.tenants.get_mut(&first).unwrap().status = Ok(told);
    let (recalled, rested) = once_acme_has_ended(fleet, now);
    assert_eq!((started(&recalled), rested), (vec!["t2"], 4));
}

/// So many tenants like acme, each in a namespace of its own: a fact of one changes nobody else's.
fn many(fleet: &mut Fleet, n: usize, status: Option<TenantInstanceStatus>) {
    let mut copy = fleet.tenants[&TenantKey::new("acme", "acme")].clone();
    copy.status = status.map_or(copy.status, Ok);
    for key in (0..n).map(|n| TenantKey::new(format!("a{n:03}"), "t")) {
        for reference in &copy.spec.as_ref().unwrap().workloads {
            let workload = fleet.workloads[&TenantKey::new("acme", "acme").workload(reference)].clone();
            fleet.workloads.insert(key.workload(reference), workload);
        }
        fleet.tenants.insert(key, copy.clone());
    }
}

/// Every status of this plan is written; how many they are.
fn write_all(fleet: &mut Fleet, plan: &Plan) -> usize {
    fleet.planned();
    let written = plan.writes.iter().filter_map(|write| match &write.change {
        Change::TenantStatus { tenant, status } => Some((tenant, status)),
        _ => None,
    });
    written.map(|(tenant, status)| fleet.tenants.get_mut(tenant).unwrap().status = Ok((**status).clone())).count()
}

/// At a cut-off thousands wait for room in the plan, and what they write concerns nobody else: as many have a turn as there is room for.
#[test]
fn who_waits_for_room_in_the_plan_has_a_turn_when_there_is_some() {
    let mut fleet = world("", "[]", "2026-12-15T12:59:00Z").0;
    many(&mut fleet, 600, None);
    let (mut memo, now) = (Memo::default(), at("2026-12-15T13:00:05Z"));
    memo.plan(&fleet, now);
    fleet.planned();
    // Those who are to be written have a turn, and so many more.
    let first = memo.plan(&fleet, now);
    assert_eq!((write_all(&mut fleet, &first), memo.rested()), (256, 601 - 512), "nothing was written");
    let second = memo.plan(&fleet, now);
    assert_eq!((write_all(&mut fleet, &second), memo.rested()), (256, 601 - 512));
    let third = memo.plan(&fleet, now);
    assert_eq!((write_all(&mut fleet, &third), memo.rested()), (601 - 512, 256));
    let last = memo.plan(&fleet, now);
    assert_eq!((write_all(&mut fleet, &last), memo.rested()), (0, 512));
}

/// R17: a canary's date for which the plan has no room is there none the less for those that follow it.
#[test]
fn who_waits_for_room_with_a_date_is_followed_by_later_rings() {
    let mut fleet = world(TWO, CANARY, "2026-12-01T17:00:00Z").0;
    let (canary, follower) = (TenantKey::new("acme", "acme"), TenantKey::new("zeta", "zeta"));
    for key in [&canary, &follower] {
        fleet.tenants.get_mut(key).unwrap().status = Ok(TenantInstanceStatus::default());
    }
    // They have a status to write, come first, and concern nobody.
    many(&mut fleet, 256, None);
    for n in 0..256 {
        let other = fleet.tenants.get_mut(&TenantKey::new(format!("a{n:03}"), "t")).unwrap();
        other.spec.as_mut().unwrap().channel = "another".into();
    }
    let (mut memo, now) = (Memo::default(), at("2026-12-01T18:00:00Z"));
    assert_eq!(status_of(&memo.plan(&fleet, now), &canary), None, "no room");
    fleet.planned();
    fleet.tenants.get_mut(&follower).unwrap();
    assert_eq!(memo.plan(&fleet, now), plan(&fleet, now));
}

/// R7: a place for which the plan has no room is taken none the less: who comes later in the order does not get it meanwhile.
#[test]
fn who_waits_for_room_with_a_place_keeps_it_from_those_behind() {
    let patch = "[{at: 2026-12-01T00:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {capacity: 300}}}}]";
    let mut fleet = world("", patch, "2026-12-01T17:00:00Z").0;
    many(&mut fleet, 600, Some(TenantInstanceStatus::default()));
    let (mut memo, now) = (Memo::default(), at("2026-12-01T18:00:00Z"));
    let first = memo.plan(&fleet, now);
    assert_eq!(write_all(&mut fleet, &first), 256);
    let (before, last) = (TenantKey::new("a599", "t"), TenantKey::new("zzz", "zzz"));
    let (tenant, workload) = (fleet.tenants[&before].clone(), fleet.workloads[&deployment(&before, "dashboard")].clone());
    fleet.workloads.insert(deployment(&last, "dashboard"), workload);
    fleet.tenants.insert(last.clone(), tenant);
    assert_eq!(memo.plan(&fleet, now), plan(&fleet, now));
}
