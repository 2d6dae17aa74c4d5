//! I4: the operator writes only images, its one intent annotation, its own statuses, its own Jobs, Events and Lease. Nothing on a
//! tenant's object makes it read, write or call anything outside that tenant's namespace and contacts.

use serde_json::Value;

use super::{
    Evidence, Verdict, Version,
    evidence::OPERATOR,
    facts::{about, intent, list, text},
};

/// What it may read: its kinds, the workloads, and whether the stamping policies are there.
const READS: [&str; 8] = [
    "dashboardreleases",
    "upgradewindows",
    "tenantinstances",
    "deployments",
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
];

pub fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    for request in &evidence.requests {
        verdict.note("I4", (!allowed(request)).then(|| format!("the operator asked for {}", name(request))));
    }
    for version in evidence.versions.iter().filter(|version| version.by == OPERATOR && version.kind != "events") {
        let (old, new) = (rest(evidence.before(version), &version.kind), rest(&version.object, &version.kind));
        verdict.note("I4", (old != new).then(|| format!("{}: more than the operator's own was changed", about(version))));
    }
    for change in evidence.written("deployments") {
        verdict.note("I4", (!is_of_a_tenant(evidence, change)).then(|| format!("{} is no tenant's workload", about(change))));
    }
    for delivery in &evidence.deliveries {
        let (namespace, tenant) = (text(&delivery.data["namespace"]), text(&delivery.data["tenant"]));
        let own = has_contact(evidence, &format!("{namespace}/{tenant}"), &delivery.path);
        verdict.note(
            "I4",
            (!own).then(|| format!("a notice of {namespace}/{tenant} went to {}, which is no contact of it", delivery.path)),
        );
    }
}

/// By verb, kind and subresource. Refused requests count too: it should not even ask.
fn allowed(request: &Value) -> bool {
    let target = &request["objectRef"];
    let (kind, part) = (text(&target["resource"]), text(&target["subresource"]));
    let own_kind = READS[..3].contains(&kind);
    match text(&request["verb"]) {
        "get" | "list" | "watch" => READS.contains(&kind) || kind.is_empty(),
        "patch" => part.is_empty() && matches!(kind, "deployments" | "events" | "leases"),
        "create" => part.is_empty() && matches!(kind, "events" | "leases"),
        "update" => (own_kind && part == "status") || kind == "leases",
        _ => false,
    }
}

fn name(request: &Value) -> String {
    let target = &request["objectRef"];
    let [verb, kind, part, space, name] =
        [&request["verb"], &target["resource"], &target["subresource"], &target["namespace"], &target["name"]].map(text);
    format!("{verb} {kind}/{part} {space}/{name}")
}

/// An object without what the operator may change, and without what the API server counts.
fn rest(object: &Value, kind: &str) -> Value {
    let mut rest = object.clone();
    if let Some(meta) = rest["metadata"].as_object_mut() {
        for counted in ["managedFields", "resourceVersion", "generation"] {
            meta.remove(counted);
        }
    }
    if kind != "deployments" {
        if let Some(object) = rest.as_object_mut() {
            object.remove("status");
        }
        return rest;
    }
    if let Some(notes) = rest["metadata"]["annotations"].as_object_mut() {
        notes.remove("uplift.dev/intent");
    }
    for containers in ["containers", "initContainers"] {
        for container in rest["spec"]["template"]["spec"][containers].as_array_mut().into_iter().flatten() {
            container["image"] = Value::Null;
        }
    }
    without_empty_notes(rest)
}

/// The first annotation makes the map: that it was missing before is no difference. A status that a controller wrote in between is
/// part of the version before, so it is equal on both sides.
fn without_empty_notes(mut object: Value) -> Value {
    if let Some(meta) = object["metadata"].as_object_mut()
        && meta.get("annotations").is_none_or(|notes| notes.as_object().is_none_or(serde_json::Map::is_empty))
    {
        meta.remove("annotations");
    }
    object
}

/// A tenant of the same namespace lists it, and its upgrade is the one that the intent names.
fn is_of_a_tenant(evidence: &Evidence, change: &Version) -> bool {
    let (meta, id) = (&change.object["metadata"], intent(&change.object)["id"].clone());
    let tenants = evidence.versions.iter().filter(|v| v.kind == "tenantinstances" && v.revision < change.revision);
    let mut here = tenants.map(|v| &v.object).filter(|tenant| tenant["metadata"]["namespace"] == meta["namespace"]);
    here.any(|t| t["status"]["upgrade"]["id"] == id && list(&t["spec"]["workloads"]).iter().any(|w| w["name"] == meta["name"]))
}

fn has_contact(evidence: &Evidence, tenant: &str, path: &str) -> bool {
    let versions = evidence.versions.iter().filter(|v| v.kind == "tenantinstances" && v.name == tenant);
    let mut contacts = versions.flat_map(|v| list(&v.object["spec"]["contacts"]));
    contacts.any(|contact| text(&contact["webhook"]).ends_with(path))
}
