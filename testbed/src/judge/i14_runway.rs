//! I14: what is said of the end of a version is so: a release says that end, the date by which the first upgrade must start is one of the
//! window's that is over before, and can be announced; and it is told on the day that nothing is supported any more, not earlier. That it is
//! the last such date is compared with another program (`tests/rules/runway`).

use jiff::{SignedDuration, Timestamp, civil::Date};
use serde_json::Value;

use super::{
    evidence::{Leeway, Record, What},
    i14_software::{self, End},
    object::{Kind, Object},
    occurrence::Occurrence,
    past::Past,
    read::{duration, list, numbers, text, time, utc_day},
    verdict::Verdict,
};

/// What it takes to deliver a notice.
const DELIVERY: SignedDuration = SignedDuration::from_mins(15);

pub fn judge(past: &Past, record: &Record, leeway: Leeway, verdict: &mut Verdict) {
    let What::Write(Some(before), after) = &record.what else { return };
    if after.kind != Kind::Tenant || after.status("support") == before.status("support") {
        return;
    }
    // What stood there while an upgrade ran stands, whatever changes beside it.
    let new = list(after.status("support")).iter().filter(|said| !list(before.status("support")).contains(said));
    for said in new {
        let since = leeway.since(record.from);
        let wrong =
            unsaid(past, said, since).or_else(|| undated(past, after, said, (since - leeway.clock, record.until + leeway.clock)));
        verdict.note("I14", wrong.map(|wrong| format!("{after} says {said}: {wrong}")));
    }
}

/// No release of this version says that it ends then.
fn unsaid(past: &Past, said: &Value, since: Timestamp) -> Option<&'static str> {
    if said["dependency"].is_string() {
        return None; // `i14_software`
    }
    if said["subject"] != "dashboard" {
        return uncontained(past, said, since);
    }
    let version = numbers(text(&said["version"]));
    let mut releases = past.all_since(Kind::Release, since).filter(|release| numbers(text(&release.spec["version"])) == version);
    (!releases.any(|release| release.spec["endOfLife"] == said["endsOn"])).then_some("no release says so")
}

/// No release contains it, or the product does not say that it ends then.
fn uncontained(past: &Past, said: &Value, since: Timestamp) -> Option<&'static str> {
    let (product, version) = (text(&said["subject"]), text(&said["version"]));
    let is = |one: &Value| one["product"] == product && one["version"] == version;
    if !past.all_since(Kind::Release, since).any(|release| list(&release.spec["contains"]).iter().any(is)) {
        return Some("no release contains it");
    }
    let end = said["endsOn"].as_str().map_or(End::Unknown, |on| End::On(on.to_owned()));
    (!i14_software::ends_of(past, product, version, since).contains(&end)).then_some("the product does not say so")
}

/// No window of the tenant has such a date.
fn undated(past: &Past, tenant: &Object, said: &Value, (since, until): (Timestamp, Timestamp)) -> Option<&'static str> {
    let ends: Date = text(&said["endsOn"]).parse().ok()?;
    let window = text(&tenant.spec["windowRef"]["name"]);
    let mut windows = past.since(Kind::Window, window, since).flatten();
    let by = time(&said["mustStartBy"]);
    let state = text(&said["state"]);
    if matches!(state, "InTime" | "NoRoomForDeferral") != by.is_some() {
        return Some("a date stands where none is left, or none where one is");
    }
    if state == "Ended" {
        // Where the window does not exist, or makes no sense, days are UTC.
        let in_utc = utc_day(text(&said["endsOn"])).is_some_and(|begins| begins <= until);
        return (!in_utc && !windows.any(|window| ended(&window.spec, ends, until))).then_some("that day has not come");
    }
    // What is announced may be of another window, or of one that was edited since.
    let own = time(&tenant.status("upgrade")["slot"]["opensAt"]);
    let by = by.filter(|by| Some(*by) != own)?;
    (!windows.any(|window| fits(&window.spec, by, ends, since))).then_some("the window has no such date")
}

fn ended(window: &Value, ends: Date, until: Timestamp) -> bool {
    Occurrence::of(window).is_none_or(|occurrence| occurrence.begins(ends).is_some_and(|at| at <= until))
}

fn fits(window: &Value, by: Timestamp, ends: Date, since: Timestamp) -> bool {
    let notice = duration(window["notice"].as_str().unwrap_or("48h")).unwrap_or_default();
    let announced = since + notice + DELIVERY <= by;
    Occurrence::of(window).is_none_or(|occurrence| announced && occurrence.is_over_before(by, ends))
}
