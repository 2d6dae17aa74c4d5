//! Rule R6: the version that a tenant runs. Unknown and mixed versions are blockers, never a guess.

use std::collections::BTreeSet;

use super::{
    gates::{Gate, Hold},
    pass::Pass,
};
use crate::{
    api::{
        TenantInstanceSpec, Version, reasons,
        tenant::{Holds, WorkloadRef},
    },
    fleet::{Container, TenantKey, Workload},
};

/// The containers of a workload that a release's images go to: container and component.
pub fn mapped<'w>(
    reference: &'w WorkloadRef,
    workload: &'w Workload,
    has: impl Fn(&str) -> bool,
) -> Vec<(&'w Container, &'w str)> {
    if reference.containers.is_empty() {
        return workload.containers.iter().filter(|c| has(&c.name)).map(|c| (c, c.name.as_str())).collect();
    }
    let named = |name: &str| workload.containers.iter().find(|c| c.name == name);
    reference.containers.iter().filter_map(|r| Some((named(&r.name)?, r.component.as_str()))).collect()
}

/// The version that every workload of the tenant runs.
pub fn running(pass: &Pass, key: &TenantKey, spec: &TenantInstanceSpec, known: Option<&str>) -> Result<Version, Hold> {
    let mut common: Option<BTreeSet<Version>> = None;
    let mut intended = None;
    for reference in &spec.workloads {
        let workload = pass.workload(key, reference)?;
        let versions = versions(pass, reference, workload);
        if versions.is_empty() {
            return Err(unknown(pass, reference, workload));
        }
        intended = intended.or_else(|| intent_version(workload));
        common = Some(match common {
            None => versions,
            Some(before) => before.intersection(&versions).cloned().collect(),
        });
    }
    let common = common.unwrap_or_default();
    let known = known.and_then(|text| text.parse().ok());
    // Releases may share images: then what we set last, or said last, tells them apart, else the newest.
    let told_apart = [intended, known].into_iter().flatten().find(|version| common.contains(version));
    told_apart.or_else(|| common.last().cloned()).ok_or_else(|| mixed(pass, key, spec))
}

/// The versions that a workload may be said to run: those of the releases whose images it runs, else of our intent, else its label.
fn versions(pass: &Pass, reference: &WorkloadRef, workload: &Workload) -> BTreeSet<Version> {
    let runs = |images: &std::collections::BTreeMap<String, String>| {
        let mapped = mapped(reference, workload, |component| images.contains_key(component));
        !mapped.is_empty() && mapped.iter().all(|(container, component)| images.get(*component) == Some(&container.image))
    };
    let by_release: BTreeSet<_> = pass.releases().filter(|r| runs(&r.spec.images)).map(|r| r.version.clone()).collect();
    if !by_release.is_empty() {
        return by_release;
    }
    let label = || workload.version_label.as_deref().and_then(|label| label.parse().ok());
    intent_version(workload).or_else(label).into_iter().collect()
}

/// The version of our intent, while its images still run.
fn intent_version(workload: &Workload) -> Option<Version> {
    let intent = workload.intent.as_ref()?.as_ref().ok()?;
    let runs = |name: &str, image: &str| workload.containers.iter().any(|c| c.name == name && c.image == image);
    let still = !intent.images.is_empty() && intent.images.iter().all(|(name, image)| runs(name, image));
    still.then(|| intent.to.parse().ok())?
}

fn unknown(pass: &Pass, reference: &WorkloadRef, workload: &Workload) -> Hold {
    let name = &reference.name;
    let known = |component: &str| pass.releases().any(|r| r.spec.images.contains_key(component));
    if let Some(missing) = reference.containers.iter().find(|r| workload.containers.iter().all(|c| c.name != r.name)) {
        let message = format!("Deployment {name:?} has no container {:?}; correct spec.workloads[].containers", missing.name);
        return Hold::stalled(Gate::Version, reasons::CONTAINER_MISSING, message);
    }
    if let Some(unknown) = reference.containers.iter().find(|r| !known(&r.component)) {
        let component = &unknown.component;
        let message =
            format!("no DashboardRelease has a component {component:?}; correct spec.workloads[].containers of {name:?}");
        return Hold::stalled(Gate::Version, reasons::UNKNOWN_COMPONENT, message);
    }
    if mapped(reference, workload, known).is_empty() {
        let message = format!(
            "no container of Deployment {name:?} is called like a component of a release; name them in spec.workloads[].containers"
        );
        return Hold::stalled(Gate::Version, reasons::NO_COMPONENT, message);
    }
    let images: Vec<_> = workload.containers.iter().map(|c| format!("{}={}", c.name, c.image)).collect();
    let message = format!(
        "no DashboardRelease knows the images of Deployment {name:?} ({}); create the release, or label the Deployment app.kubernetes.io/version",
        images.join(", ")
    );
    Hold::stalled(Gate::Version, reasons::UNKNOWN_VERSION, message)
}

fn mixed(pass: &Pass, key: &TenantKey, spec: &TenantInstanceSpec) -> Hold {
    let one = |reference: &WorkloadRef| {
        let versions = pass.workload(key, reference).map(|w| versions(pass, reference, w)).unwrap_or_default();
        format!("{} runs {}", reference.name, versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "))
    };
    let each: Vec<_> = spec.workloads.iter().map(one).collect();
    let message = format!("the workloads run different versions ({}); bring them to one version", each.join(", "));
    Hold { holds: Holds::Slot, ..Hold::stalled(Gate::Version, reasons::MIXED_VERSIONS, message) }
}
