//! I4: the operator writes only images, its one intent annotation, its own statuses, its own Jobs, Events and Lease. Nothing on a
//! tenant's object makes it read, write or call anything outside that tenant's namespace and contacts (whom it tells: `i8_notices`).

use std::sync::Arc;

use serde_json::Value;

use super::{
    evidence::{Record, What},
    object::{Kind, Object},
    past::Past,
    read::{list, text},
    verdict::Verdict,
};

/// What it may read: its kinds, the workloads, Jobs with their templates and pods, its Lease, and whether the stamping policies are there.
const READS: [&str; 16] = [
    "dashboardreleases",
    "upgradewindows",
    "tenantinstances",
    "softwareproducts",
    "upgradetrials",
    "deployments",
    "statefulsets",
    "daemonsets",
    "cronjobs",
    "jobs",
    "leases",
    "pods",
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
];

/// What it may patch.
const WORKLOADS: [&str; 3] = ["deployments", "statefulsets", "daemonsets"];

pub fn judge(past: &Past, record: &Record, verdict: &mut Verdict) {
    match &record.what {
        What::Request(request) => {
            verdict.note("I4", (!allowed(request)).then(|| format!("the operator asked for {}", name(request))));
        }
        What::Write(before, after) => {
            let own = match before {
                None => after.kind == Kind::Job && own_job(past, after),
                Some(before) => only_ours(before, after, is_of_a_trial(past, after)),
            };
            verdict.note("I4", (!own).then(|| format!("{after}: more than the operator's own was changed")));
            if after.kind == Kind::Workload {
                let named = [Kind::Tenant, Kind::Trial].into_iter().any(|kind| past.ever(kind).any(|owner| owner.names(after)));
                verdict.note("I4", (!named).then(|| format!("{after} is neither a tenant's workload nor a trial's")));
            }
        }
        _ => {}
    }
}

/// A Job is made with its label, by one owner of ours, in the tenant's namespace or where releases are tested.
fn own_job(past: &Past, job: &Object) -> bool {
    let [owner] = list(&job.metadata["ownerReferences"]) else { return false };
    let ours = text(&owner["apiVersion"]).starts_with("uplift.dev/");
    let here = |tenant: &Object| tenant.uid == text(&owner["uid"]) && tenant.namespace() == job.namespace();
    let fits = match text(&owner["kind"]) {
        "TenantInstance" => past.ever(Kind::Tenant).any(here),
        "UpgradeTrial" => past.ever(Kind::Trial).any(here),
        "DashboardRelease" => job.namespace() == "uplift-acceptance",
        _ => false,
    };
    ours && fits && job.metadata["labels"]["app.kubernetes.io/managed-by"] == "uplift"
}

/// By verb, kind and subresource. Refused requests count too: it should not even ask.
fn allowed(request: &Value) -> bool {
    let target = &request["objectRef"];
    let (kind, part) = (text(&target["resource"]), text(&target["subresource"]));
    let own_kind = READS[..5].contains(&kind);
    match text(&request["verb"]) {
        "get" | "list" | "watch" => READS.contains(&kind) || kind.is_empty(),
        "patch" => part.is_empty() && (WORKLOADS.contains(&kind) || matches!(kind, "events" | "leases")),
        "create" => part.is_empty() && matches!(kind, "events" | "leases" | "jobs"),
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

/// Whether a write touched nothing but its status, or the images and the one annotation. A status that a controller wrote in between
/// is part of the version before.
/// A trial names it, and no tenant ever did: only there replicas are the operator's.
fn is_of_a_trial(past: &Past, workload: &Object) -> bool {
    let named = |kind| past.ever(kind).any(|owner: &Object| owner.names(workload));
    workload.kind == Kind::Workload && named(Kind::Trial) && !named(Kind::Tenant)
}

fn only_ours(before: &Object, after: &Object, of_a_trial: bool) -> bool {
    let same = |a: &Arc<Value>, b: &Arc<Value>, own: fn(&mut Value)| {
        let without = |value: &Value| {
            let mut value = value.clone();
            own(&mut value);
            value
        };
        Arc::ptr_eq(a, b) || a == b || without(a) == without(b)
    };
    let [notes, images]: [fn(&mut Value); 2] = match after.kind {
        Kind::Workload if of_a_trial => [without_intent, without_images_and_replicas],
        Kind::Workload => [without_intent, without_images],
        _ => [|_| (), |_| ()],
    };
    let counted = after.kind == Kind::Workload || before.generation == after.generation;
    counted
        && before.uid == after.uid
        && same(&before.metadata, &after.metadata, notes)
        && same(&before.spec, &after.spec, images)
}

fn without_images_and_replicas(spec: &mut Value) {
    without_images(spec);
    spec.as_object_mut().map(|spec| spec.remove("replicas"));
}

/// The first annotation makes the map: that it was missing before is no difference. The API server counts a DaemonSet's templates in
/// one of its own.
fn without_intent(metadata: &mut Value) {
    let Some(metadata) = metadata.as_object_mut() else { return };
    let notes = metadata.get_mut("annotations").and_then(Value::as_object_mut);
    let none = notes.is_none_or(|notes| {
        notes.remove("uplift.dev/intent");
        notes.remove("deprecated.daemonset.template.generation");
        notes.is_empty()
    });
    if none {
        metadata.remove("annotations");
    }
}

fn without_images(spec: &mut Value) {
    for list in ["containers", "initContainers"] {
        for container in spec["template"]["spec"][list].as_array_mut().into_iter().flatten() {
            container["image"] = Value::Null;
        }
    }
}
