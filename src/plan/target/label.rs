//! Rule R6: the label of a version, believed where nothing that is known contradicts it. Charts often set it once, and nobody moves it.

use std::iter;

use crate::{
    api::{TenantInstanceStatus, Version, tenant::WorkloadRef},
    fleet::{Container, Workload},
    plan::{
        pass::{Pass, qualified::Qualified},
        record::history,
        target::mapping::mapped,
    },
};

/// What is known that a label contradicts.
enum Contradiction<'w> {
    /// The tenant ran a higher version before.
    Ran(Version),
    /// A container runs what is of other releases only.
    Image(&'w Container),
}

/// The version that it says.
pub fn believed(pass: &Pass, status: &TenantInstanceStatus, reference: &WorkloadRef, workload: &Workload) -> Option<Version> {
    let label = said(workload)?;
    contradiction(pass, status, reference, workload, &label).is_none().then_some(label)
}

/// What to do where the version is unknown.
pub fn how_to_say(pass: &Pass, status: &TenantInstanceStatus, reference: &WorkloadRef, workload: &Workload) -> String {
    let label = said(workload);
    let because = label.as_ref().and_then(|label| contradiction(pass, status, reference, workload, label));
    let (Some(label), Some(because)) = (label, because) else {
        return format!("create the release, or label the {} app.kubernetes.io/version", reference.kind);
    };
    let label = format!("its label app.kubernetes.io/version={label}");
    match because {
        Contradiction::Ran(reached) => {
            format!("{label} is below {reached}, which ran before: create the release, or correct the label")
        }
        Contradiction::Image(Container { name, image, .. }) => format!(
            "{label} does not fit container {name:?}, whose image {image} other releases have: correct the label, the image or spec.workloads[].containers"
        ),
    }
}

fn said(workload: &Workload) -> Option<Version> {
    workload.version_label.as_deref()?.parse().ok()
}

fn contradiction<'w>(
    pass: &Pass,
    status: &TenantInstanceStatus,
    reference: &'w WorkloadRef,
    workload: &'w Workload,
    label: &Version,
) -> Option<Contradiction<'w>> {
    let ran = reached(status).filter(|reached| label < reached).map(Contradiction::Ran);
    ran.or_else(|| other_image(pass, reference, workload, label).map(Contradiction::Image))
}

/// The highest version that the tenant is known to have run: as was said last, or as our last success brought it.
fn reached(status: &TenantInstanceStatus) -> Option<Version> {
    let said = [status.version.as_deref(), status.last_known_version.as_deref()];
    let brought = history::last_success(status).map(|entry| entry.to.as_str());
    said.into_iter().flatten().chain(brought).filter_map(|version| version.parse().ok()).max()
}

/// A container with an image of other releases, where every release of the version has one of its own for it.
///
/// A hotfix is not that: no release knows its image, and the label is there to say what it is.
fn other_image<'w>(pass: &Pass, reference: &'w WorkloadRef, workload: &'w Workload, version: &Version) -> Option<&'w Container> {
    let mut of_it = pass.releases().filter(|release| release.version == version);
    let first = foreign(pass, reference, workload, of_it.next()?);
    first.filter(|_| of_it.all(|release| foreign(pass, reference, workload, release).is_some()))
}

fn foreign<'w>(pass: &Pass, reference: &'w WorkloadRef, workload: &'w Workload, release: &Qualified) -> Option<&'w Container> {
    let images = &release.spec.images;
    let known = |image: &str| !pass.with_image(iter::once(image)).is_empty();
    let foreign = |image: &String| !images.values().any(|own| own == image) && known(image);
    let mapped = mapped(reference, workload, |component| images.contains_key(component));
    let mut goes_to = mapped.into_iter().filter(|(_, component)| images.contains_key(*component));
    goes_to.find(|(container, _)| foreign(&container.image)).map(|(container, _)| container)
}
