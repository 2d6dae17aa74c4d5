//! Which workloads more than one tenant claims.

use std::collections::BTreeSet;

use crate::{api::tenant::WorkloadKind, fleet::Fleet};

/// The workloads that more than one tenant names: namespace, kind and name.
pub(super) fn claimed_twice(fleet: &Fleet) -> BTreeSet<(&str, WorkloadKind, &str)> {
    let mut twice = BTreeSet::new();
    let (mut namespace, mut claimed) = ("", BTreeSet::new());
    // Tenants of one namespace follow each other, and name workloads of their own namespace only.
    for (key, tenant) in &fleet.tenants {
        if key.namespace != namespace {
            namespace = &key.namespace;
            claimed.clear();
        }
        let named = tenant.spec.iter().flat_map(|spec| &spec.workloads).map(|workload| (workload.kind, workload.name.as_str()));
        twice.extend(named.filter(|named| !claimed.insert(*named)).map(|(kind, name)| (namespace, kind, name)));
    }
    twice
}
