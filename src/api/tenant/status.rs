//! What the operator says of a tenant.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NoticeRecord;

/// What the operator says of a tenant: what runs, what is planned, what people answered, what happened. Lists have the newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct TenantInstanceStatus {
    /// The generation that this status was computed from.
    pub observed_generation: i64,
    /// The version that the workloads run; absent: unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The version that ran before the running one became unknown, as long as that lasts: no label below it is believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub last_known_version: Option<String>,
    /// What is planned or runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upgrade: Option<Upgrade>,
    /// Notices, one entry for each contact.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<NoticeRecord>,
    /// The sequence of the last change of the customer's calendar; the next one is higher, whatever the clock shows.
    #[serde(skip_serializing_if = "is_zero")]
    pub calendar_sequence: u32,
    /// Opt-outs and what became of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub opt_outs: Vec<OptOutRecord>,
    /// Accepted opt-outs since the last success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deferrals: Option<Deferrals>,
    /// What holds this tenant back and time alone will not lift.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blockers: Vec<Blocker>,
    /// One entry for each slot that ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<HistoryEntry>,
    /// `Ready`, `UpToDate`, `UpgradeSucceeded`; `Reconciling` and `Stalled` only while they are true.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// The upgrade that is planned or runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Upgrade {
    /// Its id, while there is a slot: from tenant, release, slot and attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name of the release.
    pub release: String,
    /// The UID of the release: a deleted and recreated release is another one.
    pub release_uid: String,
    /// The version that runs.
    pub from: String,
    /// The version to run.
    pub to: String,
    /// The versions still to pass through, the next first; only when there is more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route: Vec<String>,
    /// The number of the try within the slot, from 1 on.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub attempt: u32,
    /// The announced slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Slot>,
    /// When a slot is expected to open that is too far away to be announced, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_at: Option<Timestamp>,
    /// How many slots of this release ended without success.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub replans: u32,
    /// The customer's answer, frozen after the cut-off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// The key of the notice which told that a declined slot stands again: the start waits until every required contact accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reinstated_by: Option<String>,
    /// When the start was written, UTC. From then on the upgrade ends by its own rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// The workload that is being changed, while the upgrade runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
}

fn first() -> u32 {
    1
}
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_first(n: &u32) -> bool {
    *n == 1
}
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub(super) fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// A tenant's place in one occurrence of a window. It carries its own times: a later edit of the window does not move it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Slot {
    /// Its name: the opening in local time with offset, like `2026-12-15T18:00+00:00`.
    pub opens: String,
    /// The window.
    pub window: String,
    /// The window's zone when the slot was given: the slot's days and times are read in it, whatever the window says later.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 64))]
    pub time_zone: String,
    /// The opening, UTC.
    pub opens_at: Timestamp,
    /// The close, UTC.
    pub closes_at: Timestamp,
    /// The cut-off: the last second in which an opt-out counts, UTC.
    pub opt_out_until: Timestamp,
    /// The last second in which the notice may be delivered, UTC.
    pub notice_until: Timestamp,
}

/// A frozen answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
    /// What the customer said.
    pub answer: Answer,
    /// When it was frozen, UTC.
    pub frozen_at: Timestamp,
}

/// What a customer said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Answer {
    /// Nothing in time: go ahead.
    Silence,
}

/// The workload whose images are next, as it stood when the step was written.
///
/// The PATCH is sent only while the generation still is this one: an intent annotation that somebody removed can then not
/// make the operator change the images twice (I1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The workload's name.
    pub workload: String,
    /// Its generation before the change.
    pub generation: i64,
    /// How many workloads of this upgrade were changed before it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub before: u32,
    /// When the step was written, UTC: the deadline counts from here.
    pub at: Timestamp,
}

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
    /// Whether the no holds: it declines what it names until an opt-in takes it back.
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

/// A gate that holds, as people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Blocker {
    /// The gate.
    pub gate: String,
    /// What it holds back.
    pub holds: Holds,
    /// A stable word for machines.
    pub reason: String,
    /// What is wrong and what to do.
    pub message: String,
    /// When that may change by itself, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What a gate holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Holds {
    /// Slot, notice and start.
    Slot,
    /// The start only: the slot and its notice stay.
    Start,
}

/// A slot that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// How it ended.
    pub result: SlotResult,
    /// The upgrade's id.
    pub id: String,
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
    pub reason: Option<String>,
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
}

/// How a slot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SlotResult {
    /// The workloads were seen running the new version.
    Succeeded,
    /// The upgrade failed.
    Failed,
    /// The customer declined it.
    OptedOut,
    /// It closed before the upgrade could start.
    Missed,
    /// It was taken away before it opened.
    Moved,
}
