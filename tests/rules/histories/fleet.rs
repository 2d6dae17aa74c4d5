//! A small fleet by chance, as manifests.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use uplift::api::tenant::WorkloadKind;

use super::{chance::Chance, guards::Guard, interop, jobs, software, windows};

/// Windows that exist in every fleet by one of these names.
pub const WINDOWS: [&str; 2] = ["first", "second"];
/// When a history may begin: clocks change a few weeks later, or not at all.
const BEGINNINGS: [&str; 4] = ["2026-12-01T00:00:00Z", "2026-09-25T06:00:00Z", "2026-10-10T23:30:00Z", "2027-02-20T12:00:00Z"];
/// The label that common charts set once, and that nobody moves.
pub const VERSION_LABEL: &str = "app.kubernetes.io/version";

pub fn beginning(chance: &mut Chance) -> Timestamp {
    chance.pick(&BEGINNINGS).parse().unwrap()
}

/// The manifests of the first instant.
pub fn manifests(chance: &mut Chance, from: Timestamp) -> Vec<Value> {
    let windows = if chance.percent(60) { 1 } else { 2 };
    let mut all: Vec<Value> = WINDOWS[..windows].iter().map(|name| windows::window(chance, name)).collect();
    let ends = (from + SignedDuration::from_hours(24 * chance.between(10, 150))).to_zoned(TimeZone::UTC).date();
    let ends = Some(ends).filter(|_| chance.percent(40));
    let offers = if Guard::Interop.on() { interop::interfaces(chance) } else { json!(null) };
    all.push(release(9, &json!({"approval": approval("Approved"), "endOfLife": ends, "interfaces": offers})));
    let newer = usize::try_from(chance.between(1, 3)).unwrap();
    all.extend((10..10 + newer).map(|month| any_release(chance, month)));
    if Guard::Jobs.on() {
        all.extend(jobs::templates(chance));
    }
    if Guard::Software.on() {
        all.extend(software::manifests(chance, from));
    }
    let tenants = chance.pick(&[1, 1, 2, 2, 3, 4, 5]);
    for i in 1..=tenants {
        let window = WINDOWS[chance.below(windows)];
        all.extend(tenant(chance, &format!("t{i}"), window));
        if Guard::Jobs.on() {
            all.extend(jobs::own_templates(chance, &format!("t{i}")));
        }
    }
    all
}

/// A fleet in which many wait for one place.
pub fn queue(chance: &mut Chance) -> Vec<Value> {
    let mut all = vec![windows::narrow(chance, WINDOWS[0])];
    all.extend([9, 10].map(|month| release(month, &json!({"approval": approval("Approved")}))));
    for i in 1..=chance.between(3, 5) {
        let mut calm = tenant(chance, &format!("t{i}"), WINDOWS[0]);
        calm[0]["spec"]["contacts"] = json!([{"name": "it", "webhook": format!("https://hooks.example.test/t{i}")}]);
        all.extend(calm);
    }
    all
}

/// Who creates releases. One of them may approve, too.
pub const ENGINEERS: [&str; 2] = ["alice@corp.example", "bob@corp.example"];

pub fn approval(decision: &str) -> Value {
    json!({"decision": decision, "changeRef": "CHG1", "by": "bob@corp.example"})
}

/// A change window around an instant: open at an end, over, to come, or long enough for a date or some.
pub fn change(chance: &mut Chance, at: Timestamp) -> Value {
    let hours = |hours: i64, secs: i64| (at + SignedDuration::from_hours(hours) + SignedDuration::from_secs(secs)).to_string();
    let secs = chance.pick(&[0, 0, 1, 1800]);
    let first = chance.between(-10, 20) * 24 + chance.between(0, 23);
    let last = first + chance.pick(&[1, 24, 24 * 7, 24 * 21, 24 * 40]) + chance.between(0, 23);
    chance.pick(&[
        json!({"start": hours(first, 0), "end": hours(last, secs)}),
        json!({"start": hours(first, secs), "end": hours(last, 0)}),
        json!({"start": null, "end": hours(last, secs)}),
        json!({"start": hours(first, secs), "end": null}),
    ])
}

/// The release of a month. Its name says its version.
fn release(month: usize, more: &Value) -> Value {
    let mut spec =
        json!({"version": format!("2026.{month}.0"), "images": {"web": image("web", month), "worker": image("worker", month)}});
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
        more["acceptance"]["checks"] = json!([{"name": chance.pick(&["platform", "platform", "load"]), "manual": {}}]);
    }
    if chance.percent(60) {
        more["rollout"]["maxFailures"] = chance.pick(&[1, 1, 2]).into();
    }
    if chance.percent(30) {
        more["rollout"]["rings"] = rings(chance);
    }
    if chance.percent(25) {
        more["acceptance"]["fourEyes"] = true.into();
    }
    if Guard::Jobs.on() && chance.percent(25) {
        more["acceptance"]["checks"] = json!([jobs::check(chance)]);
    }
    if Guard::Jobs.on() && chance.percent(20) {
        more["hooks"] = jobs::hooks(chance);
    }
    if Guard::Software.on() && chance.percent(25) {
        more["contains"] = software::contains(chance);
    }
    if Guard::Interop.on() {
        does_not_fit(chance, &mut more);
    }
    if chance.percent(12) {
        more["channel"] = chance.pick(&["beta", "beta", "stable"]).into();
    }
    if month == 11 {
        more["notes"] = json!({"summary": format!("What month {month} brought")});
    }
    let mut release = release(month, &more);
    if chance.percent(40) {
        // As it is read from a cluster.
        release["metadata"]["annotations"] = json!({"uplift.dev/created-by": chance.pick(&ENGINEERS)});
    }
    if Guard::Meddling.on() && chance.percent(15) {
        // What did not change keeps its image.
        let component = chance.pick(&["web", "worker"]);
        release["spec"]["images"][component] = image(component, month - 1).into();
    }
    release
}

