//! What became of opt-outs.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::upgrade::Slot;

/// An opt-out, judged once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptOutRecord {
    /// The day or the version, as written.
    pub value: String,
    /// The slot that it declines; absent for what fits nothing planned and for a release without a slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// The times of that slot, while it may still come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<Slot>,
    /// An opt-in of the same value stood already when this was judged: it was said before, and takes nothing back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opt_in_stood: bool,
    /// What became of it.
    pub verdict: Verdict,
    /// When it was said, UTC.
    pub at: Timestamp,
    /// Who said it, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was taken back, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_at: Option<Timestamp>,
    /// Who took it back, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<String>,
}

/// What became of an opt-out (rule R12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Verdict {
    /// In time: the slot is given back.
    Accepted,
    /// After the cut-off: the upgrade goes ahead.
    TooLate,
    /// Nothing planned that it fits yet.
    Noted,
    /// A past day, or a release that is no candidate any more.
    Stale,
    /// The limit of deferrals is reached: the upgrade goes ahead.
    LimitReached,
    /// The upgrade runs already.
    AlreadyStarted,
    /// Taken back by an opt-in: of a day before its cut-off, of a version at any time.
    Undone,
}

impl Verdict {
    /// Its stable word, as in a status: keys of answers are made of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::TooLate => "TooLate",
            Self::Noted => "Noted",
            Self::Stale => "Stale",
            Self::LimitReached => "LimitReached",
            Self::AlreadyStarted => "AlreadyStarted",
            Self::Undone => "Undone",
        }
    }
    /// Whether the opt-out holds: it declines what it names until an opt-in takes it back.
    pub fn stands(self) -> bool {
        matches!(self, Self::Accepted | Self::Noted)
    }
}

/// The ledger of deferrals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deferrals {
    /// Slots given back since the last success.
    pub count: u32,
    /// The first of them, UTC.
    pub since: Timestamp,
}
