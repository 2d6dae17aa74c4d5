//! I14 for the software that a tenant uses, and for the installations of the platform: what is said is what the products say, nothing of it
//! is left out, and nothing is over before its day, or not over after it.

use jiff::{Timestamp, civil::Date};
use serde_json::Value;

use super::{
    evidence::{Leeway, Record, What},
    object::{Kind, Object},
    occurrence::Occurrence,
    past::Past,
    read::{list, text, utc_day},
    verdict::Verdict,
};

/// So many entries fit into a status.
const MOST: usize = 16;

/// What a product says of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    On(String),
    /// No end is known.
    Open,
    /// There is no product, or no cycle.
    Unknown,
}

pub fn judge(past: &Past, record: &Record, leeway: Leeway, verdict: &mut Verdict) {
    let What::Write(Some(before), after) = &record.what else { return };
    let (since, until) = (leeway.since(record.from), record.until + leeway.clock);
    let clock = leeway.clock;
    match after.kind {
        Kind::Tenant => tenant(past, after, (since, since - clock, until), verdict),
        Kind::Product => product(before, after, (since - clock, until), verdict),
        _ => {}
    }
}

fn tenant(past: &Past, after: &Object, times: (Timestamp, Timestamp, Timestamp), verdict: &mut Verdict) {
    let said = list(after.status("support"));
    let dependencies = list(&after.spec["dependencies"]);
    for dependency in dependencies {
        let said = said.iter().find(|said| said["dependency"] == dependency["name"]);
        let wrong = wrong(past, after, dependency, said, times);
        verdict.note("I14", wrong.map(|wrong| format!("{after} says of {dependency} {said:?}: {wrong}")));
    }
    if dependencies.is_empty() && !said.iter().any(|said| said["dependency"].is_string()) {
        return;
    }
    let named =
        |said: &&Value| said["dependency"].is_string() && !dependencies.iter().any(|one| one["name"] == said["dependency"]);
    let foreign = said.iter().find(named);
    verdict.note("I14", foreign.map(|said| format!("{after} says {said}: it has no such dependency")));
}

fn product(before: &Object, after: &Object, (since, until): (Timestamp, Timestamp), verdict: &mut Verdict) {
    let (said, asked) = (list(after.status("installations")), list(&before.spec["installations"]));
    let named = |list: &[Value]| list.iter().map(|one| (one["name"].clone(), one["version"].clone())).collect::<Vec<_>>();
    let missing = named(said) != named(asked);
    verdict.note("I14", missing.then(|| format!("{after} has other installations in its status: {said:?}")));
    for said in said {
        let end = end_in(&before.spec, text(&said["version"]));
        let begun = |on: &str, at| utc_day(on).is_some_and(|day| day <= at);
        let wrong = match (text(&said["state"]), said["endsOn"].as_str()) {
            // Two products may have an installation of this name.
            ("Unknown", None) => None,
            _ if end != said_of(said) => Some("its cycles do not say so"),
            ("Ended", Some(on)) => (!begun(on, until)).then_some("that day has not come"),
            (_, Some(on)) => begun(on, since).then_some("that day is over"),
            (_, None) => None,
        };
        verdict.note("I14", wrong.map(|wrong| format!("{after} says of an installation {said}: {wrong}")));
    }
}

