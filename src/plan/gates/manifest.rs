//! What the tenant's own manifest says or breaks.

use crate::{
    api::{
        TenantInstanceSpec, Version,
        reason::Reason,
        tenant::{Holds, Management},
    },
    fleet::Tenant,
    plan::{
        consent::value::Declines,
        gates::{Case, contact::contacts, window::unknown_window},
        output::hold::{Gate, Hold},
        pass::Pass,
        target::{
            mapping::mapped,
            pin::{ceiling, pinned},
        },
    },
};

/// What the tenant's own manifest breaks, target or not: told at once.
pub fn manifest(pass: &Pass, spec: &TenantInstanceSpec, tenant: &Tenant, running: &Result<Version, Hold>) -> Vec<Hold> {
    let version = running.as_ref().err().cloned();
    let pin = spec
        .pin
        .as_ref()
        .and_then(|pin| pin.version.parse::<Version>().err())
        .map(|e| Hold::stalled(Gate::Pin, Reason::InvalidVersion, format!("spec.pin.version: {e}")));
    [unreadable_annotations(tenant), version, pin, contacts(pass, spec), unknown_window(pass, spec, tenant)]
        .into_iter()
        .flatten()
        .collect()
}

pub fn annotations(case: Case) -> Option<Hold> {
    unreadable_annotations(case.tenant)
}

/// An opt-out that cannot be read may be meant all the same: it holds the start until somebody corrects it.
fn unreadable_annotations(tenant: &Tenant) -> Option<Hold> {
    let said = [("uplift.dev/opt-out", &tenant.opt_out), ("uplift.dev/opt-in", &tenant.opt_in)];
    let (key, value) = said.into_iter().find_map(|(key, said)| {
        said.as_ref().filter(|said| Declines::parse(&said.value).is_none()).map(|said| (key, &said.value))
    })?;
    let message = format!(
        "{key}={value:?} is neither a day nor a version; write a day like \"2026-12-15\" or a version like \"2026.12.0\""
    );
    Some(Hold { holds: Holds::Start, ..Hold::stalled(Gate::Manifest, Reason::InvalidOptOut, message) })
}

pub fn management(case: Case) -> Option<Hold> {
    unmanaged(case.spec)
}

pub fn suspend(case: Case) -> Option<Hold> {
    suspended(case.spec)
}

/// What people say of the tenant as a whole, whatever is planned.
pub fn people(spec: &TenantInstanceSpec) -> impl Iterator<Item = Hold> {
    [unmanaged(spec), suspended(spec)].into_iter().flatten()
}

/// A pin is a ceiling until the first instant of its date in the window's zone (R6).
pub fn pin(case: Case) -> Option<Hold> {
    let ceiling = ceiling(case.pass, case.spec)?;
    (case.target()? > ceiling.version).then(|| pinned(&ceiling))
}

pub fn version(case: Case) -> Option<Hold> {
    case.running.as_ref().err().cloned()
}

/// The way from the running version may have changed since the slot was given.
pub fn route(case: Case) -> Option<Hold> {
    let (release, running) = (case.release()?, case.running.as_ref().ok()?);
    let legal = release.reachable_from(running) || running == release.version;
    let message = || format!("{} may not go straight to {}: its upgradesFrom does not allow it", running, release.version);
    (!legal).then(|| Hold::slot(Gate::Route, Reason::NoRoute, message()))
}

/// Every container that the manifest names must have an image in the release, and each workload at least one.
pub fn components(case: Case) -> Option<Hold> {
    let release = case.release()?;
    let has = |component: &str| release.spec.images.contains_key(component);
    case.spec.workloads.iter().find_map(|reference| {
        let mapped = mapped(reference, case.pass.workload(case.key, reference).ok()?, has);
        if mapped.is_empty() {
            let message = format!("no container of {reference} runs a component of release {}", case.upgrade.to);
            return Some(Hold::slot(Gate::Version, Reason::NoComponent, message));
        }
        let (_, unknown) = mapped.into_iter().find(|(_, component)| !has(component))?;
        let message = format!("release {} has no component {unknown:?}, which {reference} runs", case.upgrade.to);
        Some(Hold::slot(Gate::Version, Reason::UnknownComponent, message))
    })
}

pub fn unmanaged(spec: &TenantInstanceSpec) -> Option<Hold> {
    (spec.management == Management::Unmanaged)
        .then(|| Hold::slot(Gate::Management, Reason::Unmanaged, "spec.management is Unmanaged: seen and counted, never touched"))
}

pub fn suspended(spec: &TenantInstanceSpec) -> Option<Hold> {
    let suspend = spec.suspend.as_ref()?;
    let message = format!("suspended: {}; remove spec.suspend to go on", suspend.reason);
    Some(Hold::slot(Gate::Suspend, Reason::Suspended, message))
}
