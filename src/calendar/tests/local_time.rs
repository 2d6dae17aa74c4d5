use jiff::{
    Timestamp,
    civil::{Date, date},
};
use serde_json::json;

use super::{at, compile};
use crate::calendar::{Schedule, zone};

fn nightly(zone: &str) -> Schedule {
    compile(zone, "0 22 * * *", &json!({})).unwrap()
}

#[test]
fn people_read_local_time_with_the_abbreviation_of_the_zone() {
    for (zone, instant, text) in [
        ("Europe/London", "2026-12-15T18:00:00Z", "Tue 15 Dec 2026 18:00 GMT"),
        ("Europe/London", "2026-07-05T18:00:00Z", "Sun 5 Jul 2026 19:00 BST"),
        ("America/New_York", "2026-12-15T18:00:00Z", "Tue 15 Dec 2026 13:00 EST"),
        ("Asia/Kathmandu", "2026-12-15T18:00:00Z", "Tue 15 Dec 2026 23:45 +0545"),
        ("UTC", "2026-12-15T18:00:00Z", "Tue 15 Dec 2026 18:00 UTC"),
    ] {
        assert_eq!(nightly(zone).local(at(instant)), text);
    }
}

#[test]
fn a_local_date_begins_with_its_first_instant() {
    for (zone, day, first) in [
        ("Europe/London", date(2026, 3, 29), "2026-03-29T00:00:00Z"),
        ("Europe/London", date(2026, 3, 30), "2026-03-29T23:00:00Z"),
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00:00Z"), // begins at 01:00
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00:00Z"), // begins at 01:00
        ("America/Havana", date(2025, 11, 2), "2025-11-02T04:00:00Z"), // midnight comes twice
        ("Africa/Cairo", date(2026, 10, 30), "2026-10-29T22:00:00Z"), // the hour before midnight came twice
        ("Pacific/Apia", date(2011, 12, 29), "2011-12-29T10:00:00Z"),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00:00Z"), // never was: the 31st
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00:00Z"),
    ] {
        assert_eq!(nightly(zone).first_instant(day), at(first), "{zone} {day}");
    }
}

#[test]
fn a_date_is_that_of_the_zone() {
    assert_eq!(nightly("Pacific/Auckland").date(at("2026-12-15T18:00:00Z")), date(2026, 12, 16));
    assert_eq!(nightly("America/New_York").date(at("2026-12-15T03:00:00Z")), date(2026, 12, 14));
}

#[test]
fn every_zone_that_is_compiled_in_can_be_named_and_has_days() {
    for name in jiff::tz::TimeZoneDatabase::bundled().available().filter(|name| name.as_str() != "Etc/Unknown") {
        assert!(zone(name.as_str()).is_ok(), "{name}");
    }
}

#[test]
fn the_ends_of_time_are_answered_without_a_panic() {
    for zone in ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"] {
        let schedule = nightly(zone);
        for end in [Timestamp::MIN, Timestamp::MAX] {
            assert!(schedule.open_at(end).is_none_or(|o| o.opens_at <= end));
            assert!(schedule.occurrences(end).take(2).all(|o| o.opens_at >= end));
            assert!(schedule.at_opening(end).is_none());
            schedule.first_instant(schedule.date(end));
            assert!(!schedule.local(end).is_empty());
        }
    }
}

#[test]
fn dates_beyond_the_first_and_last_instant_begin_with_these() {
    let schedule = nightly("UTC");
    assert_eq!((schedule.first_instant(Date::MIN), schedule.first_instant(Date::MAX)), (Timestamp::MIN, Timestamp::MAX));
}
