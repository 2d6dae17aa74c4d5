//! What the operator keeps of a notice: its receipt, and what its words are made of.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ending, NoticeKind, PlatformEnd, Slot, TrialFacts, Verdict};
use crate::api::{
    defaults::is_zero, notice_key::NoticeKey, reason::Reason, release::Notes, stored_reason::StoredReason, text::stored_as_text,
};

/// A notice for one contact: written before it is sent, with the receipt once it was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticeRecord {
    /// The stable key; with the contact's name it is the `webhook-id`.
    pub key: NoticeKey,
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
    pub reason: Option<StoredReason>,
    /// When it was written down, UTC.
    pub created_at: Timestamp,
    /// The tenant's generation then: an edit of the manifest may have mended the contact.
    #[serde(default)]
    pub generation: i64,
    /// The last second in which it may be sent, UTC: the deadline of a slot's notice; 7 days for what is told of support; else a day
    /// after it was written.
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
    /// The key of the notice that took its place, or why it is not sent any more (`Expired`: its deadline passed;
    /// `AddressChanged`: the contact has another address, which got a record of its own).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<SupersededBy>,
    /// A short digest of the address that a slot's notice was written for. Absent: written by an older operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 12))]
    pub address: Option<String>,
    /// What its words are made of, frozen when it was written down. Absent once it has its receipt or is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Box<NoticeFacts>>,
}

impl NoticeRecord {
    /// Whether it is still to be accepted: it has no receipt and is not void.
    pub fn waits(&self) -> bool {
        self.delivered_at.is_none() && self.superseded_by.is_none()
    }

    /// It is not sent any more, for this reason; what it said is not kept.
    pub fn make_void(&mut self, by: SupersededBy) {
        (self.superseded_by, self.facts) = (Some(by), None);
    }

    /// Whether it is not sent any more for this reason.
    pub fn is_void_by(&self, reason: Reason) -> bool {
        self.superseded_by.as_ref().is_some_and(|by| *by == SupersededBy::from(reason))
    }
}

/// What made a notice void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SupersededBy {
    /// The notice that took its place.
    Notice(NoticeKey),
    /// Why it is not sent any more.
    Reason(StoredReason),
}

impl From<NoticeKey> for SupersededBy {
    fn from(key: NoticeKey) -> Self {
        Self::Notice(key)
    }
}

impl From<Reason> for SupersededBy {
    fn from(reason: Reason) -> Self {
        Self::Reason(reason.into())
    }
}

impl From<&str> for SupersededBy {
    fn from(text: &str) -> Self {
        NoticeKey::named(text).map_or_else(|| Self::Reason(text.into()), Self::Notice)
    }
}

impl fmt::Display for SupersededBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notice(key) => key.fmt(f),
            Self::Reason(reason) => reason.fmt(f),
        }
    }
}

stored_as_text!(SupersededBy);

/// What the words of a notice are made of, as it stood when the notice was written down: a repetition says the same, whatever
/// changed since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct NoticeFacts {
    /// The customer's name.
    #[schemars(length(max = 128))]
    pub customer: String,
    /// The version that ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub from: Option<String>,
    /// The times of the slot that the notice is about; absent where it is the date that stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<Slot>,
    /// The date that stood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<StandingDate>,
    /// How many more times the customer could decline; absent: as often as they liked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusals_left: Option<u32>,
    /// The first day without support of what ran, where that left no date to decline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_ends_on: Option<Date>,
    /// How often the customer had declined since the last success.
    #[serde(skip_serializing_if = "is_zero")]
    pub deferrals: u32,
    /// The opt-out that the notice answers, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub value: Option<String>,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Why, as people wrote it: the reason of a freeze, or of a release that was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub detail: Option<String>,
    /// The version that an upgrade that failed left running; absent: not one alone, or nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub runs: Option<String>,
    /// The customer's data are those of this instant again, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored_to: Option<Timestamp>,
    /// An upgrade that failed is not tried again on its date, although that is not over.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub over: bool,
    /// What is new in the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<Notes>,
    /// What the notice changes in the customer's calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarChange>,
    /// What is not supported any more, or not for much longer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4))]
    pub ends: Vec<Ending>,
    /// The trial that the notice is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<TrialFacts>,
    /// What of the platform's ends. It stands in no status: what the products say makes it again.
    #[serde(skip)]
    #[schemars(skip)]
    pub digest: Vec<PlatformEnd>,
}

impl NoticeFacts {
    /// The times of the slot that the notice is about, where they are known.
    pub fn slot(&self) -> Option<&Slot> {
        let own = || self.standing.as_ref().filter(|date| date.own).map(|date| &date.slot);
        self.slot.as_ref().or_else(own)
    }
}

/// The date that stood when a notice was written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StandingDate {
    /// The version to run.
    #[schemars(length(max = 64))]
    pub release: String,
    /// Its slot.
    pub slot: Slot,
    /// Whether the notice is about this very date.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    /// Whether the upgrade had started.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub started: bool,
}

/// A change of the customer's calendar (RFC 5546).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalendarChange {
    /// Whether the entry stands or is taken out.
    pub method: CalendarMethod,
    /// The entry: one for each tenant and version, however often its date changes.
    #[schemars(length(max = 64))]
    pub uid: String,
    /// Rises with each change.
    pub sequence: u32,
}

/// What becomes of an entry in the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CalendarMethod {
    /// It stands, at the slot's times.
    Request,
    /// It is taken out.
    Cancel,
}
