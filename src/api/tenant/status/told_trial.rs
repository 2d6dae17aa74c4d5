//! What a tenant's customer was told of trials (R37).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NoticeKind;
use crate::api::upgrade_id::UpgradeId;

/// The last letter about a trial: each is written once, however long the trial stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToldTrial {
    /// The namespace of the trial.
    #[schemars(length(max = 63))]
    pub namespace: String,
    /// The run that it is about.
    pub run: UpgradeId,
    /// What it says.
    pub kind: NoticeKind,
    /// When it was written down, UTC.
    pub at: Timestamp,
}
