//! What every gate is given.

use crate::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus, Version,
        tenant::{Slot, Upgrade},
    },
    fleet::{Tenant, TenantKey},
    plan::{
        output::hold::Hold,
        pass::{Pass, qualified::Qualified},
        record::room::Room,
    },
};

/// What a gate looks at: one tenant, and the upgrade that is planned for it.
#[derive(Clone, Copy)]
pub struct Case<'p, 'a> {
    /// The pass.
    pub pass: &'p Pass<'a>,
    /// The tenant's key.
    pub key: &'p TenantKey,
    /// The tenant.
    pub tenant: &'p Tenant,
    /// Its spec.
    pub spec: &'p TenantInstanceSpec,
    /// Its status, as drafted so far.
    pub status: &'p TenantInstanceStatus,
    /// The version that it runs, or why that is not known.
    pub running: &'p Result<Version, Hold>,
    /// What may be declined before support ends.
    pub room: &'p Room,
    /// What is planned.
    pub upgrade: &'p Upgrade,
}

impl<'p, 'a> Case<'p, 'a> {
    pub(super) fn release(&self) -> Option<&'p Qualified<'a>> {
        self.pass.release(&self.upgrade.release, &self.upgrade.release_uid)
    }
    pub(super) fn target(&self) -> Option<Version> {
        self.upgrade.to.parse().ok()
    }
    pub(super) fn with_slot(&self) -> Option<&'p Slot> {
        self.upgrade.slot.as_ref()
    }
}
