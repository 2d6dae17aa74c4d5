//! Rule R7: whose turn comes first.

use crate::{
    api::tenant::SlotResult,
    fleet::{Fleet, ObjectKey, Tenant, TenantKey},
};

/// Tenants carried over from a missed or deferred slot first, then by namespace and name (R7).
pub fn order(fleet: &Fleet) -> impl Iterator<Item = (&TenantKey, &Tenant)> {
    let mut tenants: Vec<_> = fleet.tenants.iter().collect();
    tenants.sort_by_key(|(key, tenant)| turn(fleet, key, tenant)); // stable
    tenants.into_iter()
}

/// When a tenant has its turn. Last those that cannot use what they would take: whose writes the API server refuses, and who lost
/// a slot and are still blocked. Else they would go first in every occurrence, and one broken tenant would stop another (I9).
fn turn(fleet: &Fleet, key: &TenantKey, tenant: &Tenant) -> u8 {
    // The common case first: without a refusal no key needs to be built.
    if !fleet.refused.is_empty() && fleet.refused.contains_key(&ObjectKey::Tenant(key.clone())) {
        return 2;
    }
    let Ok(status) = &tenant.status else { return 1 };
    match status.history.first().map(|last| last.result) {
        None | Some(SlotResult::Succeeded | SlotResult::Failed) => 1,
        Some(_) if status.blockers.is_empty() => 0,
        Some(_) => 2,
    }
}
