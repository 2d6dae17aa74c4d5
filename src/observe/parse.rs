//! From the JSON text of one object to the facts of it.
//!
//! The text comes from a list, from a watch or from the answer to a write. A spec or a status that does not parse is a finding in
//! the facts; only an object without an identity is an error.

use jiff::Timestamp;

use super::{
    Observation, job,
    object::{MESSAGE, Object, Unreadable, shorten},
    tenant, workload,
};
use crate::{
    api::{UpgradeWindowSpec, annotations, tenant::WorkloadKind},
    clock::Clock,
    fleet::{ObjectKey, Product, Release, Tenant, TenantKey, Trial, TrialKey, Window, Workload, WorkloadKey},
};

/// A `DashboardRelease` and its name.
pub fn release(raw: &str, clock: &dyn Clock) -> Result<(String, Release), Unreadable> {
    let object = Object::read("DashboardRelease", raw, clock)?;
    let (spec, status) = (object.spec(), object.status());
    let created_by = object.annotations.get(annotations::CREATED_BY).map(|name| shorten(name, MESSAGE));
    Ok((object.name, Release { created_by, ..Release::new(object.meta, spec, status) }))
}

/// An `UpgradeWindow` and its name.
pub fn window(raw: &str, clock: &dyn Clock) -> Result<(String, Window), Unreadable> {
    let object = Object::read("UpgradeWindow", raw, clock)?;
    let spec = object.spec().map(|mut spec: UpgradeWindowSpec| {
        spec.freezes.shrink_to_fit();
        spec
    });
    let status = object.status();
    Ok((object.name, Window::new(object.meta, spec, status)))
}

/// A `SoftwareProduct` and its name.
pub fn product(raw: &str, clock: &dyn Clock) -> Result<(String, Product), Unreadable> {
    let object = Object::read("SoftwareProduct", raw, clock)?;
    let (spec, status) = (object.spec(), object.status());
    Ok((object.name, Product::new(object.meta, spec, status)))
}

/// A `TenantInstance` and its key. Annotations that people wrote count as arrived at that instant, and as never known to be
/// absent: [`super::Folder`] knows more.
pub fn tenant(raw: &str, clock: &dyn Clock, arrived_at: Timestamp) -> Result<(TenantKey, Tenant), Unreadable> {
    let object = Object::read("TenantInstance", raw, clock)?;
    Ok(tenant::facts(object, clock, arrived_at))
}

/// An `UpgradeTrial` and its key.
pub fn trial(raw: &str, clock: &dyn Clock) -> Result<(TrialKey, Trial), Unreadable> {
    let object = Object::read("UpgradeTrial", raw, clock)?;
    let (spec, status) = (object.spec(), object.status());
    let answer = object.annotations.get(annotations::TRIAL_ANSWER).map(|text| text.trim()).filter(|text| !text.is_empty());
    let answer = answer.map(|text| shorten(text, MESSAGE).into_boxed_str());
    Ok((TrialKey::new(object.namespace, object.name), Trial { meta: object.meta, spec, status, answer }))
}

/// A workload of this kind, and its key.
pub fn workload(kind: WorkloadKind, raw: &str, clock: &dyn Clock) -> Result<(WorkloadKey, Workload), Unreadable> {
    let object = Object::read(kind.name(), raw, clock)?;
    workload::facts(kind, object, clock)
}

/// The text that a read or a write of this object answered, seen at that instant on the operator's clock.
pub fn answer(key: &ObjectKey, raw: &str, clock: &dyn Clock, arrived_at: Timestamp) -> Result<Observation, Unreadable> {
    Ok(match key {
        ObjectKey::Release(_) => release(raw, clock).map(|(key, facts)| Observation::Release(key, Box::new(facts)))?,
        ObjectKey::Window(_) => window(raw, clock).map(|(key, facts)| Observation::Window(key, Box::new(facts)))?,
        ObjectKey::Product(_) => product(raw, clock).map(|(key, facts)| Observation::Product(key, Box::new(facts)))?,
        ObjectKey::Tenant(_) => tenant(raw, clock, arrived_at).map(|(key, facts)| Observation::Tenant(key, Box::new(facts)))?,
        ObjectKey::Trial(_) => trial(raw, clock).map(|(key, facts)| Observation::Trial(key, Box::new(facts)))?,
        ObjectKey::Workload(WorkloadKey { kind, .. }) => {
            workload(*kind, raw, clock).map(|(key, facts)| Observation::Workload(key, Box::new(facts)))?
        }
        ObjectKey::Template(_) => job::template(raw, clock).map(|(key, facts)| Observation::Template(key, Box::new(facts)))?,
        ObjectKey::Job(_) => job::job(raw, clock).map(|(key, facts)| Observation::Job(key, Box::new(facts)))?,
    })
}
