//! In which namespaces tenants have their trials (R37). What a trial comes to decides whether its tenant may start, so that one's turn depends on the
//! trial's facts too.

use std::collections::{BTreeMap, BTreeSet};

use crate::fleet::{Tenant, TenantKey};

/// Which tenants name a namespace, or were told of a run in it. Most are few.
#[derive(Clone, Debug, Default)]
pub struct Copies {
    of: BTreeMap<TenantKey, BTreeSet<String>>,
    tenants: BTreeMap<String, BTreeSet<TenantKey>>,
}

impl Copies {
    /// A tenant names these now; none: it is gone, or says nothing.
    pub fn note(&mut self, key: &TenantKey, tenant: Option<&Tenant>) {
        let now = tenant.map(namespaces).unwrap_or_default();
        // The common case first.
        if now.is_empty() && self.of.is_empty() {
            return;
        }
        for before in self.of.remove(key).into_iter().flatten() {
            let Some(tenants) = self.tenants.get_mut(&before) else { continue };
            tenants.remove(key);
            if tenants.is_empty() {
                self.tenants.remove(&before);
            }
        }
        for namespace in &now {
            self.tenants.entry(namespace.clone()).or_default().insert(key.clone());
        }
        if !now.is_empty() {
            self.of.insert(key.clone(), now);
        }
    }

    /// The tenants that look into this namespace.
    pub fn in_namespace(&self, namespace: &str) -> impl Iterator<Item = &TenantKey> {
        self.tenants.get(namespace).into_iter().flatten()
    }
}

fn namespaces(tenant: &Tenant) -> BTreeSet<String> {
    let named = tenant.spec.as_ref().ok().and_then(|spec| spec.trials.as_ref()).map(|trials| trials.namespace.clone());
    named.into_iter().collect()
}
