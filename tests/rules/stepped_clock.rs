//! The stepping clock itself: both ends over a real socket.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;
use uplift::clock::Clock;
use uplift_testbed::clock::{
    self, Authority, SteppedClock,
    journal::{Entry, Journal},
};

const SOON: Duration = Duration::from_secs(10);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn journal() -> Journal {
    let mut journal = Journal::default();
    journal.push(Entry { real: at("2026-01-01T00:00:10.500Z"), offset: 100 });
    journal.push(Entry { real: at("2026-01-01T00:00:20.500Z"), offset: 200 });
    journal
}

#[test]
fn a_stamp_is_read_with_the_offset_at_the_end_of_its_second() {
    let journal = journal();
    // Written in second 20 after the jump at 20.5: exactly its virtual second.
    assert_eq!(journal.of_server(at("2026-01-01T00:00:20Z")), at("2026-01-01T00:03:40Z"));
    assert_eq!(journal.of_server(at("2026-01-01T00:00:19Z")), at("2026-01-01T00:01:59Z"), "before the jump");
    assert_eq!(journal.of_server(at("2026-01-01T00:00:00Z")), at("2026-01-01T00:01:40Z"), "before the first jump");
    assert_eq!(journal.shown(at("2026-01-01T00:00:20.499Z")), at("2026-01-01T00:02:00.499Z"));
    assert_eq!(journal.shown(at("2026-01-01T00:00:20.500Z")), at("2026-01-01T00:03:40.500Z"));
}

#[test]
#[should_panic(expected = "a clock never goes back")]
fn a_clock_never_goes_back() {
    journal().push(Entry { real: at("2026-01-01T00:00:30Z"), offset: 199 });
}

#[tokio::test]
async fn an_operator_that_comes_late_gets_the_whole_journal_and_wakes_with_a_jump() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("clock.sock");
    let authority = Authority::start(&socket).unwrap();
    authority.jump(at("2100-12-01T00:00:00Z")).await;
    authority.jump(at("2100-12-02T00:00:00Z")).await;
    let clock = timeout(SOON, SteppedClock::connect(&socket)).await.unwrap().unwrap();
    assert!(clock.now().duration_since(authority.now()).abs() < SignedDuration::from_secs(1));

    let sleep = clock.sleep_until(at("2100-12-15T13:00:00Z"));
    let jump = authority.jump(at("2100-12-15T13:00:00Z"));
    timeout(SOON, async { tokio::join!(sleep, jump) }).await.expect("the sleeper wakes with the jump");
    assert!(clock.now() >= at("2100-12-15T13:00:00Z"));

    drop(authority);
}

#[tokio::test]
async fn quiet_counts_only_for_the_present() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("clock.sock");
    let authority = Authority::start(&socket).unwrap();
    authority.jump(at("2100-12-01T00:00:00Z")).await;
    let clock = timeout(SOON, SteppedClock::connect(&socket)).await.unwrap().unwrap();
    let mut word = authority.listen();
    clock.quiet(Some(at("2100-12-02T00:00:00Z")), 1);
    timeout(SOON, word.wait_for(Option::is_some)).await.unwrap().unwrap();
    assert_eq!(authority.quiet().map(|quiet| quiet.in_flight), Some(1));
    authority.jump(at("2100-12-02T00:00:00Z")).await;
    assert_eq!(authority.quiet(), None, "it spoke of the time before the jump");

    drop(clock);
    let gone = timeout(SOON, word.wait_for(Option::is_none)).await;
    assert!(gone.is_ok(), "a killed operator is not quiet");
}

#[tokio::test]
async fn after_a_write_time_jumps_only_in_a_later_second() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::start(&folder.path().join("clock.sock")).unwrap();
    let day = at("2100-12-15T13:00:00Z");
    authority.jump_exactly(day).await;
    assert_eq!(authority.now().as_second(), day.as_second());
    authority.wrote();
    let stamp = Timestamp::from_second(clock::authority::real().as_second()).unwrap();
    authority.jump(at("2100-12-20T00:00:00Z")).await;
    let journal = authority.journal();
    assert_eq!(journal.of_server(stamp).as_second(), day.as_second(), "the write still lies in its second");
}
