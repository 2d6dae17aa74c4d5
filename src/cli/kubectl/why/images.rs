//! R23: who owns the images of a tenant, by `managedFields`.

use serde::Serialize;

use crate::fleet::{Fleet, TenantKey};

/// A container, its image, and who wrote that last.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SetBy {
    /// Kind and name.
    pub workload: String,
    /// The container.
    pub container: String,
    /// Its image.
    pub image: String,
    /// The field manager; none: it is not known.
    pub by: Option<String>,
}

/// Those that an upgrade changes: the manifest names them, or they are called like a component of a release.
pub fn of(fleet: &Fleet, key: &TenantKey) -> Vec<SetBy> {
    let Some(spec) = fleet.tenants.get(key).and_then(|tenant| tenant.spec.as_ref().ok()) else { return vec![] };
    let of_release = |name: &str| {
        let mut specs = fleet.releases.values().filter_map(|release| release.spec.as_ref().ok());
        specs.any(|release| release.images.contains_key(name))
    };
    let workloads = spec.workloads.iter().filter_map(|named| Some((named, fleet.workload(key, named)?)));
    let images = workloads.flat_map(|(named, workload)| {
        let counts = |name: &str| match &named.containers[..] {
            [] => of_release(name),
            listed => listed.iter().any(|one| one.name == name),
        };
        let containers: Vec<_> = workload.containers.iter().filter(|container| counts(&container.name)).collect();
        containers.into_iter().map(move |container| SetBy {
            workload: format!("{} {}", named.kind, named.name),
            container: container.name.clone(),
            image: container.image.clone(),
            by: container.image_manager.clone().filter(|by| !by.is_empty()),
        })
    });
    images.collect()
}
