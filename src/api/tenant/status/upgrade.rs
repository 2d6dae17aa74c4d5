//! The upgrade that is planned or runs.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job::{JobPhase, JobResult, UpgradeJob};
use crate::api::{
    defaults::{first, is_first, is_none, is_zero},
    notice_key::NoticeKey,
    stored_reason::StoredReason,
    tenant::{WorkloadKind, WorkloadRef},
    upgrade_id::UpgradeId,
};

/// The upgrade that is planned or runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Upgrade {
    /// Its id, while there is a slot: from tenant, release, slot and attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<UpgradeId>,
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
    pub reinstated_by: Option<NoticeKey>,
    /// When the start was written, UTC. From then on the upgrade ends by its own rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// What is being done, while the upgrade runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// Its backup, hooks and probes in their order, as the manifests had them at the start, and what came of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<UpgradeJob>,
    /// The workloads that this try changes, or has changed, in their order, each with the images before: what a rollback sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<ImagesBefore>,
    /// Why it failed, while images or data go back: a failure counts when it is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<UpgradeFailure>,
}

impl Upgrade {
    /// The backup that it has taken: what its Job wrote, or the name of the Job.
    pub fn backup(&self) -> Option<&str> {
        let job = self.jobs.iter().find(|job| job.phase == JobPhase::Backup && job.result == Some(JobResult::Succeeded))?;
        job.message.as_deref().or(job.job.as_deref())
    }
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
    /// Its letter says that it can be declined: that stands, whatever limit of deferrals the window has later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub can_decline: bool,
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

/// The workload whose images are next, as it stood when the step was written; or the hook or probe whose Job is next.
///
/// The PATCH is sent only while the generation still is this one: an intent annotation that somebody removed can then not
/// make the operator change the images twice (I1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What is set: the release's images, or those that ran before; or what runs: a hook, a probe.
    #[serde(default, skip_serializing_if = "StepKind::is_images")]
    pub kind: StepKind,
    /// The workload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<WorkloadId>,
    /// Of a Job: whose it is, when it runs, and its name, like `release-before.migrate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub name: Option<String>,
    /// Of a hook: which try it is.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub attempt: u32,
    /// The workload's generation before the change.
    #[serde(default, skip_serializing_if = "is_none")]
    pub generation: i64,
    /// How many workloads were changed before it, forward or back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub before: u32,
    /// When the step was written, UTC: the deadline counts from here.
    pub at: Timestamp,
}

/// What a step sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StepKind {
    /// The images of the release.
    #[default]
    Images,
    /// The images that ran before.
    Rollback,
    /// Nothing: a Job of a hook runs.
    Hook,
    /// Nothing: a Job of a probe measures.
    Probe,
    /// Nothing: a Job saves the tenant's data.
    Backup,
    /// The data of the backup, by a Job.
    Restore,
}

impl StepKind {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    fn is_images(&self) -> bool {
        *self == Self::Images
    }
}

/// A workload of the tenant, by kind and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadId {
    /// Its kind.
    pub kind: WorkloadKind,
    /// Its name.
    pub name: String,
}

impl WorkloadId {
    /// Whether the manifest names this one here.
    pub fn is(&self, reference: &WorkloadRef) -> bool {
        (self.kind, self.name.as_str()) == (reference.kind, reference.name.as_str())
    }
}

impl From<&WorkloadRef> for WorkloadId {
    fn from(reference: &WorkloadRef) -> Self {
        Self { kind: reference.kind, name: reference.name.clone() }
    }
}

impl fmt::Display for WorkloadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.kind, self.name)
    }
}

/// What a workload ran before an upgrade changed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImagesBefore {
    /// The workload.
    pub workload: WorkloadId,
    /// The images of the containers that the upgrade changes, by the containers' names.
    pub images: BTreeMap<String, String>,
}

/// Why an upgrade failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpgradeFailure {
    /// A stable word.
    pub reason: StoredReason,
    /// The same in words.
    pub message: String,
    /// When it was found, UTC.
    pub at: Timestamp,
}
