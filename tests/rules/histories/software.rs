//! Software by chance: products whose cycles end around the history, and what tenants and releases say that they use.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::{chance::Chance, guards::Guard, interop};

/// Products that may exist.
const PRODUCTS: [&str; 2] = ["postgresql", "nodejs"];
/// What is named: one of them never exists.
const NAMED: [&str; 4] = ["postgresql", "postgresql", "nodejs", "wordpress"];
/// Names of cycles, of which some are the beginning of others.
const CYCLES: [&str; 4] = ["1", "1.2", "2", "22.04"];
/// Versions of them, and of no cycle.
const VERSIONS: [&str; 8] = ["1.2.3", "1.2", "1.20", "1.9-2.pg12", "2.0.1", "2", "22.04.3", "3.1"];

/// The products of the first instant.
pub fn manifests(chance: &mut Chance, from: Timestamp) -> Vec<Value> {
    let there: Vec<_> = PRODUCTS.into_iter().filter(|_| chance.percent(60)).collect();
    let kind = "SoftwareProduct";
    let product = |name: &str| json!({"apiVersion": "uplift.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec(chance, from)});
    there.into_iter().map(product).collect()
}

/// All that a product may say.
pub fn spec(chance: &mut Chance, at: Timestamp) -> Value {
    let there: Vec<_> = CYCLES.into_iter().filter(|name| *name == "2" || chance.percent(70)).collect();
    let releases: Vec<_> = there.into_iter().map(|name| cycle(chance, name, at)).collect();
    let mut spec = json!({"releases": releases});
    if chance.percent(40) {
        spec["supportedUntil"] = chance.pick(&["eolFrom", "eoasFrom", "eoesFrom"]).into();
    }
    if chance.percent(50) {
        let ahead = [json!([]), json!(["48h"]), json!(["720h", "2160h"]), json!(["1440h", "24h", "24h", "240h"])];
        spec["notifyBefore"] = chance.pick(&ahead);
    }
    if chance.percent(60) {
        spec["installations"] = installations(chance, at);
    }
    if chance.percent(30) {
        let ids =
            [json!([{"type": "purl", "id": "pkg:docker/library/postgres"}]), json!([{"type": "osRelease", "id": "debian"}])];
        spec["identifiers"] = chance.pick(&ids);
    }
    if chance.percent(30) {
        spec["label"] = chance.pick(&["PostgreSQL", "Node.js"]).into();
    }
    if chance.percent(40) {
        spec["licenses"] = licenses(chance, at);
    }
    if chance.percent(30) {
        let note = chance.pick(&["pg_upgrade, one window", "application change"]);
        spec["alternatives"] = chance.pick(&[
            json!([{"release": "22.04", "note": note}]),
            json!([{"release": "2", "note": note}, {"product": "cockroachdb", "note": note}]),
            json!([{"product": "mysql", "note": note}]),
        ]);
    }
    spec
}

fn licenses(chance: &mut Chance, at: Timestamp) -> Value {
    let mut one = |name: &str| {
        let expires = (at + SignedDuration::from_hours(24 * chance.between(-20, 120))).to_zoned(TimeZone::UTC).date().to_string();
        let mut one = json!({"name": name, "expires": expires});
        if chance.percent(50) {
            one["covers"] = chance.pick(&[json!(["2"]), json!(["1", "22.04"]), json!([])]);
            one["reference"] = chance.pick(&["PO-4711", "PO-4712"]).into();
        }
        one
    };
    let both = [one("extended"), one("seats")];
    both.into_iter().filter(|_| chance.percent(70)).collect()
}

fn installations(chance: &mut Chance, at: Timestamp) -> Value {
    let names = chance.pick(&[&["shared-1"][..], &["shared-1", "shared-2"], &["shared-2"]]);
    let one = |name: &&str| {
        let mut one = json!({"name": name, "version": chance.pick(&VERSIONS)});
        if chance.percent(40) {
            one["responsibility"] = chance.pick(&["Provider", "Customer"]).into();
        }
        if Guard::Interop.on() && chance.percent(50) {
            one["planned"] = planned(chance, at, &one["version"]);
        }
        one
    };
    names.iter().map(one).collect()
}

/// Another version than the one that runs; of one of them nobody can say whether it will do.
fn planned(chance: &mut Chance, at: Timestamp, runs: &Value) -> Value {
    let others: Vec<_> = VERSIONS.into_iter().chain(["edge"]).filter(|version| runs != version).collect();
    json!({"version": chance.pick(&others), "notBefore": day(at, chance.between(-5, 90))})
}

fn cycle(chance: &mut Chance, name: &str, at: Timestamp) -> Value {
    let days = chance.between(-20, 120);
    let day = |days| day(at, days);
    chance.pick(&[
        json!({"name": name}),
        json!({"name": name, "eolFrom": day(days)}),
        json!({"name": name, "eoasFrom": day(days)}),
        json!({"name": name, "releaseDate": day(days - 700), "eolFrom": day(days), "eoesFrom": day(days + 60)}),
        json!({"name": name, "releaseDate": day(days - 800), "eoasFrom": day(days - 40), "eolFrom": day(days), "eoesFrom": day(days)}),
    ])
}

fn day(at: Timestamp, days: i64) -> String {
    (at + SignedDuration::from_hours(24 * days)).to_zoned(TimeZone::UTC).date().to_string()
}

/// What a tenant uses.
pub fn dependencies(chance: &mut Chance) -> Value {
    let mut all = vec![
        json!({"name": chance.pick(&["db", "store"]), "installation": chance.pick(&["shared-1", "shared-1", "shared-2", "nowhere"])}),
        json!({"name": "theme", "product": chance.pick(&NAMED), "version": chance.pick(&VERSIONS), "responsibility": chance.pick(&["Customer", "Provider"])}),
        json!({"name": "cms", "product": chance.pick(&NAMED), "version": chance.pick(&VERSIONS)}),
    ];
    if Guard::Interop.on() {
        if chance.percent(60) {
            all[0]["versions"] = interop::range(chance).into();
        }
        all.push(interop::neighbour(chance));
    }
    all.into_iter().filter(|_| chance.percent(60)).collect()
}

/// What is inside the images of a release.
pub fn contains(chance: &mut Chance) -> Value {
    let mut all = vec![json!({"product": chance.pick(&NAMED), "version": chance.pick(&VERSIONS)})];
    if chance.percent(40) {
        all.push(json!({"product": "nodejs", "version": "22.04.1"}));
    }
    all.into()
}
