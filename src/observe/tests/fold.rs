use super::texts::{World, version};
use crate::{
    fleet::{View, Views},
    observe::Observation,
};

#[test]
fn an_event_older_than_what_is_known_is_dropped() {
    let mut world = World::listed(&[version("u1", "100")]);
    assert!(!world.see(&version("u1", "99"), "2026-12-01T01:00:00Z"));
    assert!(!world.see(&version("u1", "100"), "2026-12-01T01:00:00Z"));
    assert_eq!(world.known(), Some(("u1", "100")));
    assert!(world.see(&version("u1", "1000"), "2026-12-01T01:00:00Z"), "compared as numbers, not as text");
}

#[test]
fn a_recreated_object_replaces_the_old_one_whatever_the_resource_version() {
    let mut world = World::listed(&[version("u1", "100")]);
    assert!(world.see(&version("u2", "7"), "2026-12-01T01:00:00Z"));
    assert_eq!(world.known(), Some(("u2", "7")));
}

#[test]
fn a_late_deletion_of_the_old_object_does_not_delete_the_new_one() {
    let mut world = World::listed(&[version("u1", "100")]);
    world.see(&version("u2", "110"), "2026-12-01T01:00:00Z");
    assert!(!world.delete("u1"));
    assert_eq!(world.known(), Some(("u2", "110")));
    assert!(world.delete("u2"));
    assert_eq!(world.known(), None);
}

#[test]
fn a_relist_sweeps_what_it_does_not_show_and_only_at_its_end() {
    let mut world = World::listed(&[version("u1", "100")]);
    world.fold(Observation::Listing(View::Tenants));
    assert_eq!(world.known(), Some(("u1", "100")));
    assert!(world.fold(Observation::Listed(View::Tenants)));
    assert_eq!(world.known(), None);
}

#[test]
fn what_only_a_broken_off_list_showed_is_swept_by_the_next_one() {
    let mut world = World::default();
    world.fold(Observation::Listing(View::Tenants));
    world.see(&version("u1", "100"), "2026-12-01T01:00:00Z");
    world.fold(Observation::Listing(View::Tenants));
    world.fold(Observation::Listed(View::Tenants));
    assert_eq!(world.known(), None);
}

#[test]
fn a_list_that_is_older_than_an_answer_keeps_the_object_and_its_newer_facts() {
    let mut world = World::listed(&[version("u1", "100")]);
    world.list(&[version("u1", "90")]);
    assert_eq!(world.known(), Some(("u1", "100")));
}

#[test]
fn a_list_of_one_kind_sweeps_no_other() {
    let mut world = World::listed(&[version("u1", "100")]);
    world.fold(Observation::Listing(View::Deployments));
    assert!(world.fold(Observation::Listed(View::Deployments)), "the first list of a kind is news");
    assert_eq!(world.known(), Some(("u1", "100")));
}

#[test]
fn a_view_is_fresh_only_when_its_list_was_folded_to_the_end() {
    let mut world = World::default();
    for view in View::ALL {
        assert!(!world.folder.ready(0));
        world.fold(Observation::Listing(view));
        assert_eq!(world.folder.views(Views::fresh()).stale(90), Some(view));
        world.fold(Observation::Listed(view));
    }
    assert!(world.folder.ready(0));
    assert_eq!(world.folder.views(Views::fresh()), Views::fresh());
    world.fold(Observation::Listing(View::Tenants));
    assert_eq!(world.folder.views(Views::fresh()).stale(90), Some(View::Tenants));
    assert!(world.folder.ready(0));
}

#[test]
fn stamps_count_only_while_they_are_in_force() {
    let mut world = World::default();
    assert!(!world.fleet.stamps_in_force);
    assert!(world.fold(Observation::StampsInForce(true)));
    assert!(!world.fold(Observation::StampsInForce(true)));
    assert!(world.fleet.stamps_in_force);
}
