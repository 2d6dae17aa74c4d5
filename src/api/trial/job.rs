//! The Jobs of a trial, as people ask for them.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::{
    Duration,
    check::{CronJobRef, JOB_TIMEOUT},
};

/// The Jobs that fill a trial, prove that it is safe, and empty it: each is made from a CronJob of the trial's namespace (R26).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrialJobs {
    /// Tries to reach what the trial must not reach. It must succeed and write exactly `blocked` as its termination message: before that no data
    /// come in, and while workloads run it is asked again every hour.
    pub egress: TrialJob,
    /// Brings the tenant's data in: those of the backup that `UPLIFT_BACKUP` names, where the tenant has `spec.data.backup`.
    pub restore: TrialJob,
    /// Takes out of the data what must not be in a trial: live addresses, accounts, queues.
    pub scrub: TrialJob,
    /// What proves that `scrub` did its work. No workload boots before each of these wrote exactly what is expected.
    #[schemars(length(min = 1, max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub scrubbed: Vec<Scrubbed>,
    /// Empties the trial again, whatever ended it. It may run several times, and must not mind.
    pub clean: CleanJob,
}

/// A Job of a trial.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.timeout) || duration(self.timeout) >= duration('10s') && duration(self.timeout) <= duration('24h')")
        .message("timeout must lie between 10s and 24h").field_path(".timeout")
)]
pub struct TrialJob {
    /// The CronJob of the trial's namespace that its Jobs are made from.
    pub cron_job_ref: CronJobRef,
    /// How long a Job may take, from its start on, pulling images included; absent: 30m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
}

/// A count that proves that data were scrubbed.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.timeout) || duration(self.timeout) >= duration('10s') && duration(self.timeout) <= duration('24h')")
        .message("timeout must lie between 10s and 24h").field_path(".timeout")
)]
pub struct Scrubbed {
    /// Its name.
    #[schemars(length(min = 1, max = 40), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub name: String,
    /// The CronJob of the trial's namespace that its Job is made from.
    pub cron_job_ref: CronJobRef,
    /// How long its Job may take, from its start on; absent: 30m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// What its Job must write as its termination message, exactly.
    #[schemars(length(min = 1, max = 128))]
    pub expect: String,
}

/// The Job that empties a trial.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.timeout) || duration(self.timeout) >= duration('10s') && duration(self.timeout) <= duration('24h')")
        .message("timeout must lie between 10s and 24h").field_path(".timeout")
)]
pub struct CleanJob {
    /// The CronJob of the trial's namespace that its Jobs are made from.
    pub cron_job_ref: CronJobRef,
    /// How long a Job may take, from its start on; absent: 30m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// To be raised when it failed, and is to be tried again at once. Any other edit of the spec does the same; without one it is tried again after an
    /// hour. Absent: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub attempt: Option<u32>,
}

impl TrialJob {
    /// How long a Job may take.
    pub fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(JOB_TIMEOUT)
    }
}

impl Scrubbed {
    /// How long its Job may take.
    pub fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(JOB_TIMEOUT)
    }
}

impl CleanJob {
    /// How long a Job may take.
    pub fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(JOB_TIMEOUT)
    }
}
