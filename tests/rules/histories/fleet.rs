//! A small fleet by chance, as manifests.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::chance::Chance;

/// Windows that exist in every fleet by one of these names.
pub const WINDOWS: [&str; 2] = ["first", "second"];
/// When a history may begin: clocks change a few weeks later, or not at all.
const BEGINNINGS: [&str; 4] = ["2026-12-01T00:00:00Z", "2026-09-25T06:00:00Z", "2026-10-10T23:30:00Z", "2027-02-20T12:00:00Z"];
const ZONES: [&str; 6] = ["Europe/London", "America/New_York", "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Auckland"];
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

pub fn beginning(chance: &mut Chance) -> Timestamp {
    chance.pick(&BEGINNINGS).parse().unwrap()
}

/// The manifests of the first instant.
pub fn manifests(chance: &mut Chance) -> Vec<Value> {
    let windows = if chance.percent(60) { 1 } else { 2 };
    let mut all: Vec<Value> = WINDOWS[..windows].iter().map(|name| window(chance, name)).collect();
    all.push(release(9, &json!({"approval": approval("Approved")})));
    let newer = usize::try_from(chance.between(1, 3)).unwrap();
    all.extend((10..10 + newer).map(|month| any_release(chance, month)));
    let tenants = chance.pick(&[1, 1, 2, 2, 3, 4, 5]);
    for i in 1..=tenants {
        let window = WINDOWS[chance.below(windows)];
        all.extend(tenant(chance, &format!("t{i}"), window));
    }
    all
}

pub fn schedule(chance: &mut Chance) -> &'static str {
    chance.pick(&SCHEDULES)
}

fn window(chance: &mut Chance, name: &str) -> Value {
    let notice = chance.pick(&NOTICES);
    let mut spec = json!({"schedule": schedule(chance), "timeZone": chance.pick(&ZONES), "duration": chance.pick(&LENGTHS), "notice": notice});
    spec["optOut"] = json!({"time": chance.pick(&["13:00", "09:30", "17:00"]), "daysBefore": usize::from(notice == "72h" && chance.percent(40))});
    if chance.percent(40) {
        spec["announceAhead"] = chance.pick(&["96h", "240h", "2160h"]).into();
    }
    if chance.percent(40) {
        spec["capacity"] = chance.between(1, 2).into();
    }
    if chance.percent(60) {
        spec["maxConcurrent"] = chance.between(1, 3).into();
    }
    if chance.percent(40) {
        spec["deferral"] = json!({"max": chance.between(0, 2)});
    }
    json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "UpgradeWindow", "metadata": {"name": name}, "spec": spec})
}

pub fn approval(decision: &str) -> Value {
    json!({"decision": decision, "changeRef": "CHG1", "by": "bob@corp.example"})
}

/// The release of a month. Its name says its version.
fn release(month: usize, more: &Value) -> Value {
    let image = |component: &str| format!("registry.example.test/{component}:2026.{month}.0");
    let mut spec = json!({"version": format!("2026.{month}.0"), "images": {"web": image("web"), "worker": image("worker")}});
    spec.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    let kind = "DashboardRelease";
    json!({"apiVersion": "uplift.dev/v1alpha1", "kind": kind, "metadata": {"name": format!("r{month}")}, "spec": spec})
}

pub fn any_release(chance: &mut Chance, month: usize) -> Value {
    let mut more = json!({});
    if chance.percent(80) {
        more["approval"] = approval("Approved");
    }
    if chance.percent(45) {
        more["upgradesFrom"] = format!(">=2026.{}", month - 1).into();
    }
    if chance.percent(30) {
        more["acceptance"]["minimumSoak"] = chance.pick(&["1h", "48h", "336h"]).into();
    }
    if chance.percent(15) {
        more["acceptance"]["checks"] = json!([{"name": "platform", "manual": {}}]);
    }
    if chance.percent(8) {
        more["channel"] = "beta".into();
    }
    release(month, &more)
}

/// A tenant and its workloads, in a namespace of its own.
fn tenant(chance: &mut Chance, name: &str, window: &str) -> Vec<Value> {
    let workloads = if chance.percent(65) { &["web"][..] } else { &["web", "worker"] };
    let mut contacts = vec![json!({"name": "it", "webhook": format!("https://hooks.example.test/{name}")})];
    if chance.percent(30) {
        let webhook = format!("https://hooks.example.test/{name}/second");
        contacts.push(json!({"name": "second", "webhook": webhook, "required": chance.percent(50)}));
    }
    let named: Vec<Value> = workloads.iter().map(|w| json!({"kind": "Deployment", "name": w})).collect();
    let spec =
        json!({"customer": {"displayName": name}, "contacts": contacts, "windowRef": {"name": window}, "workloads": named});
    let metadata = json!({"name": name, "namespace": name});
    let tenant = json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance", "metadata": metadata, "spec": spec});
    let deployments = workloads.iter().map(|workload| deployment(name, workload));
    std::iter::once(tenant).chain(deployments).collect()
}

fn deployment(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": 1, "progressDeadlineSeconds": 300, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container(name, 9)]}},
        },
    })
}

pub fn container(workload: &str, month: usize) -> Value {
    json!({"name": workload, "image": format!("registry.example.test/{workload}:2026.{month}.0")})
}
