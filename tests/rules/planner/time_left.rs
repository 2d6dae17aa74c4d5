//! Rules R32 and R33: between which instants a slot is started in.

use jiff::Timestamp;
use uplift::{
    api::{
        Duration,
        release::Change,
        tenant::{HistoryEntry, SlotResult, TenantInstanceStatus},
        window::Reserve,
    },
    fleet::{Fleet, TenantKey},
};

use super::{
    acme, at,
    starts::{START, next, starts},
    world,
};

/// An hour before the slot opens; nothing is left to do but to start.
fn ready(minimum: u32, learn: bool) -> Fleet {
    let mut fleet = world("", "[]", "2026-12-15T17:00:00Z").0;
    let window = fleet.windows.get_mut("uk-evenings").unwrap().spec.as_mut().unwrap();
    window.reserve = Some(Reserve { minimum: Duration::from_secs(minimum), learn });
    fleet
}

fn status(fleet: &mut Fleet) -> &mut TenantInstanceStatus {
    fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap()
}

/// An upgrade that took so many minutes.
fn took(to: &str, minutes: i64) -> HistoryEntry {
    let begun = at("2026-10-01T18:00:00Z");
    let after = |minutes: i64| Timestamp::from_second(begun.as_second() + minutes * 60).unwrap();
    let (started_at, finished_at) = (begun, after(minutes));
    serde_json::from_value(serde_json::json!({
        "result": "Succeeded", "id": format!("u-{to}-1"), "from": "2026.9.0", "to": to, "slot": "2026-10-01T18:00+00:00", "noticed": true,
        "startedAt": started_at, "finishedAt": finished_at,
    }))
    .unwrap()
}

#[test]
fn the_last_start_leaves_the_reserve_to_the_second() {
    let fleet = ready(3600, false);
    assert!(starts(&fleet, "2026-12-15T21:00:00Z"));
    assert!(!starts(&fleet, "2026-12-15T21:00:01Z"));
}

#[test]
fn a_start_in_the_last_second_that_leaves_enough_is_not_taken_back_in_the_next() {
    let mut fleet = ready(4 * 3600, false);
    *status(&mut fleet) = next(&fleet, START).unwrap();
    assert!(status(&mut fleet).upgrade.as_ref().unwrap().started_at.is_some());
    let later = next(&fleet, "2026-12-15T18:00:05Z");
    assert!(later.is_none_or(|status| status.upgrade.is_some_and(|upgrade| upgrade.started_at.is_some())));
}

#[test]
fn a_window_that_asks_for_more_than_an_announced_slot_has_lets_it_start_at_its_opening() {
    let fleet = ready(9 * 3600, false);
    assert!(starts(&fleet, START));
    assert!(!starts(&fleet, "2026-12-15T18:00:01Z"));
}

#[test]
fn of_the_last_five_successes_the_slowest_counts_and_a_failure_does_not() {
    let mut fleet = ready(0, true);
    let mut failed = took("2026.10.0", 180);
    failed.result = SlotResult::Failed;
    let six = [8, 48, 8, 8, 8, 160].map(|minutes| took("2026.11.0", minutes));
    status(&mut fleet).history = std::iter::once(failed).chain(six).collect();
    // 1.25 times 48 minutes are an hour.
    assert!(starts(&fleet, "2026-12-15T21:00:00Z"));
    assert!(!starts(&fleet, "2026-12-15T21:00:01Z"));
}

#[test]
fn who_was_never_upgraded_leaves_what_others_took_where_there_are_five_of_them() {
    let with_others = |n: usize| {
        let mut fleet = ready(0, true);
        for i in 0..n {
            let mut other = fleet.tenants[&acme()].clone();
            other.meta.uid = format!("other-{i}");
            other.status.as_mut().unwrap().history = vec![took("2026.12.0", 47)].into();
            other.status.as_mut().unwrap().upgrade = None;
            fleet.tenants.insert(TenantKey::new(format!("other-{i}"), "other"), other);
        }
        fleet
    };
    // 1.25 times 47 minutes are 58:45.
    assert!(starts(&with_others(5), "2026-12-15T21:01:15Z"));
    assert!(!starts(&with_others(5), "2026-12-15T21:01:16Z"));
    assert!(starts(&with_others(4), "2026-12-15T21:59:59Z"));
}

#[test]
fn a_change_is_made_from_its_first_to_its_last_second() {
    let changed = |start: Option<&str>, end: Option<&str>| {
        let mut fleet = ready(0, false);
        let approval = fleet.releases.get_mut("r-2026-12").unwrap().spec.as_mut().unwrap().approval.as_mut().unwrap();
        approval.change = Some(Change { start: start.map(at), end: end.map(at) });
        fleet
    };
    let begins = changed(Some("2026-12-15T19:00:00Z"), None);
    assert!(!starts(&begins, "2026-12-15T18:59:59Z"));
    assert!(starts(&begins, "2026-12-15T19:00:00Z"));
    let ends = changed(None, Some("2026-12-15T19:00:00Z"));
    assert!(starts(&ends, "2026-12-15T19:00:00Z"));
    assert!(!starts(&ends, "2026-12-15T19:00:01Z"));
}
