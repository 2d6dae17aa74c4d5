//! I2: no upgrade starts while its slot is not open or is frozen, the tenant opted out, suspended or pinned, or the release not
//! accepted, not approved, suspended, halted or withdrawn. Facts on the tenant count exactly, by its resourceVersion; facts on other
//! objects when they were committed at least 1 s before. No image change without a committed start.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Evidence, Verdict, Version,
    facts::{about, images, intent, list, numbers, started, starts, text, time},
    occurrence::{Occurrence, duration, utc_day},
};

pub fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    for start in starts(evidence) {
        for wrong in [slot(evidence, start), tenant(evidence, start), release(evidence, start)] {
            verdict.note("I2", wrong.map(|wrong| format!("{} started although {wrong}", about(start))));
        }
    }
    for change in evidence.written("deployments") {
        if images(evidence.before(change)) != images(&change.object) {
            let missing = !has_start(evidence, change);
            verdict.note("I2", missing.then(|| format!("{} got other images without a committed start", about(change))));
        }
    }
}

/// The slot is one of the window's, it is open, and no freeze touches it.
fn slot(evidence: &Evidence, start: &Version) -> Option<String> {
    let slot = &start.object["status"]["upgrade"]["slot"];
    let (opens, closes) = (time(&slot["opensAt"])?, time(&slot["closesAt"])?);
    // The write was committed between two instants: it is wrong only when neither of them lies in the slot.
    if start.until < opens || start.from >= closes {
        return Some(format!("its slot is open from {opens} to {closes}"));
    }
    let windows = evidence.lately("upgradewindows", text(&slot["window"]), start);
    let problems: Vec<_> = windows.iter().map(|window| Occurrence::compare(&window["spec"], slot)).collect();
    let first = problems.first().cloned().unwrap_or(Some("its window does not exist".into()));
    if problems.iter().any(Option::is_none) { None } else { first }
}

fn tenant(evidence: &Evidence, start: &Version) -> Option<String> {
    let (spec, upgrade) = (&start.object["spec"], &start.object["status"]["upgrade"]);
    let pin = &spec["pin"];
    let ends = pin["until"].as_str().and_then(|day| window_of(evidence, start).and_then(|w| w.day_begins(day)));
    let pinned = pin.is_object() && ends.is_none_or(|ends| start.until < ends);
    if spec["suspend"].is_object() {
        return Some("the tenant is suspended".into());
    }
    if spec["management"] == "Unmanaged" {
        return Some("the tenant is not managed".into());
    }
    if pinned && numbers(text(&upgrade["to"])) > numbers(text(&pin["version"])) {
        return Some(format!("the tenant is pinned to {}", pin["version"]));
    }
    said_no(evidence, start).then(|| "the customer said no in time".into())
}

/// The annotation that stands at the start, judged by admission's stamp. Without a stamp an opt-out is in time.
fn said_no(evidence: &Evidence, start: &Version) -> bool {
    let (notes, upgrade) = (&start.object["metadata"]["annotations"], &start.object["status"]["upgrade"]);
    let Some(value) = notes["uplift.dev/opt-out"].as_str() else { return false };
    let taken_back = notes["uplift.dev/opt-in"] == value;
    let slot = &upgrade["slot"];
    let days = window_of(evidence, start).map(|window| window.days(slot)).unwrap_or_default();
    let meant = days.iter().any(|day| day == value) || numbers(value) == numbers(text(&upgrade["to"]));
    let said = time(&notes["uplift.dev/opt-out-at"]).map(|stamp| evidence.stamped(stamp));
    let in_time = said.zip(time(&slot["optOutUntil"])).is_none_or(|(said, until)| said.as_second() <= until.as_second());
    let verdicts = list(&start.object["status"]["optOuts"]);
    let limit =
        verdicts.iter().any(|one| one["value"] == value && one["slot"] == slot["opens"] && one["verdict"] == "LimitReached");
    meant && in_time && !taken_back && !limit
}

fn release(evidence: &Evidence, start: &Version) -> Option<String> {
    let name = text(&start.object["status"]["upgrade"]["release"]);
    let lately = evidence.lately("dashboardreleases", name, start);
    let problems: Vec<_> = lately.iter().map(|release| held(release, start.until)).collect();
    let first = problems.first().copied().unwrap_or(Some("does not exist"));
    if problems.iter().any(Option::is_none) { None } else { first.map(|why| format!("release {name} {why}")) }
}

fn held(release: &Value, now: Timestamp) -> Option<&'static str> {
    let spec = &release["spec"];
    let (checks, signed) = (list(&spec["acceptance"]["checks"]), list(&spec["acceptance"]["signOffs"]));
    let passed = |check: &Value| signed.iter().any(|one| one["check"] == check["name"] && one["result"] == "Passed");
    let soak = spec["acceptance"]["minimumSoak"].as_str().map_or(Some(jiff::SignedDuration::ZERO), duration);
    let begun = spec["acceptance"]["soakFrom"].as_str().and_then(utc_day);
    let soaked = soak.is_some_and(|soak| soak.is_zero() || begun.is_some_and(|begun| begun + soak <= now));
    let accepted = checks.iter().all(passed) && soaked;
    [
        (!accepted, "is not accepted"),
        (spec["approval"]["decision"] != "Approved", "is not approved"),
        (spec["suspend"].is_object(), "is suspended"),
        (spec["withdrawn"].is_object(), "is withdrawn"),
    ]
    .into_iter()
    .find_map(|(holds, why)| holds.then_some(why))
}

fn window_of(evidence: &Evidence, start: &Version) -> Option<Occurrence> {
    let name = text(&start.object["status"]["upgrade"]["slot"]["window"]);
    evidence.at("upgradewindows", name, start.revision).and_then(|window| Occurrence::of(&window.object["spec"]))
}

/// A tenant of the same namespace has started, before, the upgrade that the workload's intent names.
fn has_start(evidence: &Evidence, change: &Version) -> bool {
    let (id, namespace) = (intent(&change.object)["id"].clone(), text(&change.object["metadata"]["namespace"]));
    let before = evidence.written("tenantinstances").filter(|version| version.revision < change.revision);
    let mut here = before.filter(|version| version.object["metadata"]["namespace"] == namespace);
    here.any(|version| started(&version.object["status"]["upgrade"]) && version.object["status"]["upgrade"]["id"] == id)
}
