//! How slots ended.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    job::{HookEntry, ProbeEntry},
    upgrade::Slot,
};
use crate::api::{stored_reason::StoredReason, upgrade_id::UpgradeId};

/// A slot that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// How it ended.
    pub result: SlotResult,
    /// The upgrade's id.
    pub id: UpgradeId,
    /// The version before.
    pub from: String,
    /// The version that it was for.
    pub to: String,
    /// The slot.
    pub slot: String,
    /// Whether its notice was delivered in time.
    pub noticed: bool,
    /// Who ended it, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why it ended like this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<StoredReason>,
    /// What happened, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The change record of the release's approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_ref: Option<String>,
    /// When the upgrade started, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When the slot ended, UTC.
    pub finished_at: Timestamp,
    /// The slot's times, of an upgrade that failed: a retry may still use them until the close, while this entry is the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_in: Option<Slot>,
    /// What became of its hooks, in their order; only in the newest three entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Box<[HookEntry]>>,
    /// What its probes measured; only in the newest three entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probes: Option<Box<[ProbeEntry]>>,
    /// Its data were brought back to how they were at this instant, when the backup began, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_to: Option<Timestamp>,
    /// A hook of the tenant's own failed, or its backup: that does not count against the release.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_hook: bool,
}

/// How a slot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SlotResult {
    /// The workloads were seen running the new version.
    Succeeded,
    /// The upgrade failed, and what it changed stays as it is.
    Failed,
    /// The upgrade failed, and the workloads were seen running what they ran before.
    RolledBack,
    /// The upgrade failed, and so did its rollback.
    RollbackFailed,
    /// The customer declined it.
    OptedOut,
    /// It closed before the upgrade could start.
    Missed,
    /// It was taken away before it opened.
    Moved,
}

impl SlotResult {
    /// Whether an upgrade ran and failed, whatever became of its images.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::RolledBack | Self::RollbackFailed)
    }
    /// Whether an upgrade failed and may have left its images behind.
    pub fn left_images(self) -> bool {
        matches!(self, Self::Failed | Self::RollbackFailed)
    }
    /// Its stable word, as in a status.
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::RolledBack => "RolledBack",
            Self::RollbackFailed => "RollbackFailed",
            Self::OptedOut => "OptedOut",
            Self::Missed => "Missed",
            Self::Moved => "Moved",
        }
    }
}
