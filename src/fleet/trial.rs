//! What is known of a trial.

use super::{Meta, Parsed, TenantKey};
use crate::api::{Duration, UpgradeTrialSpec, UpgradeTrialStatus, trial::DEFAULT_TTL};

/// A trial as last seen.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Its identity.
    pub meta: Meta,
    /// Its spec, or why it does not parse.
    pub spec: Parsed<UpgradeTrialSpec>,
    /// Its status as last written, or why it does not parse. What does not parse is never overwritten: it says which data are there.
    pub status: Parsed<UpgradeTrialStatus>,
    /// The annotation `uplift.dev/trial-answer`.
    pub answer: Option<Box<str>>,
}

impl Trial {
    /// Whose copy it is, as it says itself.
    pub fn tenant(&self) -> Option<TenantKey> {
        let named = &self.spec.as_ref().ok()?.tenant_ref;
        Some(TenantKey::new(&named.namespace, &named.name))
    }
}

/// What trials may take, by the operator's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialSettings {
    /// How many may run at once, in the whole fleet. Zero: none.
    pub max_running: usize,
    /// How long one may stand once it is ready.
    pub max_ttl: Duration,
}

impl Default for TrialSettings {
    fn default() -> Self {
        Self { max_running: 3, max_ttl: DEFAULT_TTL }
    }
}
