//! Rule R6: the version that a tenant runs. Unknown and mixed versions are blockers, never a guess.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    api::{TenantInstanceSpec, TenantInstanceStatus, Version, reason::Reason, tenant::WorkloadRef},
    fleet::{TenantKey, Workload},
    plan::{
        output::hold::{Gate, Hold},
        pass::Pass,
        record::history,
        target::{intent, label, mapping::mapped},
    },
};

/// Whether a workload runs a higher version than this: to set this one would be a downgrade (I1).
pub fn above(
    pass: &Pass,
    status: &TenantInstanceStatus,
    reference: &WorkloadRef,
    workload: &Workload,
    version: &str,
) -> Option<Version> {
    let to: Version = version.parse().ok()?;
    lowest(pass, status, reference, workload).filter(|lowest| *lowest > to)
}

/// Whether a workload runs what nobody knows: a hotfix by hand, say. To set other images would destroy it (I1).
pub fn is_unknown(pass: &Pass, status: &TenantInstanceStatus, reference: &WorkloadRef, workload: &Workload) -> bool {
    versions(pass, status, reference, workload).is_empty()
}

/// Whether every workload may be said to run this version.
pub fn every_runs(pass: &Pass, key: &TenantKey, spec: &TenantInstanceSpec, status: &TenantInstanceStatus, version: &str) -> bool {
    let runs = |reference: &WorkloadRef| {
        let workload = pass.fleet.workload(key, reference)?;
        Some(versions(pass, status, reference, workload).iter().any(|known| known.is(version)))
    };
    !spec.workloads.is_empty() && spec.workloads.iter().all(|reference| runs(reference) == Some(true))
}

/// Below this nothing may be set (I1): the highest version that one of the workloads runs whatever is believed of shared images.
///
/// It reads what [`running`] reads, and not our annotation alone: that may be lost, or still be true of an image that an older
/// release has too.
pub fn floor(pass: &Pass, key: &TenantKey, spec: &TenantInstanceSpec, status: &TenantInstanceStatus) -> Option<Version> {
    let workload = |reference| Some((reference, pass.workload(key, reference).ok()?));
    let workloads = spec.workloads.iter().filter_map(workload);
    workloads.filter_map(|(reference, workload)| lowest(pass, status, reference, workload)).max()
}

fn lowest(pass: &Pass, status: &TenantInstanceStatus, reference: &WorkloadRef, workload: &Workload) -> Option<Version> {
    versions(pass, status, reference, workload).into_iter().min().map(Cow::into_owned)
}

/// The versions that a workload may be said to run, ascending.
type Versions<'a> = Vec<Cow<'a, Version>>;

/// The version that every workload of the tenant runs.
pub fn running(pass: &Pass, key: &TenantKey, spec: &TenantInstanceSpec, status: &TenantInstanceStatus) -> Result<Version, Hold> {
    let mut each = vec![];
    for reference in &spec.workloads {
        let workload = pass.workload(key, reference)?;
        let versions = versions(pass, status, reference, workload);
        if versions.is_empty() {
            return Err(unknown(pass, status, reference, workload));
        }
        each.push((workload, versions));
    }
    let common = |version: &Version| each.iter().all(|(_, versions)| versions.iter().any(|v| **v == *version));
    // Releases may share images: then what we set last, or said last, tells them apart, else the newest.
    let intended = each.iter().find_map(|(workload, _)| intent_version(status, workload)).filter(common);
    let known = || status.version.as_deref()?.parse().ok().filter(common);
    let newest = || each.first()?.1.iter().rev().find(|version| common(version)).map(|version| version.clone().into_owned());
    let version = intended.or_else(known).or_else(newest).or_else(|| left_by_failure(status, &each));
    version.ok_or_else(|| mixed(pass, key, spec, status))
}

/// Mixed versions that our own last failed upgrade left behind: the tenant counts as not upgraded.
fn left_by_failure(status: &TenantInstanceStatus, each: &[(&Workload, Versions)]) -> Option<Version> {
    let last = history::last_upgrade(status).filter(|last| last.result.is_failure())?;
    let (from, to): (Version, Version) = (last.from.parse().ok()?, last.to.parse().ok()?);
    each.iter().all(|(_, versions)| versions.iter().any(|v| **v == from || **v == to)).then_some(from)
}

