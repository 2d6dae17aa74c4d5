use super::*;
use crate::plan::Change;

fn write(name: &str, class: Class, version: &str) -> Write {
    Write {
        change: Change::WindowStatus { window: name.into(), status: Box::default() },
        uid: format!("uid-{name}"),
        resource_version: version.into(),
        class,
        stories: vec![],
    }
}

fn window(name: &str) -> ObjectKey {
    ObjectKey::Window(name.into())
}

fn names(queue: &mut Queue, now: Instant) -> Vec<String> {
    std::iter::from_fn(|| queue.next(now)).map(|write| write.uid[4..].to_string()).collect()
}

fn start() -> Instant {
    Instant::now()
}

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn classes_go_before_the_order_of_the_plan_and_that_within_a_class() {
    let (mut queue, now) = (Queue::new(Limits::default()), start());
    let class = [Class::Rest, Class::Receipt, Class::Rest, Class::StopOrVerdict, Class::StartOrResult];
    queue.set(["a", "b", "c", "d", "e"].into_iter().zip(class).map(|(n, c)| write(n, c, "1")).collect(), now);
    assert_eq!(names(&mut queue, now), ["d", "e", "b", "a", "c"]);
}

#[test]
fn an_object_has_one_write_under_way_and_what_was_decided_meanwhile_is_dropped() {
    let (mut queue, now) = (Queue::new(Limits::default()), start());
    queue.set(vec![write("a", Class::Rest, "1")], now);
    assert!(queue.next(now).is_some());
    queue.set(vec![write("a", Class::StopOrVerdict, "1")], now);
    assert!(queue.next(now).is_none());
    queue.settled(&window("a"), After::Done, now, 0.5);
    assert!(queue.next(now).is_none(), "it was decided without the answer");
    queue.set(vec![write("a", Class::StopOrVerdict, "2")], now);
    assert!(queue.next(now).is_some());
}

#[test]
fn what_is_sent_is_taken_from_the_latest_plan() {
    let (mut queue, now) = (Queue::new(Limits::default()), start());
    queue.set(vec![write("a", Class::Rest, "1"), write("b", Class::Rest, "1")], now);
    queue.set(vec![write("b", Class::Rest, "2")], now);
    assert_eq!(queue.next(now).map(|w| w.resource_version).as_deref(), Some("2"));
    assert!(queue.next(now).is_none());
}

#[test]
fn a_flood_of_a_lower_class_leaves_places_to_every_class_above() {
    let (mut queue, now) = (Queue::new(Limits { in_flight: 8, reserved: 2 }), start());
    let flood = |class: Class| (0..100).map(move |n| write(&format!("{class:?}{n}"), class, "1"));
    for (class, under_way) in [(Class::Rest, 2), (Class::Receipt, 4), (Class::StartOrResult, 6), (Class::StopOrVerdict, 8)] {
        queue.set(flood(class).collect(), now);
        names(&mut queue, now);
        assert_eq!(queue.in_flight(), under_way, "{class:?}");
    }
}

#[test]
fn a_refused_object_backs_off_and_does_not_hold_the_others() {
    let (mut queue, now) = (Queue::new(Limits::default()), start());
    let both = || vec![write("a", Class::Rest, "1"), write("b", Class::Rest, "1")];
    queue.set(both(), now);
    assert_eq!(queue.next(now).map(|w| w.object()), Some(window("a")));
    queue.settled(&window("a"), After::Refused, now, 0.5);
    queue.set(both(), now);
    assert_eq!(names(&mut queue, now), ["b"]);
    assert_eq!(queue.wake_at(now), Some(now + secs(1)));
    assert_eq!(names(&mut queue, now + secs(1)), ["a"]);
    queue.settled(&window("a"), After::Refused, now, 0.5);
    queue.set(vec![write("a", Class::Rest, "2")], now);
    assert_eq!(queue.wake_at(now), Some(now + secs(2)), "another version does not end a refusal");
}

#[test]
fn after_a_conflict_only_another_version_goes_at_once() {
    let (mut queue, now) = (Queue::new(Limits::default()), start());
    queue.set(vec![write("a", Class::Rest, "1")], now);
    queue.next(now);
    queue.settled(&window("a"), After::Moved, now, 0.5);
    queue.set(vec![write("a", Class::Rest, "1")], now);
    assert!(queue.next(now).is_none());
    queue.set(vec![write("a", Class::Rest, "2")], now);
    assert!(queue.next(now).is_some());
}

