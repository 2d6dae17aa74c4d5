//! The random histories vary every field that people may edit: each field of the definitions' specs, but for those listed here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uplift::api::{custom_resource_definitions, tenant::WorkloadKind};

use super::{
    chance::Chance,
    events::{Draw, draw},
    history::History,
};

/// What has one value only; and where life cycles are read from: in a simulated world nobody answers, so it is refused there. Its rules are tables
/// in `tests/rules/planner/sources.rs`, and real servers in `tests/wire/sources`.
const FIXED: [&str; 3] =
    ["DashboardRelease.acceptance.checks[].manual", "SoftwareProduct.source.url", "SoftwareProduct.source.interval"];
/// What can be chosen once: it varies in the fleets that histories begin with, and in the releases that come later.
const IMMUTABLE: [&str; 3] = ["DashboardRelease.version", "DashboardRelease.channel", "DashboardRelease.images"];
/// Beginnings, and events for each.
const DRAWN: (u64, usize) = (800, 60);

type Seen = BTreeMap<String, BTreeSet<String>>;

/// The paths of a schema that hold values.
fn fields(schema: &Value, path: &str, into: &mut BTreeSet<String>) {
    let properties = schema["properties"].as_object().filter(|properties| !properties.is_empty());
    if let Some(properties) = properties {
        properties.iter().for_each(|(name, schema)| fields(schema, &format!("{path}.{name}"), into));
    } else if schema["items"].is_object() {
        fields(&schema["items"], &format!("{path}[]"), into);
    } else {
        into.insert(path.to_owned());
    }
}

fn all_fields() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for crd in custom_resource_definitions() {
        let crd = serde_json::to_value(crd).unwrap();
        let spec = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
        fields(spec, crd["spec"]["names"]["kind"].as_str().unwrap(), &mut all);
    }
    all
}

/// Notes the values of a spec, or of a part of one.
fn note(value: &Value, path: &str, known: &BTreeSet<String>, seen: &mut Seen) {
    if known.contains(path) {
        seen.entry(path.to_owned()).or_default().insert(value.to_string());
        return;
    }
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| note(value, &format!("{path}.{name}"), known, seen)),
        Value::Array(list) => list.iter().for_each(|value| note(value, &format!("{path}[]"), known, seen)),
        _ => {}
    }
}

/// What is edited, and what is created, deleted and made anew.
struct Drawn {
    edited: Seen,
    created: Seen,
    deleted: BTreeSet<String>,
    remade: BTreeSet<String>,
}

fn kind(document: &Value) -> String {
    document["kind"].as_str().unwrap_or_default().to_owned()
}

fn drawn(known: &BTreeSet<String>) -> Drawn {
    let mut drawn = Drawn { edited: Seen::new(), created: Seen::new(), deleted: BTreeSet::new(), remade: BTreeSet::new() };
    for seed in 0..DRAWN.0 {
        let mut chance = Chance::new(seed);
        let history = History::begin(&mut chance, seed).0;
        let run = history.simulation();
        history.manifests.iter().for_each(|manifest| note(&manifest["spec"], &kind(manifest), known, &mut drawn.created));
        // What people do to a trial is drawn with its requests.
        let patches = history.trials.iter().map(|event| &event["patch"]);
        patches.for_each(|patch| note(&patch["merge"]["spec"], &kind(patch), known, &mut drawn.edited));
        for _ in 0..DRAWN.1 {
            let (world, manifests, at) = (run.world(), &history.manifests, run.world().now());
            let event = draw(&mut Draw { chance: &mut chance, world, manifests, at, queue: false });
            let (patch, apply) = (&event["patch"], &event["apply"]);
            note(&patch["merge"]["spec"], &kind(patch), known, &mut drawn.edited);
            note(&apply["spec"], &kind(apply), known, &mut drawn.created);
            drawn.deleted.extend(event["delete"]["kind"].as_str().map(str::to_owned));
            drawn.remade.extend(apply["kind"].as_str().map(str::to_owned));
        }
    }
    drawn
}

#[test]
fn every_field_that_people_may_edit_is_edited_and_every_kind_is_made_anew() {
    let known = all_fields();
    let drawn = drawn(&known);
    let varies = |seen: &Seen, field: &String| seen.get(field).is_some_and(|values| values.len() > 1);
    let missing = known.iter().filter(|field| {
        let seen = if IMMUTABLE.contains(&field.as_str()) { &drawn.created } else { &drawn.edited };
        !FIXED.contains(&field.as_str()) && !varies(seen, field)
    });
    let missing: Vec<_> = missing.collect();
    assert!(missing.is_empty(), "no history edits {missing:?}: add it to tests/rules/histories/edits.rs or windows.rs");
    let unknown: Vec<_> = FIXED.iter().chain(&IMMUTABLE).filter(|field| !known.contains(**field)).collect();
    assert!(unknown.is_empty(), "there is no field {unknown:?}: take it off the list");
    let ours =
        ["DashboardRelease", "UpgradeWindow", "TenantInstance", "UpgradeTrial", "SoftwareProduct", "CronJob"].map(str::to_owned);
    let kinds: BTreeSet<String> = ours.into_iter().chain(WorkloadKind::ALL.map(|kind| kind.to_string())).collect();
    assert_eq!(drawn.remade, kinds);
    // No Job has begun yet that could be deleted.
    assert_eq!(drawn.deleted, kinds);
}