/// Those of the releases whose images it runs, else that of our intent, else its label.
fn versions<'a>(pass: &Pass<'a>, status: &TenantInstanceStatus, reference: &WorkloadRef, workload: &Workload) -> Versions<'a> {
    let mut versions = by_images(pass, reference, workload);
    if versions.is_empty() {
        // A manifest that names a container that is not there says nothing of what runs: no label makes up for it.
        if reference.containers.iter().any(|r| workload.containers.iter().all(|c| c.name != r.name)) {
            return vec![];
        }
        let label = || label::believed(pass, status, reference, workload);
        return intent_version(status, workload).or_else(label).map(Cow::Owned).into_iter().collect();
    }
    versions.sort();
    versions.dedup();
    versions
}

/// Those of the releases whose images it runs.
fn by_images<'a>(pass: &Pass<'a>, reference: &WorkloadRef, workload: &Workload) -> Versions<'a> {
    let runs = |images: &BTreeMap<String, String>| {
        let mapped = mapped(reference, workload, |component| images.contains_key(component));
        !mapped.is_empty() && mapped.iter().all(|(container, component)| images.get(*component) == Some(&container.image))
    };
    let known = pass.with_image(workload.containers.iter().map(|c| c.image.as_str()));
    known.iter().filter(|r| runs(r.images)).map(|r| Cow::Borrowed(r.version)).collect()
}

/// Whether a workload runs the images of this version, by its release or by what we set: that a label says so is not enough (I6).
pub fn runs_images(
    pass: &Pass,
    status: &TenantInstanceStatus,
    reference: &WorkloadRef,
    workload: &Workload,
    version: &str,
) -> bool {
    let set = || intent_version(status, workload).is_some_and(|v| v.is(version));
    is_made_of(pass, reference, workload, version) || set()
}

/// Whether a workload runs the images of a release of this version.
pub fn is_made_of(pass: &Pass, reference: &WorkloadRef, workload: &Workload, version: &str) -> bool {
    by_images(pass, reference, workload).iter().any(|v| v.is(version))
}

/// The version of our intent, while its images still run, and where the status knows it.
fn intent_version(status: &TenantInstanceStatus, workload: &Workload) -> Option<Version> {
    let intent = intent::known(status, workload)?;
    let runs = |name: &str, image: &str| workload.containers.iter().any(|c| c.name == name && c.image == image);
    let still = !intent.images.is_empty() && intent.images.iter().all(|(name, image)| runs(name, image));
    still.then(|| intent.to.parse().ok())?
}

fn unknown(pass: &Pass, status: &TenantInstanceStatus, reference: &WorkloadRef, workload: &Workload) -> Hold {
    let known = |component: &str| pass.releases().any(|r| r.spec.images.contains_key(component));
    if let Some(missing) = reference.containers.iter().find(|r| workload.containers.iter().all(|c| c.name != r.name)) {
        let message = format!("{reference} has no container {:?}; correct spec.workloads[].containers", missing.name);
        return Hold::stalled(Gate::Version, Reason::ContainerMissing, message);
    }
    if let Some(unknown) = reference.containers.iter().find(|r| !known(&r.component)) {
        let component = &unknown.component;
        let message = format!(
            "no DashboardRelease has a component {component:?}; correct spec.workloads[].containers of {:?}",
            reference.name
        );
        return Hold::stalled(Gate::Version, Reason::UnknownComponent, message);
    }
    if mapped(reference, workload, known).is_empty() {
        let message = format!(
            "no container of {reference} is called like a component of a release; name them in spec.workloads[].containers"
        );
        return Hold::stalled(Gate::Version, Reason::NoComponent, message);
    }
    let images: Vec<_> = workload.containers.iter().map(|c| format!("{}={}", c.name, c.image)).collect();
    let message = format!(
        "no DashboardRelease knows the images of {reference} ({}); {}",
        images.join(", "),
        label::how_to_say(pass, status, reference, workload)
    );
    // Mended elsewhere than in this manifest, so it is not stalled (kstatus).
    Hold::slot(Gate::Version, Reason::UnknownVersion, message)
}

fn mixed(pass: &Pass, key: &TenantKey, spec: &TenantInstanceSpec, status: &TenantInstanceStatus) -> Hold {
    let one = |reference: &WorkloadRef| {
        let versions = pass.workload(key, reference).map(|w| versions(pass, status, reference, w)).unwrap_or_default();
        format!("{} runs {}", reference.name, versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "))
    };
    let each: Vec<_> = spec.workloads.iter().map(one).collect();
    let message = format!("the workloads run different versions ({}); bring them to one version", each.join(", "));
    Hold::slot(Gate::Version, Reason::MixedVersions, message)
}
