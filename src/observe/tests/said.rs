use serde_json::json;

use super::texts::{World, at, opted_out, owner, version};
use crate::{fleet::View, observe::Observation};

#[test]
fn a_value_seen_live_was_absent_when_the_watch_was_last_known_to_be_complete() {
    let mut world = World::listed(&[version("u1", "100")]);
    world.fold(Observation::Current(View::Tenants, at("2026-12-01T12:00:00Z")));
    world.see(&opted_out("101", "2026-12-15"), "2026-12-01T12:00:40Z");
    assert_eq!(world.opt_out().absent_at, Some(at("2026-12-01T11:59:55Z")), "less what a watch may lag");
    assert_eq!(world.opt_out().arrived_at, at("2026-12-01T12:00:40Z"));
}

#[test]
fn a_value_first_seen_after_a_gap_was_absent_before_the_gap() {
    let mut world = World::listed(&[version("u1", "100")]);
    world.fold(Observation::Current(View::Tenants, at("2026-12-01T12:00:00Z")));
    world.list(&[opted_out("101", "2026-12-15")]);
    world.fold(Observation::Current(View::Tenants, at("2026-12-01T14:00:00Z")));
    world.see(&opted_out("102", "2026-12-15"), "2026-12-01T14:30:00Z");
    assert_eq!(world.opt_out().absent_at, Some(at("2026-12-01T00:00:01Z")), "never later than its arrival");
    assert_eq!(world.opt_out().arrived_at, at("2026-12-01T00:00:01Z"));
}

#[test]
fn a_value_seen_at_the_start_was_never_known_to_be_absent() {
    let world = World::listed(&[opted_out("101", "2026-12-15")]);
    assert_eq!(world.opt_out().absent_at, None);
}

#[test]
fn another_value_arrives_anew() {
    let mut world = World::listed(&[opted_out("100", "2026-12-15")]);
    world.see(&opted_out("101", "2026.12.0"), "2026-12-01T12:00:00Z");
    assert_eq!(world.opt_out().arrived_at, at("2026-12-01T12:00:00Z"));
    assert_eq!(world.opt_out().absent_at, Some(at("2026-11-30T23:59:55Z")));
}

#[test]
fn the_earliest_time_of_a_manager_stays_when_another_write_moves_it() {
    let managed = |resource_version: &str, time: &str| {
        let mut tenant = opted_out(resource_version, "2026-12-15");
        tenant["metadata"]["managedFields"] = json!([owner("kubectl-annotate", time, "uplift.dev/opt-out")]);
        tenant
    };
    let mut world = World::listed(&[managed("100", "2026-12-01T10:00:00Z")]);
    world.see(&managed("101", "2026-12-01T15:00:00Z"), "2026-12-01T15:00:01Z");
    assert_eq!(world.opt_out().managed_at, Some(at("2026-12-01T10:00:00Z")));
    world.see(&opted_out("102", "2026-12-15"), "2026-12-01T16:00:00Z");
    assert_eq!(world.opt_out().managed_by.as_deref(), Some("kubectl-annotate"));
}

#[test]
fn the_stamp_on_the_object_decides_and_a_lost_one_is_remembered() {
    let stamped = |resource_version: &str, at: &str| {
        let mut tenant = opted_out(resource_version, "2026-12-15");
        tenant["metadata"]["annotations"]["uplift.dev/opt-out-at"] = json!(at);
        tenant["metadata"]["annotations"]["uplift.dev/opt-out-by"] = json!("tina@acme");
        tenant
    };
    let mut world = World::listed(&[stamped("100", "2026-12-01T10:00:00Z")]);
    world.see(&stamped("101", "2026-12-01T11:00:00Z"), "2026-12-01T12:00:00Z");
    assert_eq!(world.opt_out().stamped_at, Some(at("2026-12-01T11:00:00Z")));
    world.see(&opted_out("102", "2026-12-15"), "2026-12-01T12:00:00Z");
    assert_eq!(world.opt_out().stamped_at, Some(at("2026-12-01T11:00:00Z")));
    assert_eq!(world.opt_out().stamped_by.as_deref(), Some("tina@acme"));
}
