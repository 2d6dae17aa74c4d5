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
        self.0.set(key, tenant.map(namespaces).unwrap_or_default());
    }

    /// The tenants that look into this namespace.
    pub fn in_namespace(&self, namespace: &String) -> impl Iterator<Item = &TenantKey> {
        self.0.by(namespace)
    }
}

/// Where it has trials, and where the one was that it was told of.
fn namespaces(tenant: &Tenant) -> BTreeSet<String> {
    let named = tenant.spec.as_ref().ok().and_then(|spec| spec.trials.as_ref()).map(|trials| trials.namespace.clone());
    let told = tenant.status.as_ref().ok().and_then(|status| status.told_trial.as_ref()).map(|told| told.namespace.clone());
    named.into_iter().chain(told).collect()
}
