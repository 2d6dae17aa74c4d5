use serde_json::{Value, json};

use super::{at, compile};

/// Asserts that the window is refused: which field, which value, and a word of what to do.
fn refused(zone: &str, cron: &str, more: &Value, field: &str, value: &str, hint: &str) {
    let error = compile(zone, cron, more).expect_err(&format!("{zone} {cron} {more}"));
    assert_eq!((error.field.as_str(), error.value.as_str()), (field, value), "{error}");
    let text = error.to_string();
    assert!(text.contains(field) && text.contains(value) && text.contains(hint), "{text}");
}

#[test]
fn a_schedule_is_five_plain_fields() {
    let not_five = ["", "0 18 * *", "0 0 18 * * TUE", "0 18 * * TUE 2026", "@daily", "@weekly", "TZ=UTC 0 18 * * *"];
    let not_cron =
        ["60 18 * * *", "0 24 * * *", "0 18 32 * *", "0 18 0 * *", "0 18 * 13 *", "0 18 * * 8", "0 18 * * TUE#6", "x 18 * * *"];
    let typos = [
        "0 18 * * TUE,",
        "0,,5 18 * * *",
        "0 18 * * TUESDAY",
        "0 22-2 * * *",
        "0 */0 * * *",
        "0/10 18 * * *",
        "0 18 * * FRI-MON",
    ];
    let wrong_names =
        ["0 18 * * MAR", "0 18 * TUE *", "MON 18 * * *", "0 18 FRI * *", "0 18 * * 1MON", "0 18 * * L", "0 18 * L *"];
    let quartz = ["0 18 ? * TUE", "0 18 15W * *", "0 18 LW * *", "0 18 L-3 * *", "0 18 1 * +MON", "0 18 * * TUE#L", "0 18 H * *"];
    for cron in [&not_five[..], &not_cron, &typos, &wrong_names, &quartz].concat() {
        refused("Europe/London", cron, &json!({}), "spec.schedule", cron, "TUE#3");
    }
}

#[test]
fn the_message_names_the_field_of_the_schedule_that_is_wrong() {
    for (cron, named) in
        [("0 25 * * *", "the hour \"25\""), ("0 18 * * MAR", "the weekday \"MAR\""), ("0 18 LW * *", "the day of month \"LW\"")]
    {
        refused("Europe/London", cron, &json!({}), "spec.schedule", cron, named);
    }
}

#[test]
fn a_step_beside_the_other_day_field_is_refused_since_crons_disagree() {
    for cron in ["0 18 */2 * TUE", "0 18 1 * */2"] {
        refused("Europe/London", cron, &json!({}), "spec.schedule", cron, "write *");
    }
}

#[test]
fn a_schedule_that_never_matches_or_ends_is_refused() {
    for cron in ["0 18 31 2 *", "0 18 30 2 *", "0 18 31 4,6,9,11 *"] {
        refused("Europe/London", cron, &json!({}), "spec.schedule", cron, "matches no day");
    }
}

#[test]
fn an_unknown_zone_is_refused() {
    for zone in ["Europe/Londn", "Local", "Etc/Unknown", "GMT+25", "EST5EDT4,M3.2.0,M11.1.0", "../etc/passwd", ""] {
        refused(zone, "0 18 * * *", &json!({}), "spec.timeZone", zone, "Europe/London");
    }
}

#[test]
fn lengths_of_nothing_are_refused() {
    refused("UTC", "0 18 * * *", &json!({"duration": "0s"}), "spec.duration", "0s", "4h");
    refused("UTC", "0 18 * * *", &json!({"notice": "0s"}), "spec.notice", "0s", "48h");
}

#[test]
fn occurrences_that_overlap_are_refused() {
    let overlapping = [
        // On 2028-04-28 only, and now and then later: the clocks skip midnight, and few days of the month match.
        ("Africa/Cairo", "0 */6 */3 * *", "5h1m"),
        ("UTC", "* * * * *", "5m"),
        ("UTC", "0 * * * *", "1h1m"),
        ("UTC", "0 18 * * *", "25h"),
        ("Europe/London", "0 0,4 * * *", "4h"), // three hours in the night of 29 March 2026
        ("Europe/London", "0 18 * * *", "24h"),
        ("Europe/London", "0 1 * * SUN", "168h"),        // a week of 167 hours
        ("Europe/London", "0 0,4 31 3 *", "4h"),         // a Sunday at last in 2030
        ("Europe/London", "0 0 1,31 1,12 *", "25h"),     // only from one year to the next
        ("Australia/Lord_Howe", "0 0,4 * * *", "3h31m"), // half an hour
        ("Australia/Lord_Howe", "15 * * * *", "1h"),     // the same, behind 6,600 openings
    ];
    for (zone, cron, duration) in overlapping {
        refused(zone, cron, &json!({"duration": duration}), "spec.duration", duration, "still open at the next");
    }
}

#[test]
fn occurrences_that_just_meet_are_fine() {
    for (zone, cron, duration) in [
        ("UTC", "0 * * * *", "1h"),
        ("Europe/London", "0 0,4 * * *", "3h"),
        ("UTC", "0 18 * * *", "24h"),
        ("Europe/London", "0 1 * * SUN", "167h"),
    ] {
        compile(zone, cron, &json!({"duration": duration, "notice": "96h"})).unwrap();
    }
}

#[test]
fn a_cut_off_that_leaves_less_than_half_of_the_notice_is_refused() {
    let two_days = json!({"optOut": {"time": "13:00", "daysBefore": 2}});
    refused("Europe/London", "0 18 * * TUE#3", &two_days, "spec.optOut", "13:00 with daysBefore 2", "daysBefore smaller");
    // 24 hours, but 25 in the night in which the clocks go back
    let day_before = json!({"optOut": {"time": "18:00", "daysBefore": 1}});
    refused("Europe/London", "5 18 * * *", &day_before, "spec.optOut", "18:00 with daysBefore 1", "longer");
    let exactly = json!({"optOut": {"time": "18:00", "daysBefore": 1}, "notice": "48h10m"});
    compile("Etc/UTC", "5 18 * * *", &exactly).unwrap();
}

#[test]
fn a_time_that_is_none_and_a_freeze_that_ends_before_it_begins_are_refused() {
    for time in ["24:00", "13:60", "1:00", "13", "13:00:00", "+1:00", "13h00"] {
        refused("UTC", "0 18 * * *", &json!({"optOut": {"time": time}}), "spec.optOut.time", time, "13:00");
    }
    let freezes = json!({"freezes": [{"from": "2027-01-04", "to": "2026-12-18", "reason": "year end"}]});
    refused("UTC", "0 18 * * *", &freezes, "spec.freezes[0]", "2027-01-04 to 2026-12-18", "swap");
}

#[test]
fn a_leap_day_comes_often_enough_and_a_leap_monday_does_not_exist_in_five_fields() {
    let leap_day = compile("Europe/London", "0 18 29 2 *", &json!({})).unwrap();
    assert_eq!(leap_day.occurrences(at("2026-01-01T00:00:00Z")).next().unwrap().opens, "2028-02-29T18:00+00:00");
    refused("Europe/London", "0 18 29 2 +MON", &json!({}), "spec.schedule", "0 18 29 2 +MON", "weekday");
}

#[test]
fn slots_that_could_never_be_announced_are_refused() {
    refused("UTC", "0 18 * * *", &json!({"announceAhead": "71h59m"}), "spec.announceAhead", "71h59m", "24h");
    compile("UTC", "0 18 * * *", &json!({"announceAhead": "72h"})).unwrap();
}
