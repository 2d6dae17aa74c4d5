//! What the operator says of a tenant.

mod blocker;
mod ending;
mod history;
mod issue;
mod job;
mod notice;
mod notice_kind;
mod opt_out;
mod support;
mod told_trial;
mod trial;
mod upgrade;

pub use blocker::{Blocker, Holds};
pub use ending::{Ending, Longest, PlatformEnd, SupportNotice, WayOut};
pub use history::{HistoryEntry, SlotResult};
pub use issue::Issue;
pub use job::{HookEntry, JobPhase, JobResult, ProbeEntry, UpgradeJob};
pub use notice::*;
pub use notice_kind::NoticeKind;
pub use opt_out::{Deferrals, OptOutRecord, Verdict};
pub use support::{Runway, Support};
pub use told_trial::ToldTrial;
pub use trial::TrialFacts;
pub use upgrade::{Answer, Consent, ImagesBefore, Slot, Step, StepKind, Upgrade, UpgradeFailure, WorkloadId};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::{defaults::is_zero, shared::Shared};

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
    #[serde(skip_serializing_if = "Shared::is_empty")]
    pub notices: Shared<NoticeRecord>,
    /// The sequence of the last change of the customer's calendar; the next one is higher, whatever the clock shows.
    #[serde(skip_serializing_if = "is_zero")]
    pub calendar_sequence: u32,
    /// Opt-outs and what became of them.
    #[serde(skip_serializing_if = "Shared::is_empty")]
    pub opt_outs: Shared<OptOutRecord>,
    /// Accepted opt-outs since the last success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deferrals: Option<Deferrals>,
    /// What it runs that has an end of support, and whether the way out of it still fits before.
    #[serde(skip_serializing_if = "Shared::is_empty")]
    #[schemars(length(max = 16))]
    pub support: Shared<Support>,
    /// What the customer was told of ends of support, the newest first: nothing is told twice.
    #[serde(skip_serializing_if = "Shared::is_empty")]
    #[schemars(length(max = 32))]
    pub support_notices: Shared<SupportNotice>,
    /// The last letter about a trial that was written for the customer: nothing is told twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_trial: Option<ToldTrial>,
    /// What people should look at before it goes to the release that is planned, accepted or not; and before a shared service moves that it uses.
    #[serde(skip_serializing_if = "Shared::is_empty")]
    #[schemars(length(max = 16))]
    pub issues: Shared<Issue>,
    /// What holds this tenant back and time alone will not lift.
    #[serde(skip_serializing_if = "Shared::is_empty")]
    pub blockers: Shared<Blocker>,
    /// One entry for each slot that ended.
    #[serde(skip_serializing_if = "Shared::is_empty")]
    pub history: Shared<HistoryEntry>,
    /// `Ready`, `UpToDate`, `UpgradeSucceeded`; `Reconciling`, `Stalled`, `ImagesSetElsewhere` and `ForeignIntent` only while they are true.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Shared<Condition>,
}
