//! Windows by chance: ordinary ones, and those at the edges of days, zones and notices.

use serde_json::{Value, json};

use super::{chance::Chance, guards::Guard};

const ZONES: [&str; 6] = ["Europe/London", "America/New_York", "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Auckland"];
/// Quarters of hours, a change of clocks at noon of the day before, and both ends of the earth.
const ODD_ZONES: [&str; 4] = ["Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns", "Pacific/Kiritimati"];
const SCHEDULES: [&str; 8] = [
    "0 18 * * TUE#3",
    "0 18 * * TUE",
    "30 22 * * THU",
    "30 1 * * SUN",
    "0 2 * * SUNL",
    "0 20 1,15 * *",
    "30 23 * * FRIL",
    "0 17 * * *",
];
const LENGTHS: [&str; 4] = ["1h", "4h", "8h", "10m"];
const NOTICES: [&str; 7] = ["48h", "48h", "48h", "72h", "36h", "36h", "24h"];
const TIMES: [&str; 3] = ["13:00", "09:30", "17:00"];
/// Schedule, duration, notice and time of the cut-off that go together.
const ODD: [(&str, &str, &str, &str); 12] = [
    ("0 20 * * *", "4h", "48h", "13:00"),    // nightly, until midnight
    ("0 23 * * *", "1h", "24h", "13:00"),    // nightly, until midnight
    ("30 1 * * *", "2h", "48h", "13:00"),    // nightly, the cut-off is on the day before
    ("0 */6 * * *", "1h", "48h", "13:00"),   // four times a day
    ("0 2,22 * * *", "1h", "48h", "17:00"),  // twice a night
    ("0 19 * * FRI", "60h", "72h", "13:00"), // from Friday evening to Monday morning
    ("0 19 * * FRI", "77h", "72h", "13:00"), // from Friday evening to the midnight after Monday
    ("0 18 * * SAT", "30h", "48h", "13:00"), // over one night, until midnight
    ("0 20 * * TUE", "4h", "48h", "09:30"),  // until midnight
    ("0 0 * * SUN", "24h", "48h", "13:00"),  // a whole day
    ("0 18 * * TUE", "4h", "4h", "17:00"),   // short notice
    ("30 17 * * *", "1h", "2h", "17:00"),    // short notice, nightly
];

pub fn window(chance: &mut Chance, name: &str) -> Value {
    let mut spec = json!({"timeZone": zone(chance)});
    merge(&mut spec, &shape(chance));
    for (percent, more) in
        [(40, ahead as Field), (40, capacity), (60, concurrent), (40, deferral), (15, reminders), (25, reserve)]
    {
        if chance.percent(percent) {
            let more = more(chance, &spec);
            merge(&mut spec, &more);
        }
    }
    json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "UpgradeWindow", "metadata": {"name": name}, "spec": spec})
}

/// A part of a spec, given the spec as it is.
type Field = fn(&mut Chance, &Value) -> Value;

/// What is edited by chance. A freeze and a suspension have events of their own.
const FIELDS: [Field; 13] = [
    |chance, _| json!({"timeZone": zone(chance)}),
    |chance, _| json!({"timeZone": zone(chance)}),
    |chance, _| json!({"schedule": schedule(chance)}),
    |chance, _| json!({"duration": chance.pick(&["1h", "4h", "20m"])}),
    |chance, _| json!({"notice": chance.pick(&["24h", "48h", "72h"])}),
    |chance, _| shape(chance),
    |chance, _| json!({"optOut": {"time": chance.pick(&TIMES), "daysBefore": chance.between(0, 1)}}),
    ahead,
    capacity,
    concurrent,
    deferral,
    reminders,
    reserve,
];

pub fn edit(chance: &mut Chance, spec: &Value) -> Value {
    chance.pick(&FIELDS)(chance, spec)
}

/// What was edited before there were other edits.
pub fn plain_edit(chance: &mut Chance) -> Value {
    match chance.below(4) {
        0 | 1 => json!({"schedule": chance.pick(&SCHEDULES)}),
        2 => json!({"duration": chance.pick(&["1h", "4h", "20m"])}),
        _ => json!({"notice": chance.pick(&["24h", "48h", "72h"])}),
    }
}