#[test]
fn a_conflict_that_no_other_version_explains_is_retried_by_time() {
    let (mut queue, now) = (Queue::new(Limits::default()), start());
    queue.set(vec![write("a", Class::Rest, "1")], now);
    queue.next(now);
    queue.settled(&window("a"), After::Moved, now, 0.5);
    queue.set(vec![write("a", Class::Rest, "1")], now);
    assert!(queue.next(now + secs(1)).is_some());
}

#[test]
fn an_outage_holds_everything_for_seconds_and_counts_once() {
    let (mut queue, now) = (Queue::new(Limits::default()), start());
    let all = || (0..20).map(|n| write(&n.to_string(), Class::StopOrVerdict, "1")).collect::<Vec<_>>();
    queue.set(all(), now);
    for name in names(&mut queue, now) {
        queue.settled(&window(&name), After::Unreached, now, 0.5);
    }
    queue.set(all(), now);
    assert!(queue.next(now).is_none());
    assert_eq!(names(&mut queue, now + Duration::from_millis(250)).len(), 20);
}

#[test]
fn a_write_based_on_an_older_version_than_was_seen_is_not_sent() {
    let (mut queue, now) = (Queue::new(Limits::default()), start());
    queue.set(vec![write("a", Class::Rest, "1"), write("b", Class::Rest, "1")], now);
    queue.seen(&window("a"), "2");
    queue.seen(&window("b"), "1");
    assert_eq!(names(&mut queue, now), ["b"]);
}

#[test]
fn it_is_idle_when_nothing_is_under_way_and_nothing_is_due_soon() {
    let (mut queue, now) = (Queue::new(Limits::default()), start());
    assert!(queue.idle(now, secs(10)));
    queue.set(vec![write("a", Class::Rest, "1")], now);
    assert!(!queue.idle(now, secs(10)));
    queue.next(now);
    assert!(!queue.idle(now, secs(10)));
    for _ in 0..6 {
        queue.settled(&window("a"), After::Refused, now, 0.5);
    }
    queue.set(vec![write("a", Class::Rest, "1")], now);
    assert!(queue.idle(now, secs(10)), "32 s away");
}

#[test]
fn holds_of_objects_that_nobody_writes_any_more_are_forgotten() {
    let (mut queue, now) = (Queue::new(Limits::default()), start());
    for n in 0..1000 {
        queue.settled(&window(&n.to_string()), After::Refused, now, 0.5);
    }
    queue.set(vec![], now + secs(700));
    assert!(queue.holds.is_empty());
}

/// I9: whatever makes the planner want it, one object is not written without end.
#[test]
fn a_write_that_is_wanted_again_with_each_answer_meets_its_bound_and_holds_no_other() {
    let (mut queue, now) = (Queue::new(Limits::default()), start());
    let mut sent = 0;
    for version in 0..1000 {
        queue.set(vec![write("a", Class::StopOrVerdict, &version.to_string())], now);
        if queue.next(now).is_some() {
            queue.settled(&window("a"), After::Done, now, 0.5);
            sent += 1;
        }
    }
    assert_eq!(sent, 60);
    let over = queue.over_the_bound(now);
    assert_eq!(over.iter().map(Write::object).collect::<Vec<_>>(), [window("a")], "it is told");
    assert!(queue.over_the_bound(now).is_empty(), "once");
    queue.set(vec![write("a", Class::StopOrVerdict, "x"), write("b", Class::Rest, "1")], now);
    assert_eq!(names(&mut queue, now), ["b"]);
    assert_eq!(queue.wake_at(now), Some(now + secs(1)));
    assert_eq!(names(&mut queue, now + secs(1)), ["a"]);
}

#[test]
fn what_was_stored_otherwise_is_written_again_later_whatever_the_object_looks_like() {
    let (mut queue, now) = (Queue::new(Limits::default()), start());
    queue.set(vec![write("a", Class::Rest, "1")], now);
    queue.next(now);
    queue.settled(&window("a"), crate::execute::Outcome::Altered("{}".into()).after(), now, 0.5);
    queue.set(vec![write("a", Class::Rest, "2")], now);
    assert!(queue.next(now).is_none());
    assert!(queue.next(now + secs(1)).is_some());
}
