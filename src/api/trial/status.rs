//! What the operator says of a trial: the run that is on, and what came of those before.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{TrialStep, TrialWorkload};
use crate::api::{defaults::is_zero, stored_reason::StoredReason, upgrade_id::UpgradeId};

/// What the operator says of a trial.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct UpgradeTrialStatus {
    /// The generation that this status was computed from.
    pub observed_generation: i64,
    /// What the tenant's annotation `uplift.dev/trial` asks for, and had its run: it gets no other until it is taken away and set anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 130))]
    pub request: Option<String>,
    /// How many runs there were: each has a number of its own.
    #[serde(skip_serializing_if = "is_zero")]
    pub count: u32,
    /// The run that is on, until its data are gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<TrialRun>,
    /// The last five runs that are over, the newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5))]
    pub runs: Vec<PastRun>,
    /// `Ready`: people may look at the trial; its reason says how far it is, or why none begins. `Quarantined`: the last egress Job wrote `blocked`.
    /// `Scrubbed`: every count is what is expected. `Cleaned`: nothing of a run is left; its message says what is.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// Why there is a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Purpose {
    /// People asked to try a version.
    #[default]
    Trial,
    /// The tenant's `spec.trials.policy` asks for it: it has no annotation that ends it.
    Required,
}

/// A run of a trial. What it runs is as it was asked for when it began: an edit of the trial ends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrialRun {
    /// Its id, which its Jobs bear as a label.
    pub id: UpgradeId,
    /// Why there is a run.
    #[serde(default)]
    pub purpose: Purpose,
    /// The version that is tried.
    #[schemars(length(max = 64))]
    pub version: String,
    /// The name of the release of that version.
    #[schemars(length(max = 253))]
    pub release: String,
    /// Its UID.
    #[schemars(length(max = 36))]
    pub release_uid: String,
    /// The version that ran in production when the run began: the trial boots on it.
    #[schemars(length(max = 64))]
    pub from: String,
    /// A short digest of what an upgrade in production is made of, beside the images: the tenant's workloads and hooks and the release's hooks, as
    /// they were when the run began. Absent: of an older operator's run, which proves nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 12))]
    pub made_of: String,
    /// The UID of the tenant.
    #[schemars(length(max = 36))]
    pub tenant_uid: String,
    /// The generation of the trial that the run was made of.
    pub generation: i64,
    /// When it began, UTC.
    pub started_at: Timestamp,
    /// Its steps in their order. The first without a result is the one that is on.
    #[schemars(length(max = 128))]
    pub steps: Vec<TrialStep>,
    /// Its workloads.
    #[schemars(length(max = 16))]
    pub workloads: Vec<TrialWorkload>,
    /// The last egress Job since the first, once an hour while workloads run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<TrialStep>,
    /// When an egress Job last wrote `blocked`, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven_at: Option<Timestamp>,
    /// When every step was done, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<Timestamp>,
    /// When it ends by itself, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What ended it. From then on its workloads go to zero, and its data are cleaned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<TrialEnd>,
    /// The last try of `clean`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clean: Option<TrialStep>,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TrialVerdict {
    /// It was ready: every step was done.
    Passed,
    /// It was not, or its quarantine broke.
    Failed,
}

/// What people say of a trial that they looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TrialAnswer {
    /// The version does.
    Confirmed,
    /// It does not.
    Rejected,
}

/// What ended a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrialEnd {
    /// What it came to.
    pub verdict: TrialVerdict,
    /// What people said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<TrialAnswer>,
    /// Why it ended.
    #[schemars(length(max = 63))]
    pub reason: StoredReason,
    /// The same in words.
    #[schemars(length(max = 2048))]
    pub message: String,
    /// When, UTC.
    pub at: Timestamp,
}

/// A run that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PastRun {
    /// Its id.
    pub id: UpgradeId,
    /// Why there was a run.
    #[serde(default)]
    pub purpose: Purpose,
    /// The version that was tried.
    #[schemars(length(max = 64))]
    pub version: String,
    /// The UID of its release.
    #[schemars(length(max = 36))]
    pub release_uid: String,
    /// The version that it booted on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 64))]
    pub from: String,
    /// A short digest of what an upgrade in production was made of when the run began.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 12))]
    pub made_of: String,
    /// The UID of the tenant. Absent: of an older operator's run, which proves nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 36))]
    pub tenant_uid: String,
    /// The generation of the trial that the run was made of.
    #[serde(default)]
    pub generation: i64,
    /// When it began, UTC.
    pub started_at: Timestamp,
    /// When it was ready, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<Timestamp>,
    /// From when on data may have come in, UTC. Absent: none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_from: Option<Timestamp>,
    /// When its data were gone, UTC.
    pub cleaned_at: Timestamp,
    /// What ended it.
    #[serde(flatten)]
    pub end: TrialEnd,
}
