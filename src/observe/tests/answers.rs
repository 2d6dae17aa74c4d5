use jiff::Timestamp;

use super::texts::{World, key, seen, version};
use crate::fleet::{Effect, Outstanding};

/// A world with a write of the tenant under way.
fn sent() -> World {
    let mut world = World::listed(&[version("u1", "100")]);
    world.fleet.outstanding.insert(key(), Outstanding { effect: Effect::Told, sent_at: Timestamp::UNIX_EPOCH });
    world
}

impl World {
    fn answer(&mut self, uid: &str, resource_version: &str) -> bool {
        let answer = seen(&version(uid, resource_version), "2026-12-01T01:00:00Z");
        self.folder.answered(&mut self.fleet, &key(), answer)
    }
}

#[test]
fn an_answer_is_folded_and_ends_the_write() {
    let mut world = sent();
    assert!(world.answer("u1", "101"));
    assert!(world.fleet.outstanding.is_empty());
    assert_eq!(world.known(), Some(("u1", "101")));
    assert!(!world.see(&version("u1", "101"), "2026-12-01T01:00:01Z"), "its own event is no news");
}

#[test]
fn an_event_does_not_end_a_write_that_was_not_answered() {
    let mut world = sent();
    world.see(&version("u1", "101"), "2026-12-01T01:00:00Z");
    assert_eq!(world.fleet.outstanding.len(), 1);
}

#[test]
fn an_answer_that_the_watch_has_overtaken_changes_nothing_but_the_write() {
    let mut world = sent();
    world.see(&version("u1", "105"), "2026-12-01T01:00:00Z");
    assert!(world.answer("u1", "101"), "that the write takes no place any more is news");
    assert_eq!(world.known(), Some(("u1", "105")));
}

#[test]
fn a_late_answer_does_not_bring_back_what_was_deleted_or_replaced() {
    let mut world = sent();
    world.delete("u1");
    world.answer("u1", "101");
    assert_eq!(world.known(), None);
    world.see(&version("u2", "110"), "2026-12-01T01:00:00Z");
    world.answer("u1", "101");
    assert_eq!(world.known(), Some(("u2", "110")));
}

#[test]
fn a_read_shows_a_recreated_object_before_the_watch_does() {
    let mut world = sent();
    assert!(world.answer("u2", "110"));
    assert_eq!(world.known(), Some(("u2", "110")));
    assert!(!world.delete("u1"));
}

#[test]
fn an_answer_without_the_object_keeps_its_place_until_it_is_seen() {
    let mut world = sent();
    assert!(!world.folder.answered_unread(&mut world.fleet, &key(), "105"));
    world.see(&version("u1", "104"), "2026-12-01T01:00:00Z");
    assert_eq!(world.fleet.outstanding.len(), 1);
    assert!(world.see(&version("u1", "105"), "2026-12-01T01:00:00Z"));
    assert!(world.fleet.outstanding.is_empty());
}

#[test]
fn an_answer_without_the_object_that_was_seen_before_ends_the_write_at_once() {
    let mut world = sent();
    world.see(&version("u1", "105"), "2026-12-01T01:00:00Z");
    assert!(world.folder.answered_unread(&mut world.fleet, &key(), "105"));
    assert!(world.fleet.outstanding.is_empty());
}

#[test]
fn a_refusal_ends_the_write_and_leaves_the_facts() {
    let mut world = sent();
    assert!(world.folder.refused(&mut world.fleet, &key()));
    assert!(world.fleet.outstanding.is_empty());
    assert_eq!(world.known(), Some(("u1", "100")));
}

#[test]
fn an_object_that_a_read_did_not_find_is_gone_unless_it_is_another_one() {
    let mut world = sent();
    assert!(world.folder.absent(&mut world.fleet, &key(), "u0"));
    assert_eq!(world.known(), Some(("u1", "100")));
    assert!(world.folder.absent(&mut world.fleet, &key(), "u1"));
    assert_eq!(world.known(), None);
}