/// When it opens, how long, and how long before customers are told and may answer.
fn shape(chance: &mut Chance) -> Value {
    if Guard::Windows.on() && chance.percent(40) {
        let (schedule, duration, notice, time) = chance.pick(&ODD);
        let ahead = if hours(notice) < 12 || chance.percent(30) { format!("{}h", hours(notice) + 24) } else { "336h".into() };
        let opt_out = json!({"time": time, "daysBefore": 0});
        return json!({"schedule": schedule, "duration": duration, "notice": notice, "announceAhead": ahead, "optOut": opt_out});
    }
    let notice = chance.pick(&NOTICES);
    let days = usize::from(notice == "72h" && chance.percent(40));
    let opt_out = json!({"time": chance.pick(&TIMES), "daysBefore": days});
    json!({"schedule": chance.pick(&SCHEDULES), "duration": chance.pick(&LENGTHS), "notice": notice, "optOut": opt_out})
}

fn zone(chance: &mut Chance) -> &'static str {
    if Guard::Windows.on() && chance.percent(25) { chance.pick(&ODD_ZONES) } else { chance.pick(&ZONES) }
}

fn schedule(chance: &mut Chance) -> &'static str {
    if Guard::Windows.on() && chance.percent(20) { chance.pick(&ODD).0 } else { chance.pick(&SCHEDULES) }
}

/// From the least that leaves a day to announce in, to a season.
fn ahead(chance: &mut Chance, spec: &Value) -> Value {
    let least = hours(spec["notice"].as_str().unwrap_or("48h")) + 24;
    let hours = chance.pick(&[least, least.max(96), 240, 2160]);
    json!({"announceAhead": format!("{hours}h")})
}

fn capacity(chance: &mut Chance, spec: &Value) -> Value {
    let lift = !spec["capacity"].is_null() && chance.percent(30);
    json!({"capacity": if lift { Value::Null } else { chance.between(1, 2).into() }})
}

fn concurrent(chance: &mut Chance, _: &Value) -> Value {
    json!({"maxConcurrent": chance.between(1, 3)})
}

fn deferral(chance: &mut Chance, spec: &Value) -> Value {
    let lift = !spec["deferral"].is_null() && chance.percent(30);
    json!({"deferral": if lift { Value::Null } else { json!({"max": chance.between(0, 2), "untilEndOfLife": chance.percent(60)}) }})
}

fn reminders(chance: &mut Chance, spec: &Value) -> Value {
    let lift = spec["reminders"].is_array() && chance.percent(30);
    let some = [json!(["1h"]), json!(["20h"]), json!(["1h", "20h"])];
    let nth = if hours(spec["notice"].as_str().unwrap_or("48h")) > 20 { chance.below(3) } else { 0 };
    json!({"reminders": if lift { Value::Null } else { some[nth].clone() }})
}

/// From none to all of the shortest windows.
fn reserve(chance: &mut Chance, spec: &Value) -> Value {
    let lift = spec["reserve"].is_object() && chance.percent(30);
    let length = seconds(spec["duration"].as_str().unwrap_or("10m"));
    let fits: Vec<&str> =
        ["0s", "5m", "10m", "50m", "1h", "4h"].into_iter().filter(|minimum| seconds(minimum) <= length).collect();
    let some = json!({"minimum": chance.pick(&fits), "learn": chance.percent(50)});
    json!({"reserve": if lift { Value::Null } else { some }})
}

/// Whole hours of a length as these windows write it.
fn hours(length: &str) -> i64 {
    seconds(length) / 3600
}

fn seconds(length: &str) -> i64 {
    length.parse::<uplift::api::Duration>().map_or(0, uplift::api::Duration::as_secs)
}

fn merge(spec: &mut Value, more: &Value) {
    let map = spec.as_object_mut().unwrap();
    map.extend(more.as_object().cloned().unwrap_or_default().into_iter().filter(|(_, value)| !value.is_null()));
}

/// A window with one place, in which many wait.
pub fn narrow(chance: &mut Chance, name: &str) -> Value {
    let schedule = chance.pick(&["0 18 * * TUE", "0 17 * * *", "30 22 * * MON,THU"]);
    let spec = json!({
        "schedule": schedule, "timeZone": chance.pick(&ZONES), "duration": "4h", "notice": "48h", "capacity": 1,
        "announceAhead": chance.pick(&["72h", "96h"]),
    });
    json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "UpgradeWindow", "metadata": {"name": name}, "spec": spec})
}
