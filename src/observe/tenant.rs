//! A tenant's facts, with what people wrote on it (R13).

use jiff::Timestamp;

use super::object::{Object, shorten};
use crate::{
    api::{TenantInstanceSpec, annotations as keys},
    clock::Clock,
    fleet::{Said, Tenant, TenantKey},
};

/// Characters kept of a value that people wrote: longer than any day, version or upgrade id, so a longer one stays nonsense.
const VALUE: usize = 128;
/// Characters kept of a reason.
const REASON: usize = 512;

/// The facts of a tenant. They hold no whole object: every list is as large as what is in it.
pub(super) fn facts(object: Object<'_>, clock: &dyn Clock, arrived_at: Timestamp) -> (TenantKey, Tenant) {
    let annotations = Annotations { object: &object, clock, arrived_at };
    let opt_out = annotations.said(keys::OPT_OUT).map(|said| Box::new(annotations.stamped(*said)));
    let (opt_in, retry) = (annotations.said(keys::OPT_IN), annotations.said(keys::RETRY));
    let trial = annotations.text(keys::TRIAL, VALUE).map(String::into_boxed_str);
    let opt_out_reason = annotations.text(keys::OPT_OUT_REASON, REASON);
    let (spec, status) = (object.spec().map(compact), object.status());
    let tenant = Tenant { meta: object.meta, spec, status, opt_out, opt_out_reason, opt_in, retry, trial };
    (TenantKey::new(object.namespace, object.name), tenant)
}

struct Annotations<'a> {
    object: &'a Object<'a>,
    clock: &'a dyn Clock,
    arrived_at: Timestamp,
}

impl Annotations<'_> {
    /// An annotation that says something: an empty one is what a stamp becomes when its opt-out is removed.
    fn text(&self, key: &str, characters: usize) -> Option<String> {
        self.object
            .annotations
            .get(key)
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
            .map(|text| shorten(text, characters))
    }

    fn said(&self, key: &str) -> Option<Box<Said>> {
        let value = self.text(key, VALUE)?;
        let owners = self.object.managers.iter().filter(|entry| entry.owns_annotation(key));
        // The time of every owner is no earlier than the writing of the value: the earliest is the closest to it.
        let owner = owners.min_by_key(|entry| (entry.time.is_none(), entry.time));
        let managed_at = owner.and_then(|entry| entry.time).map(|at| self.clock.from_server(at));
        Some(Box::new(Said {
            value,
            stamped_at: None,
            stamped_by: None,
            managed_at,
            managed_by: owner.and_then(|entry| entry.manager.clone()),
            arrived_at: self.arrived_at,
            absent_at: None,
        }))
    }

    /// With what admission stamped beside it. A stamp that is no time is none.
    fn stamped(&self, said: Said) -> Said {
        let at = self.text(keys::OPT_OUT_AT, VALUE).and_then(|text| text.parse::<Timestamp>().ok());
        Said { stamped_at: at.map(|at| self.clock.from_server(at)), stamped_by: self.text(keys::OPT_OUT_BY, REASON), ..said }
    }
}

// serde grows a list by doubling, since JSON does not say how long it is: a history of twenty would keep room for twelve more, in
// ten thousand tenants. The lists of a status see to it themselves.
fn compact(mut spec: TenantInstanceSpec) -> TenantInstanceSpec {
    spec.contacts.shrink_to_fit();
    spec.workloads.iter_mut().for_each(|workload| workload.containers.shrink_to_fit());
    spec.workloads.shrink_to_fit();
    spec.dependencies.shrink_to_fit();
    spec
}