fn wrong(
    past: &Past,
    tenant: &Object,
    dependency: &Value,
    said: Option<&Value>,
    (since, early, until): (Timestamp, Timestamp, Timestamp),
) -> Option<&'static str> {
    if dependency["tenant"].is_string() {
        // Of another tenant its own status says what ends; here stands what nobody knows, and `i15_issues` judges what follows.
        return said.filter(|said| said["state"] != "Unknown").map(|_| "another tenant has no end here");
    }
    let ends = ends(past, dependency, since);
    let Some(said) = said else {
        let full = list(tenant.status("support")).len() == MOST;
        return (!full && !ends.contains(&End::Open)).then_some("it is left out");
    };
    if !ends.contains(&said_of(said)) {
        return Some("no product says so");
    }
    let (product, version, who) = (&dependency["product"], &dependency["version"], &dependency["responsibility"]);
    let as_asked = product.is_null()
        || said["subject"] == *product && said["version"] == *version && (who.is_null() || said["responsibility"] == *who);
    if !as_asked {
        return Some("it is another");
    }
    let (state, on) = (text(&said["state"]), text(&said["endsOn"]));
    let windows = past.since(Kind::Window, text(&tenant.spec["windowRef"]["name"]), since);
    // Where the window is not there, or makes no sense, days are UTC; which one makes sense is not judged here. Of a window that cannot be
    // read nobody knows.
    let in_windows = windows.flatten().map(|window| begins(&window.spec, on));
    let days: Vec<Option<Timestamp>> = in_windows.chain([utc_day(on)]).collect();
    match state {
        "Ended" => (!days.iter().any(|day| day.is_none_or(|day| day <= until))).then_some("that day has not come"),
        "Supported" => days.iter().all(|day| day.is_some_and(|day| day <= early)).then_some("that day is over"),
        _ => None,
    }
}

fn begins(window: &Value, on: &str) -> Option<Timestamp> {
    Occurrence::of(window)?.begins(on.parse::<Date>().ok()?)
}

fn said_of(said: &Value) -> End {
    match (said["endsOn"].as_str(), text(&said["state"])) {
        (Some(on), _) => End::On(on.to_owned()),
        (None, "Unknown") => End::Unknown,
        (None, _) => End::Open,
    }
}

/// What products said of it at any time since an instant.
pub fn ends(past: &Past, dependency: &Value, since: Timestamp) -> Vec<End> {
    let Some(installation) = dependency["installation"].as_str() else {
        return ends_of(past, text(&dependency["product"]), text(&dependency["version"]), since);
    };
    let has = |product: &&Object| version_of(product, installation).is_some();
    let mut products: Vec<&str> = past.all_since(Kind::Product, since).filter(has).map(|product| product.name.as_str()).collect();
    products.sort_unstable();
    products.dedup();
    // Two that have it, or had it: nobody knows which was meant.
    let mut ends = if products.len() == 1 { vec![] } else { vec![End::Unknown] };
    for product in products {
        let made_since = past.versions(Kind::Product, product).first().is_none_or(|(at, _)| *at > since);
        ends.extend(made_since.then_some(End::Unknown));
        let states = past.since(Kind::Product, product, since);
        ends.extend(states.map(|state| {
            let found = state.and_then(|product| Some((product, version_of(product, installation)?)));
            found.map_or(End::Unknown, |(product, version)| end_in(&product.spec, version))
        }));
    }
    ends
}

fn version_of<'a>(product: &'a Object, installation: &str) -> Option<&'a str> {
    let found = list(&product.spec["installations"]).iter().find(|one| one["name"] == installation)?;
    found["version"].as_str()
}

/// What a product said of a version at any time since an instant.
pub fn ends_of(past: &Past, product: &str, version: &str, since: Timestamp) -> Vec<End> {
    let states: Vec<_> = past.since(Kind::Product, product, since).collect();
    let made_since = past.versions(Kind::Product, product).first().is_none_or(|(at, _)| *at > since);
    // It was not there all the time.
    let mut ends = if made_since || states.iter().any(Option::is_none) { vec![End::Unknown] } else { vec![] };
    ends.extend(states.into_iter().flatten().map(|product| end_in(&product.spec, version)));
    ends
}

/// By the longest name that the version begins with, up to a dot or its end.
pub fn end_in(product: &Value, version: &str) -> End {
    let fits = |cycle: &&Value| version == text(&cycle["name"]) || version.starts_with(&format!("{}.", text(&cycle["name"])));
    let Some(cycle) = list(&product["releases"]).iter().filter(fits).max_by_key(|cycle| text(&cycle["name"]).len()) else {
        return End::Unknown;
    };
    let until = product["supportedUntil"].as_str().unwrap_or("eolFrom");
    let on = cycle[until].as_str().or_else(|| cycle["eolFrom"].as_str());
    on.map_or(End::Open, |on| End::On(on.to_owned()))
}
