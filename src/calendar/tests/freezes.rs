use serde_json::json;

use super::{at, compile};
use crate::calendar::Schedule;

fn year_end(zone: &str, cron: &str) -> Schedule {
    let freezes = json!([
        {"from": "2026-12-18", "to": "2027-01-04", "reason": "year end"},
        {"from": "2027-01-04", "to": "2027-01-06", "reason": "audit"},
    ]);
    compile(zone, cron, &json!({"freezes": freezes})).unwrap()
}

#[test]
fn both_dates_of_a_freeze_are_frozen_and_the_first_freeze_gives_the_reason() {
    let schedule = year_end("Europe/London", "0 18 * * *");
    let frozen = |instant: &str| schedule.at_opening(at(instant)).unwrap().frozen;
    assert_eq!(frozen("2026-12-17T18:00:00Z"), None);
    assert_eq!(frozen("2026-12-18T18:00:00Z").as_deref(), Some("year end"));
    assert_eq!(frozen("2027-01-04T18:00:00Z").as_deref(), Some("year end"));
    assert_eq!(frozen("2027-01-06T18:00:00Z").as_deref(), Some("audit"));
    assert_eq!(frozen("2027-01-07T18:00:00Z"), None);
}

#[test]
fn frozen_occurrences_are_listed_and_open_and_say_so() {
    let schedule = year_end("Europe/London", "0 18 * * *");
    let listed: Vec<_> = schedule.occurrences(at("2026-12-17T00:00:00Z")).take(3).map(|o| o.frozen.is_some()).collect();
    assert_eq!(listed, [false, true, true]);
    assert!(schedule.open_at(at("2026-12-18T19:00:00Z")).unwrap().frozen.is_some());
}

#[test]
fn an_occurrence_over_midnight_into_a_freeze_is_frozen_whole() {
    let into = year_end("Europe/London", "30 22 * * *");
    assert_eq!(into.at_opening(at("2026-12-17T22:30:00Z")).unwrap().frozen.as_deref(), Some("year end"));
    let out_of = year_end("Europe/London", "0 0 * * *");
    assert_eq!(out_of.at_opening(at("2027-01-07T00:00:00Z")).unwrap().frozen, None);
}

#[test]
fn closing_at_the_midnight_at_which_a_freeze_begins_does_not_touch_it() {
    let schedule = year_end("Europe/London", "0 20 * * *");
    assert_eq!(schedule.at_opening(at("2026-12-17T20:00:00Z")).unwrap().frozen, None);
    let (opens, midnight) = (at("2026-12-17T20:00:00Z"), at("2026-12-18T00:00:00Z"));
    assert_eq!(schedule.frozen(opens, midnight), None);
    assert_eq!(schedule.frozen(opens, at("2026-12-18T00:00:01Z")), Some("year end"));
}

#[test]
fn frozen_dates_are_those_of_the_zone() {
    let schedule = year_end("Pacific/Auckland", "0 0 * * *");
    let begins = at("2026-12-17T11:00:00Z"); // midnight there, in summer
    assert_eq!(schedule.at_opening(begins).unwrap().frozen.as_deref(), Some("year end"));
    assert_eq!(schedule.frozen(at("2026-12-17T09:00:00Z"), begins), None);
}

#[test]
fn a_frozen_date_without_a_midnight_begins_when_the_clocks_say() {
    let freezes = json!({"duration": "1h", "freezes": [{"from": "2026-04-24", "to": "2026-04-24", "reason": "election"}]});
    let schedule = compile("Africa/Cairo", "0 23 * * *", &freezes).unwrap();
    assert_eq!(schedule.at_opening(at("2026-04-23T21:00:00Z")).unwrap().frozen, None);
    assert_eq!(schedule.frozen(at("2026-04-23T21:00:00Z"), at("2026-04-23T22:00:01Z")), Some("election"));
}

#[test]
fn a_frozen_date_that_the_zone_skipped_freezes_nothing() {
    let freezes = json!({"freezes": [{"from": "2011-12-30", "to": "2011-12-30", "reason": "date line"}]});
    let schedule = compile("Pacific/Apia", "0 18 * * *", &freezes).unwrap();
    assert!(schedule.occurrences(at("2011-12-28T00:00:00Z")).take(4).all(|o| o.frozen.is_none()));
}
