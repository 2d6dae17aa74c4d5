use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Time},
    tz::TimeZone,
};
use proptest::{prelude::*, sample::select};
use serde_json::json;

use super::spec;
use crate::calendar::{Occurrence, Schedule, zone};

const ZONES: &[&str] = &[
    "UTC",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Sao_Paulo",
    "America/Nuuk",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Pacific/Kiritimati",
];
const DAYS: &[&str] =
    &["* * *", "* * TUE#3", "* * FRI#5", "* * SUN", "L * *", "* * SATL", "1,15 * *", "29 2 *", "* 3,10 SUN", "*/3 * *"];

/// A window's schedule with what the properties need to know of it.
#[derive(Clone, Debug)]
struct Window {
    schedule: Schedule,
    zone: TimeZone,
    time: Time,
    days_before: u8,
    duration: SignedDuration,
}

impl Window {
    /// The asked time of day on this local date.
    fn on(&self, day: Date) -> Timestamp {
        self.zone.to_ambiguous_timestamp(day.to_datetime(self.time)).compatible().unwrap()
    }
}

prop_compose! {
    /// Times of day within the first four hours come more often: there the clocks change.
    fn windows()(
        name in select(ZONES),
        days in select(DAYS),
        hours in prop_oneof!["[0-3]", "[0-3],[0-9]", "1?[0-9]", "\\*/6"],
        minute in 0..60u8,
        minutes in 5..400u32,
        (hour, past) in prop_oneof![(0..4i8, 0..60i8), (0..24i8, 0..60i8)],
        days_before in prop_oneof![Just(0u8), 0..8u8],
    ) -> Option<Window> {
        let opt_out = json!({"time": format!("{hour:02}:{past:02}"), "daysBefore": days_before});
        let more = json!({"duration": format!("{minutes}m"), "notice": "480h", "announceAhead": "600h", "optOut": opt_out});
        let schedule = Schedule::compile(&spec(name, &format!("{minute} {hours} {days}"), &more)).ok()?;
        let duration = SignedDuration::from_mins(minutes.into());
        Some(Window { schedule, zone: zone(name).unwrap(), time: Time::constant(hour, past, 0, 0), days_before, duration })
    }
}

fn a_window() -> impl Strategy<Value = Window> {
    windows().prop_filter_map("compile refuses it", |window| window)
}

/// From 2026, as `compile` judges, to 2054.
fn an_instant() -> impl Strategy<Value = Timestamp> {
    (1_767_225_600..2_650_838_400i64).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn next(window: &Window, from: Timestamp) -> Vec<Occurrence> {
    window.schedule.occurrences(from).take(40).collect()
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn occurrences_are_in_order_and_begin_at_from(window in a_window(), from in an_instant()) {
        let found = next(&window, from);
        prop_assert!(found.iter().all(|o| o.opens_at >= from));
        prop_assert!(found.windows(2).all(|pair| pair[0].opens_at < pair[1].opens_at));
        prop_assert!(found.iter().all(|o| o.closes_at.duration_since(o.opens_at) == window.duration));
    }

    #[test]
    fn occurrences_are_disjoint(window in a_window(), from in an_instant()) {
        prop_assert!(next(&window, from).windows(2).all(|pair| pair[0].closes_at <= pair[1].opens_at));
    }

    #[test]
    fn no_occurrence_is_lost_or_made_up_by_where_the_search_begins(window in a_window(), from in an_instant()) {
        let found = next(&window, from);
        for (i, occurrence) in found.iter().enumerate() {
            let rest = window.schedule.occurrences(occurrence.opens_at).take(found.len() - i);
            prop_assert!(rest.eq(found[i..].iter().cloned()));
            let later: Vec<_> = window.schedule.occurrences(occurrence.opens_at + SECOND).take(1).collect();
            prop_assert!(i + 1 == found.len() || later == found[i + 1..=i + 1]);
        }
    }

    #[test]
    fn the_name_of_an_opening_says_its_instant(window in a_window(), from in an_instant()) {
        for o in next(&window, from) {
            prop_assert_eq!(o.opens.len(), "2026-12-15T18:00+00:00".len());
            prop_assert_eq!(o.opens.parse::<Timestamp>().unwrap(), o.opens_at);
        }
    }

    #[test]
    fn a_cut_off_is_at_least_five_minutes_before_the_opening(window in a_window(), from in an_instant()) {
        for o in next(&window, from) {
            prop_assert!(o.opens_at.duration_since(o.opt_out_until) >= SignedDuration::from_mins(5), "{:?}", o);
        }
    }

    #[test]
    fn a_cut_off_is_the_last_asked_time_that_leaves_five_minutes_so_many_days_earlier(window in a_window(), from in an_instant()) {
        for o in next(&window, from) {
            // The date whose asked time it is; what the clocks skip may lie on the day after.
            let local = window.zone.to_datetime(o.opt_out_until);
            let day = [local.date(), local.date().yesterday().unwrap()].into_iter().find(|day| window.on(*day) == o.opt_out_until);
            prop_assert!(day.is_some(), "{:?}", o);
            let base = day.unwrap() + i64::from(window.days_before).days();
            let latest = o.opens_at - SignedDuration::from_mins(5);
            prop_assert!(window.on(base) <= latest && latest < window.on(base.tomorrow().unwrap()), "{:?}", o);
            let moved = window.zone.to_ambiguous_timestamp(day.unwrap().to_datetime(window.time)).is_ambiguous();
            prop_assert!(moved || local.time() == window.time, "{:?}", o);
        }
    }

    #[test]
    fn what_is_open_is_the_occurrence_that_opened_and_has_not_closed(window in a_window(), from in an_instant()) {
        for o in next(&window, from) {
            prop_assert_eq!(window.schedule.open_at(o.opens_at), Some(o.clone()));
            prop_assert_eq!(window.schedule.open_at(o.closes_at - SECOND), Some(o.clone()));
            prop_assert!(window.schedule.open_at(o.opens_at - SECOND).is_none_or(|other| other.closes_at <= o.opens_at));
            prop_assert!(window.schedule.open_at(o.closes_at).is_none_or(|other| other.opens_at == o.closes_at));
        }
        let open = window.schedule.open_at(from);
        let listed = window.schedule.occurrences(from - window.duration).take(3).find(|o| o.opens_at <= from && from < o.closes_at);
        prop_assert_eq!(open, listed);
    }

    #[test]
    fn an_opening_is_found_by_its_instant_and_nothing_beside_it(window in a_window(), from in an_instant()) {
        for o in next(&window, from) {
            prop_assert_eq!(window.schedule.at_opening(o.opens_at), Some(o.clone()));
            prop_assert_eq!(window.schedule.at_opening(o.opens_at + SECOND), None);
            prop_assert_eq!(window.schedule.at_opening(o.opens_at - SECOND), None);
        }
    }

    #[test]
    fn any_text_is_refused_or_read_but_never_a_panic(cron in "[0-9*/,#L?WA-Z@ -]{0,24}", zone in "[A-Za-z/_+]{0,12}") {
        let _ = Schedule::compile(&spec("UTC", &cron, &json!({})));
        let _ = Schedule::compile(&spec(&zone, "0 18 * * *", &json!({})));
    }
}