/// What it needs and offers: mostly nothing.
fn does_not_fit(chance: &mut Chance, more: &mut Value) {
    if chance.percent(15) {
        more["requires"] = interop::requires(chance);
    }
    if chance.percent(50) {
        more["interfaces"] = interop::interfaces(chance);
    }
    if chance.percent(10) {
        more["risks"] = interop::risks(chance);
    }
}

/// Rings of a release: whether somebody is in them is another matter.
pub fn rings(chance: &mut Chance) -> Value {
    let soak = chance.pick(&["0s", "1h", "24h", "240h"]);
    chance.pick(&[
        json!([{"name": "canary", "soak": soak}, {"name": "general"}]),
        json!([{"name": "canary", "soak": soak}, {"name": "early", "soak": "1h"}, {"name": "general"}]),
        json!([{"name": "canary"}, {"name": "late"}]),
    ])
}

/// A tenant and its workloads, in a namespace of its own.
fn tenant(chance: &mut Chance, name: &str, window: &str) -> Vec<Value> {
    let workloads = if chance.percent(65) { &["web"][..] } else { &["web", "worker"] };
    let mut contacts = vec![contact(chance, "it", name)];
    if chance.percent(30) {
        let second = contact(chance, "second", &format!("{name}/second"));
        contacts.push(second);
        contacts[1]["required"] = chance.percent(50).into();
    }
    let workloads: Vec<_> = workloads.iter().map(|name| (kind(chance), *name)).collect();
    let named: Vec<Value> = workloads.iter().map(|(kind, name)| json!({"kind": kind, "name": name})).collect();
    let mut spec =
        json!({"customer": {"displayName": name}, "contacts": contacts, "windowRef": {"name": window}, "workloads": named});
    if chance.percent(40) {
        spec["ring"] = chance.pick(&["canary", "canary", "canary", "early", "elsewhere"]).into();
    }
    if Guard::Jobs.on() && chance.percent(40) {
        (spec["hooks"], spec["probes"]) = (jobs::hooks(chance), jobs::probes(chance));
        if let Some(mut aside) = chance.aside(40) {
            spec["data"] = jobs::data(&mut aside);
        }
    }
    if Guard::Software.on() && chance.percent(40) {
        spec["dependencies"] = software::dependencies(chance);
    }
    let metadata = json!({"name": name, "namespace": name});
    let tenant = json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance", "metadata": metadata, "spec": spec});
    let workloads: Vec<_> = workloads.iter().map(|(kind, workload)| workload_of(chance, *kind, name, workload)).collect();
    std::iter::once(tenant).chain(workloads).collect()
}

/// A contact with a webhook, or with an address that has a calendar.
pub fn contact(chance: &mut Chance, name: &str, path: &str) -> Value {
    if Guard::Edits.on() && chance.percent(30) {
        return json!({"name": name, "email": format!("{}@acme.example.test", path.replace('/', "-"))});
    }
    json!({"name": name, "webhook": format!("https://hooks.example.test/{path}")})
}

/// Mostly Deployments, which say that they failed: so there is time left for what follows from a failure.
fn kind(chance: &mut Chance) -> WorkloadKind {
    let all = WorkloadKind::ALL;
    if Guard::Kinds.on() { chance.pick(&[all[0], all[0], all[0], all[0], all[1], all[2]]) } else { all[0] }
}

fn workload_of(chance: &mut Chance, kind: WorkloadKind, namespace: &str, name: &str) -> Value {
    let mut labels = json!({});
    if Guard::Meddling.on() && chance.percent(20) {
        labels[VERSION_LABEL] = chance.pick(&["2026.9.0", "2026.9.0", "2026.8.0", "2026.11.0"]).into();
    }
    let mut spec = json!({
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container(name, 9)]}},
    });
    match kind {
        WorkloadKind::Deployment => (spec["replicas"], spec["progressDeadlineSeconds"]) = (1.into(), 300.into()),
        WorkloadKind::StatefulSet => (spec["replicas"], spec["serviceName"]) = (chance.between(1, 3).into(), name.into()),
        WorkloadKind::DaemonSet => {}
    }
    if kind != WorkloadKind::Deployment && chance.percent(10) {
        spec["updateStrategy"] = strategy(chance, kind);
    }
    let metadata = json!({"name": name, "namespace": namespace, "labels": labels});
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec})
}

/// How pods are replaced: by the controller, by hand, or in part.
pub fn strategy(chance: &mut Chance, kind: WorkloadKind) -> Value {
    let (by_hand, by_itself) = (json!({"type": "OnDelete"}), json!({"type": "RollingUpdate"}));
    if kind == WorkloadKind::DaemonSet || chance.percent(40) {
        return chance.pick(&[by_hand, by_itself.clone(), by_itself]);
    }
    let partition = chance.pick(&[0, 0, 1, 2, 5]);
    json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}})
}

fn image(component: &str, month: usize) -> String {
    format!("registry.example.test/{component}:2026.{month}.0")
}

pub fn container(workload: &str, month: usize) -> Value {
    json!({"name": workload, "image": image(workload, month)})
}
