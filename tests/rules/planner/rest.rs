//! Who has nothing to do has no turn, and is woken at every instant that changes it. Beside the histories, which compare every plan.

use jiff::Timestamp;
use uplift::{
    fleet::Fleet,
    plan::{Memo, Plan, plan},
};

use super::{TWO, at, world};

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
    let events = "
- at: 2026-12-01T00:00:00Z
  patch: {kind: DashboardRelease, name: r-2026-12, merge: {spec: {rollout: {rings: [{name: canary, soak: 24h}, {name: general}]}}}}
- at: 2026-12-01T00:00:00Z
  patch: {kind: TenantInstance, namespace: acme, name: acme, merge: {spec: {ring: canary}}}
";
    let (mut fleet, _) = world(TWO, events, "2026-12-01T10:00:00Z");
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
