//! The checks of a release: what must pass, and what came of it.

use jiff::Timestamp;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Duration, stored_reason::StoredReason};

/// How long a Job may take where nothing is said, of a check, a hook or a probe.
pub const JOB_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// One acceptance check: a person signs it off, or a Job runs.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.manual) != has(self.cronJobRef)").message("a check has either manual or cronJobRef"),
    validation = Rule::new("has(self.cronJobRef) || !has(self.timeout) && !has(self.attempt)")
        .message("timeout and attempt are for a check with cronJobRef")
)]
pub struct Check {
    /// Its name, which a sign-off repeats.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub name: String,
    /// A person signs it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual: Option<Manual>,
    /// A Job runs, made from this CronJob of the operator's acceptance namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron_job_ref: Option<CronJobRef>,
    /// How long the Job may take, from its start on, pulling images included; absent: 30m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// Which run of the Job counts; absent: 1. Raising it runs the Job again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub attempt: Option<u32>,
}

impl Check {
    /// How long its Job may take.
    pub fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(JOB_TIMEOUT)
    }
    /// Which run of its Job counts.
    pub fn attempt(&self) -> u32 {
        self.attempt.unwrap_or(1)
    }
}

/// A CronJob that Jobs are made from: suspended, and labelled `uplift.dev/template=true`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CronJobRef {
    /// Its name.
    #[schemars(length(min = 1, max = 52), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"))]
    pub name: String,
}

/// A check that a person signs off. It has no settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Manual {}

/// A person's result of a manual check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignOff {
    /// The check.
    #[schemars(length(min = 1, max = 63))]
    pub check: String,
    /// Its result.
    pub result: CheckResult,
    /// Where the proof is, like a ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub reference: Option<String>,
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CheckResult {
    /// The check passed.
    Passed,
    /// The check failed; it stays failed until somebody signs it off anew, or raises its `attempt`.
    Failed,
}

/// A run of a check by Job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckRun {
    /// The check.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Which run it is.
    pub attempt: u32,
    /// The Job, as namespace/name.
    #[schemars(length(max = 127))]
    pub job: String,
    /// Its result; absent: it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<CheckResult>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub reason: Option<StoredReason>,
    /// What its container wrote as the termination message: the first line of at most 1 KiB; or what the Job's condition says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub message: Option<String>,
    /// When the Job began.
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}
