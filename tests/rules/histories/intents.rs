//! R23 at the end of a run: our annotation on a workload that names an upgrade which the tenant never had is told and believed by nobody,
//! and so is told who sets the images before the first upgrade.

use serde_json::Value;
use uplift::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus, annotations, condition,
        reason::Reason,
        tenant::{Management, SlotResult, WorkloadRef},
        upgrade_id::UpgradeId,
    },
    fleet::{ObjectKey, TenantKey, WorkloadKey},
    simulate::world::{Object, Workload, World},
};

/// How many entries a history keeps: an upgrade may have fallen off a full one.
const FULL: usize = 20;
const TOOLS: [&str; 3] = ["kustomize-controller", "argocd-controller", "helm"];

pub fn judge(world: &World) -> Vec<String> {
    world.objects().filter_map(|object| of_tenant(world, object)).flatten().collect()
}

fn of_tenant(world: &World, object: &Object) -> Option<Vec<String>> {
    let (ObjectKey::Tenant(key), Some((spec, status))) = (&object.key, object.tenant()) else { return None };
    let claimed_twice = status.blockers.iter().any(|blocker| blocker.reason == Reason::WorkloadClaimedTwice);
    let in_flight = status.upgrade.as_ref().is_some_and(|up| up.started_at.is_some());
    if claimed_twice || in_flight {
        return None;
    }
    let found = |reference| Some((reference, world.get(&workload(key, reference))?));
    let workloads: Vec<_> = spec.workloads.iter().filter_map(found).collect();
    Some([intents(world, key, status, &workloads), tools(world, key, spec, status, &workloads)].into_iter().flatten().collect())
}

fn workload(key: &TenantKey, reference: &WorkloadRef) -> ObjectKey {
    ObjectKey::Workload(WorkloadKey::new(reference.kind, &key.namespace, &reference.name))
}

type Workloads<'w> = [(&'w WorkloadRef, &'w std::sync::Arc<Object>)];

fn intents(world: &World, key: &TenantKey, status: &TenantInstanceStatus, workloads: &Workloads) -> Option<String> {
    let foreign: Vec<_> = workloads.iter().filter_map(|(_, object)| foreign(status, object).map(|to| (&***object, to))).collect();
    let says = condition::is_true(&status.conditions, condition::FOREIGN_INTENT);
    if says == foreign.is_empty() && status.history.len() < FULL {
        let what = if says {
            "says that an annotation is foreign, and none is"
        } else {
            "carries a foreign annotation, and nothing says so"
        };
        return Some(format!("R23 at the end: {key} {what}"));
    }
    let version = status.version.as_ref()?;
    let believed = |(object, to): &&(&Object, String)| to == version && !otherwise(world, status, object, version);
    let (object, _) = foreign.iter().find(believed)?;
    Some(format!("R23 at the end: {key} is said to run {version}, and only a foreign annotation of {} says so", object.key))
}

/// What an annotation says that names no upgrade of this tenant; nothing where it cannot be read.
fn foreign(status: &TenantInstanceStatus, workload: &Object) -> Option<String> {
    let text = workload.annotation(annotations::INTENT)?;
    let said: Value = serde_json::from_str(text).unwrap_or_default();
    let stem = |id: &UpgradeId| id.to_string().rsplit_once('-').map(|(stem, _)| stem.to_owned()).unwrap_or(id.to_string());
    let planned = status.upgrade.as_ref().and_then(|up| up.id.as_ref());
    let mut known = planned.into_iter().chain(status.history.iter().map(|entry| &entry.id));
    let ours = said["id"].as_str().is_some_and(|id| known.any(|known| stem(known) == stem(&id.into())));
    (!ours).then(|| said["to"].as_str().unwrap_or_default().to_owned())
}

/// Whether something else says so: a release with an image that runs there, the label, or what a failure of ours left.
fn otherwise(world: &World, status: &TenantInstanceStatus, workload: &Object, version: &str) -> bool {
    let images: Vec<_> = workload.workload().map(Workload::containers).unwrap_or_default().into_iter().map(|c| c.image).collect();
    let mut releases = world.objects().filter_map(|object| object.release());
    let of_release =
        releases.any(|(spec, _)| spec.version == version && spec.images.values().any(|image| images.contains(image)));
    let label = workload.labels.get(annotations::VERSION_LABEL).is_some_and(|label| label == version);
    let left = status.history.iter().any(|entry| entry.result.is_failure() && entry.from == version);
    of_release || label || left || status.history.len() >= FULL
}

/// A tool that wrote every container of a workload is told of until an upgrade has succeeded, and never afterwards.
fn tools(
    world: &World,
    key: &TenantKey,
    spec: &TenantInstanceSpec,
    status: &TenantInstanceStatus,
    workloads: &Workloads,
) -> Option<String> {
    let succeeded = status.history.iter().any(|entry| entry.result == SlotResult::Succeeded);
    let counts = spec.management == Management::Managed && !succeeded;
    let by_tool = |object: &Object, all: bool| {
        let managers = object.workload().map(Workload::containers).unwrap_or_default();
        let mut tools = managers.iter().map(|c| c.image_manager.as_deref().is_some_and(|by| TOOLS.contains(&by)));
        if all { tools.all(|is| is) } else { tools.any(|is| is) }
    };
    let some = counts && workloads.iter().any(|(_, object)| by_tool(object, false));
    // An upgrade changes what a release has an image for: without one nothing is at stake.
    let at_stake = |object: &Object| {
        let names: Vec<_> = object.workload().map(Workload::containers).unwrap_or_default().into_iter().map(|c| c.name).collect();
        let mut releases = world.objects().filter_map(|object| object.release());
        releases.any(|(spec, _)| names.iter().any(|name| spec.images.contains_key(name.as_str())))
    };
    let told = |(reference, object): &(&WorkloadRef, &std::sync::Arc<Object>)| {
        reference.containers.is_empty() && by_tool(object, true) && at_stake(object)
    };
    let certain = counts && workloads.iter().any(told);
    match condition::is_true(&status.conditions, condition::IMAGES_SET_ELSEWHERE) {
        true if !some => Some(format!("R23 at the end: {key} warns of a tool that sets no image")),
        false if certain => Some(format!("R23 at the end: a tool sets the images of {key}, and nothing warns of it")),
        _ => None,
    }
}
