//! Notices and their receipts.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::defaults::is_zero;

/// A notice for one contact: written before it is sent, with the receipt once it was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticeRecord {
    /// The stable key; with the contact's name it is the `webhook-id`.
    pub key: String,
    /// What it says.
    pub kind: NoticeKind,
    /// The contact's name.
    pub contact: String,
    /// Whether the notice counts as delivered only when this contact accepted it.
    pub required: bool,
    /// The version that it is about.
    pub release: String,
    /// The slot that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// Why it is sent, where the kind does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was written down, UTC.
    pub created_at: Timestamp,
    /// The tenant's generation then: an edit of the manifest may have mended the contact.
    #[serde(default)]
    pub generation: i64,
    /// The last second in which it may be sent, UTC: the deadline of a slot's notice, else a day after it was written.
    pub deliver_by: Timestamp,
    /// When the contact accepted it, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// Tries so far; written with the receipt or the first failure.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempts: u32,
    /// What the contact answered first, until it accepts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// The key of the notice that took its place, or why it is not sent any more (`Expired`: its deadline passed).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
}

/// What a notice says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum NoticeKind {
    /// A slot, for the first time for this release.
    Planned,
    /// Another slot, and why.
    Moved,
    /// The slot comes soon.
    Reminder,
    /// The opt-out counts.
    OptOutAccepted,
    /// The opt-out came too late: the upgrade goes ahead.
    OptOutTooLate,
    /// The limit of deferrals is reached: the upgrade goes ahead.
    OptOutLimitReached,
    /// An opt-out was taken back in time.
    OptOutUndone,
    /// Something holds the upgrade: it may not come on the day.
    Postponed,
    /// The upgrade succeeded.
    Succeeded,
    /// The upgrade failed.
    Failed,
}
