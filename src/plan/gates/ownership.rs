//! Rule R23: what an upgrade of ours brought, and another hand put back.

use crate::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus, Version,
        reason::Reason,
        tenant::{HistoryEntry, Management, SlotResult, WorkloadRef},
    },
    fleet::{Container, Tenant, TenantKey, Workload},
    plan::{
        gates::Case,
        output::hold::{Gate, Hold},
        pass::Pass,
        record::history,
        target::{choice::retried, intent, mapping::mapped},
    },
};

/// What is planned from the version that was put back was asked for.
pub fn ownership(case: Case) -> Option<Hold> {
    let asked = case.with_slot().is_some() && case.running.as_ref().is_ok_and(|running| running.is(&case.upgrade.from));
    if asked {
        return None;
    }
    put_back(case.pass, case.key, case.tenant, case.spec, case.status, case.running)
}

/// R23: our last upgrade succeeded, and what runs now is less than it brought, or nothing that is known. To upgrade again would
/// only begin a quarrel with whoever put it back, at the customer's cost.
pub fn put_back(
    pass: &Pass,
    key: &TenantKey,
    tenant: &Tenant,
    spec: &TenantInstanceSpec,
    status: &TenantInstanceStatus,
    running: &Result<Version, Hold>,
) -> Option<Hold> {
    let brought = history::last_upgrade(status).filter(|last| last.result == SlotResult::Succeeded)?;
    let to: Version = brought.to.parse().ok()?;
    if spec.management == Management::Unmanaged || retried(tenant, brought) {
        return None;
    }
    let of_ours =
        || spec.workloads.iter().find_map(|reference| changed(pass.workload(key, reference).ok()?, status, &to, reference));
    let other = match running {
        Ok(running) if *running < to => of_ours().or_else(|| first_other(pass, key, spec, &to)),
        // A workload that is gone, or named twice, is another matter: nobody set another image.
        Err(hold) if matches!(hold.reason, Reason::UnknownVersion | Reason::MixedVersions) => of_ours(),
        _ => None,
    };
    other.map(|other| hold(brought, &other))
}

/// An image that is not the one that we set.
struct Other<'a> {
    workload: &'a WorkloadRef,
    container: &'a Container,
}

/// A container that our intent names, with another image than it says.
fn changed<'a>(
    workload: &'a Workload,
    status: &TenantInstanceStatus,
    to: &Version,
    reference: &'a WorkloadRef,
) -> Option<Other<'a>> {
    let intent = intent::known(status, workload).filter(|intent| to.is(&intent.to))?;
    let other = |c: &&Container| intent.images.get(&c.name).is_some_and(|set| *set != c.image);
    Some(Other { workload: reference, container: workload.containers.iter().find(other)? })
}

/// The same where our annotation is lost: the first container that does not run the image of the release.
fn first_other<'s, 'a: 's>(pass: &Pass<'a>, key: &TenantKey, spec: &'s TenantInstanceSpec, to: &Version) -> Option<Other<'s>> {
    let release = pass.channel(&spec.channel).iter().find(|release| release.version == to);
    let mut all = spec.workloads.iter().filter_map(|reference| Some((reference, pass.workload(key, reference).ok()?)));
    all.find_map(|(reference, workload)| {
        let images = release.map(|release| &release.spec.images);
        let runs = |c: &Container, component: &str| images.is_some_and(|images| images.get(component) == Some(&c.image));
        let mapped = mapped(reference, workload, |component| images.is_none_or(|images| images.contains_key(component)));
        let (container, _) = mapped.into_iter().find(|(container, component)| !runs(container, component))?;
        Some(Other { workload: reference, container })
    })
}

fn hold(brought: &HistoryEntry, other: &Other) -> Hold {
    let Container { name, image, image_manager, .. } = other.container;
    let by = image_manager.as_deref().filter(|by| !by.is_empty()).map(|by| format!(" by {by:?}")).unwrap_or_default();
    let message = format!(
        "the upgrade to {to} succeeded, and then container {name:?} of {workload} was set to {image}{by}; set the image of \
         {to} there, or annotate uplift.dev/retry={id} to go on from what runs now",
        to = brought.to,
        workload = other.workload,
        id = brought.id,
    );
    Hold::slot(Gate::Ownership, Reason::OwnershipConflict, message)
}
