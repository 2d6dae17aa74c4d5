//! What is said of an end of support.

use super::*;

fn of_support(ends: Vec<Ending>, standing: Option<StandingDate>) -> Message {
    let support = NoticeRecord { release: String::new(), slot: None, ..record(NoticeKind::SupportEnding) };
    read(support, NoticeFacts { standing, ends, ..announced() })
}

fn ends(before: Option<u32>, state: Runway) -> Ending {
    let way = WayOut { state, hops: Some(1), must_start_by: None, time_zone: "Europe/London".into(), managed: true };
    Ending {
        subject: "dashboard".into(),
        label: "dashboard".into(),
        version: "2026.11.0".into(),
        dependency: None,
        ends_on: jiff::civil::date(2026, 12, 16),
        before: before.map(|days| Duration::from_hours(24 * days)),
        alternatives: vec![],
        way: Some(way),
    }
}

#[test]
fn what_there_is_to_do_about_an_end_stands_first() {
    let theirs =
        Ending { label: "PostgreSQL".into(), dependency: Some("reports".into()), way: None, ..ends(Some(30), Runway::Supported) };
    let told = of_support(vec![ends(Some(30), Runway::InTime), theirs], None);
    assert_eq!(told.subject, "Acme Ltd: end of support of PostgreSQL 2026.11.0 and 1 more");
    assert_eq!(
        told.text,
        "Your instance works with PostgreSQL 2026.11.0 (listed as \"reports\"). It is not supported from Wed 16 Dec 2026 on. Please replace it before that day. If you do not know what to replace \
         it with, call support.\n\n\
         Your instance runs version 2026.11.0. It is not supported from Wed 16 Dec 2026 on. There is time for the upgrade before that day. If an upgrade is planned, you will be told of the date before it \
         comes. You need not do anything for it. If you declined the new version, call support."
    );
}

#[test]
fn a_date_that_closes_at_midnight_is_over_before_the_day() {
    let at_midnight = |closes_at: &str| {
        let mut date = standing(true, false);
        date.slot.closes_at = at(closes_at);
        of_support(vec![ends(Some(30), Runway::InTime)], Some(date)).text
    };
    assert!(!at_midnight("2026-12-16T00:00:00Z").contains("after the end"));
    let late = at_midnight("2026-12-16T00:00:01Z");
    assert!(
        late.contains("announced for Tue 15 Dec 2026 18:00 GMT. That is after the end of support. If a later letter says"),
        "{late}"
    );
    assert!(late.ends_with("If this is a problem for you, call support."), "{late}");
}

#[test]
fn nothing_is_promised_of_what_has_ended() {
    let states = [Runway::InTime, Runway::NoRoomForDeferral, Runway::Unreachable, Runway::NoSupportedRelease, Runway::Ended];
    for text in states.map(|state| of_support(vec![ends(None, state)], None).text) {
        assert!(!text.contains("before that day") && !text.contains("There is time"), "{text}");
        assert!(text.contains("has not been supported since Wed 16 Dec 2026. This does not switch your instance off."), "{text}");
    }
}
