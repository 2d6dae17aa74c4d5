//! Which workloads more than one tenant claims.

use std::collections::BTreeSet;

use crate::fleet::{Tenant, TenantKey, WorkloadKey};

/// The workloads that more than one of these tenants names.
pub(super) fn claimed_twice<'t>(tenants: impl IntoIterator<Item = (&'t TenantKey, &'t Tenant)>) -> BTreeSet<WorkloadKey> {
    let mut twice = BTreeSet::new();
    let (mut namespace, mut claimed) = ("", BTreeSet::new());
    // Tenants of one namespace follow each other, and name workloads of their own namespace only.
    for (key, tenant) in tenants {
        if key.namespace != namespace {
            namespace = &key.namespace;
            claimed.clear();
        }
        for workload in tenant.spec.iter().flat_map(|spec| &spec.workloads) {
            if !claimed.insert((workload.kind, workload.name.as_str())) {
                twice.insert(key.workload(workload));
            }
        }
    }
    twice
}
