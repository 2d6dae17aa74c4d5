//! What a letter says of a trial (R37).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::{
    Duration,
    trial::{TrialAnswer, TrialVerdict},
    upgrade_id::UpgradeId,
};

/// What a letter says of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrialFacts {
    /// The run that it is about.
    pub run: UpgradeId,
    /// Where people look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub url: Option<String>,
    /// The zone of the tenant's window: the instants are read in it.
    #[schemars(length(max = 64))]
    pub time_zone: String,
    /// When its data were saved, UTC; absent: what brings them in knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_from: Option<Timestamp>,
    /// How long the upgrade took in it, with its hooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upgrade_took: Option<Duration>,
    /// Until when people may look at it, UTC; absent: it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether the tenant waits for it to pass.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// What it came to; absent: it is not over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<TrialVerdict>,
    /// What people said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<TrialAnswer>,
    /// When its data were gone, UTC; absent: they are not, or none had come in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleaned_at: Option<Timestamp>,
}
