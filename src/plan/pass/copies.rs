//! In which namespaces tenants have their trials (R37). What a trial comes to decides whether its tenant may start, so that one's turn depends on the
//! trial's facts too.

use std::collections::BTreeSet;

use super::links::Links;
use crate::fleet::{Tenant, TenantKey};

/// Which tenants name a namespace. Most name none.
#[derive(Clone, Debug, Default)]
pub struct Copies(Links<TenantKey, String>);

impl Copies {
    /// A tenant names this one now; none: it is gone, or says nothing.
    pub fn note(&mut self, key: &TenantKey, tenant: Option<&Tenant>) {
        let trials = tenant.and_then(|tenant| tenant.spec.as_ref().ok()?.trials.as_ref());
        self.0.set(key, trials.map(|trials| trials.namespace.clone()).into_iter().collect::<BTreeSet<_>>());
    }

    /// The tenants that look into this namespace.
    pub fn in_namespace(&self, namespace: &String) -> impl Iterator<Item = &TenantKey> {
        self.0.by(namespace)
    }
}
