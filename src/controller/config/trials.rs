//! What trials may take (R34).

use serde::Deserialize;

use crate::{api::duration::Duration, fleet::TrialSettings};

/// What trials may take.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Trials {
    /// How many may run at once, in the whole fleet. Zero: none.
    pub max_running: u16,
    /// How long one may stand once it is ready, whatever it asks for.
    pub max_ttl: Duration,
}

impl Default for Trials {
    fn default() -> Self {
        let TrialSettings { max_running, max_ttl } = TrialSettings::default();
        Self { max_running: u16::try_from(max_running).unwrap_or(u16::MAX), max_ttl }
    }
}

impl Trials {
    /// What the rules read of it.
    pub fn settings(&self) -> TrialSettings {
        TrialSettings { max_running: self.max_running.into(), max_ttl: self.max_ttl }
    }
}
