//! Objects of any kind in the facts, by their keys.

use std::{cmp::Ordering, collections::BTreeSet};

use crate::{
    api::tenant::WorkloadKind,
    fleet::{Fleet, Meta, ObjectKey, View},
};

/// The order of two resourceVersions of one kind; none where they are no numbers.
fn order(a: &str, b: &str) -> Option<Ordering> {
    Some(a.parse::<u64>().ok()?.cmp(&b.parse::<u64>().ok()?))
}

/// Whether the second is newer than the first. What can't be compared is taken in the order of arrival.
pub(super) fn newer(known: &Meta, seen: &Meta) -> bool {
    matches!(order(&known.resource_version, &seen.resource_version), None | Some(Ordering::Less))
}

/// Whether what is known is at least as new as this resourceVersion. What can't be compared is taken to be.
pub(super) fn reached(known: &Meta, resource_version: &str) -> bool {
    order(&known.resource_version, resource_version) != Some(Ordering::Less)
}

/// What is known of it.
pub fn row<'a>(fleet: &'a Fleet, key: &ObjectKey) -> Option<&'a Meta> {
    match key {
        ObjectKey::Release(key) => fleet.releases.get(key).map(|facts| &facts.meta),
        ObjectKey::Window(key) => fleet.windows.get(key).map(|facts| &facts.meta),
        ObjectKey::Product(key) => fleet.products.get(key).map(|facts| &facts.meta),
        ObjectKey::Tenant(key) => fleet.tenants.get(key).map(|facts| &facts.meta),
        ObjectKey::Trial(key) => fleet.trials.get(key).map(|facts| &facts.meta),
        ObjectKey::Workload(key) => fleet.workloads.get(key).map(|facts| &facts.meta),
        ObjectKey::Template(key) => fleet.templates.get(key).map(|facts| &facts.meta),
        ObjectKey::Job(key) => fleet.jobs.get(key).map(|facts| &facts.meta),
    }
}

/// Forgets it; of a tenant or a trial that is remembered until the next plan.
pub(super) fn remove(fleet: &mut Fleet, key: &ObjectKey) {
    match key {
        ObjectKey::Release(key) => drop(fleet.releases.remove(key)),
        ObjectKey::Window(key) => drop(fleet.windows.remove(key)),
        ObjectKey::Product(key) => drop(fleet.products.remove(key)),
        ObjectKey::Tenant(key) => {
            fleet.asking.remove(key);
            if let Some(tenant) = fleet.tenants.remove(key) {
                fleet.deleted.insert(key.clone(), tenant);
            }
        }
        ObjectKey::Trial(key) => {
            if let Some(trial) = fleet.trials.remove(key) {
                fleet.deleted_trials.insert(key.clone(), trial);
            }
        }
        ObjectKey::Workload(key) => {
            fleet.set_by_trials.remove(key);
            fleet.workloads.remove(key);
        }
        ObjectKey::Template(key) => drop(fleet.templates.remove(key)),
        ObjectKey::Job(key) => drop(fleet.jobs.remove(key)),
    }
}

/// Gives room back that a list took: of those kinds only that there are thousands of.
pub(super) fn compact(fleet: &mut Fleet, view: View) {
    match view {
        View::Tenants => fleet.tenants.compact(),
        View::Deployments | View::StatefulSets | View::DaemonSets => fleet.workloads.compact(),
        View::Releases | View::Windows | View::Products | View::Trials | View::Templates | View::Jobs => {}
    }
}

/// Every object of this kind.
pub(super) fn keys(fleet: &Fleet, view: View) -> BTreeSet<ObjectKey> {
    match view {
        View::Releases => fleet.releases.keys().cloned().map(ObjectKey::Release).collect(),
        View::Windows => fleet.windows.keys().cloned().map(ObjectKey::Window).collect(),
        View::Products => fleet.products.keys().cloned().map(ObjectKey::Product).collect(),
        View::Tenants => fleet.tenants.keys().cloned().map(ObjectKey::Tenant).collect(),
        View::Trials => fleet.trials.keys().cloned().map(ObjectKey::Trial).collect(),
        View::Deployments => workloads(fleet, WorkloadKind::Deployment),
        View::StatefulSets => workloads(fleet, WorkloadKind::StatefulSet),
        View::DaemonSets => workloads(fleet, WorkloadKind::DaemonSet),
        View::Templates => fleet.templates.keys().cloned().map(ObjectKey::Template).collect(),
        View::Jobs => fleet.jobs.keys().cloned().map(ObjectKey::Job).collect(),
    }
}

fn workloads(fleet: &Fleet, kind: WorkloadKind) -> BTreeSet<ObjectKey> {
    fleet.workloads.keys().filter(|key| key.kind == kind).cloned().map(ObjectKey::Workload).collect()
}
