//! A tenant whose spec does not parse: nothing is decided, and people are told.

use crate::{
    api::{TenantInstanceStatus, condition, reason::Reason},
    fleet::{Tenant, TenantKey},
    plan::{
        output::{
            Class, Write,
            hold::{Gate, Hold},
            story::Story,
        },
        pass::Pass,
        record::next::NextStatus,
        status::tenant as standing,
        tenant::{outcome::Outcome, write::write_status},
    },
};

/// The write that says so, if it does not stand there yet.
pub fn write(pass: &Pass, key: &TenantKey, tenant: &Tenant, seen: &TenantInstanceStatus, wrong: &str) -> Option<Write> {
    let (status, _, stories) = malformed(pass, key, tenant, seen, wrong);
    write_status(key, tenant, status, Class::Rest, stories)
}

/// What is to be said of a tenant whose spec does not parse.
pub fn explain<'a>(pass: &Pass<'a>, key: &'a TenantKey, tenant: &'a Tenant) -> Option<Outcome> {
    let (seen, wrong) = (tenant.status.as_ref().ok()?, tenant.spec.as_ref().err()?);
    let (status, hold, _) = malformed(pass, key, tenant, seen, wrong);
    Some(Outcome { status: (*status).clone(), holds: vec![hold], newer: vec![] })
}

/// A spec that does not parse any more: everything stays as it is, and says so.
fn malformed<'a>(
    pass: &Pass,
    key: &TenantKey,
    tenant: &Tenant,
    seen: &'a TenantInstanceStatus,
    wrong: &str,
) -> (NextStatus<'a>, Hold, Vec<Story>) {
    let hold = Hold::stalled(Gate::Manifest, Reason::Malformed, format!("the manifest does not parse: {wrong}; correct it"));
    let mut status = NextStatus::new(seen);
    let stories = standing::blockers(key, &mut status, std::slice::from_ref(&hold));
    let generation = tenant.meta.generation;
    for (type_, value) in [(condition::READY, false), (condition::STALLED, true)] {
        standing::say(&mut status, type_, (value, hold.reason, &hold.message), generation, pass.now);
    }
    if status.observed_generation != generation {
        status.observed_generation = generation;
    }
    (status, hold, stories)
}
