//! A step of a run.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::{
    Duration,
    defaults::{first, is_first, is_job_timeout, is_zero, job_timeout},
    stored_reason::StoredReason,
    tenant::JobResult,
};

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum TrialStepKind {
    /// The tenant's own `spec.data.backup`, in the tenant's namespace: it changes nothing there.
    Backup,
    /// The proof that the trial is cut off.
    Egress,
    /// The data come in.
    Restore,
    /// What must not be in a trial is taken out.
    Scrub,
    /// One of the proofs that it is out.
    Scrubbed,
    /// A workload comes up on the version that runs in production.
    Boot,
    /// A hook of the tenant, before the images.
    TenantBefore,
    /// A hook of the release, before the images.
    ReleaseBefore,
    /// A workload gets the images of the version that is tried.
    Images,
    /// A hook of the release, after the images.
    ReleaseAfter,
    /// A hook of the tenant, after the images.
    TenantAfter,
    /// The data are taken away.
    Clean,
}

impl TrialStepKind {
    /// As it stands in the label of a Job.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Egress => "egress",
            Self::Restore => "restore",
            Self::Scrub => "scrub",
            Self::Scrubbed => "scrubbed",
            Self::Boot => "boot",
            Self::TenantBefore => "tenant-before",
            Self::ReleaseBefore => "release-before",
            Self::Images => "images",
            Self::ReleaseAfter => "release-after",
            Self::TenantAfter => "tenant-after",
            Self::Clean => "clean",
        }
    }
}

/// A step of a run: a Job, or a workload that comes up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrialStep {
    /// What it does.
    pub kind: TrialStepKind,
    /// Which one of its kind: a count, a hook, a workload.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 253))]
    pub name: String,
    /// The CronJob that its Job is made from; absent: it is a workload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 52))]
    pub cron_job: Option<String>,
    /// How long a Job may take; absent: 30m.
    #[serde(default = "job_timeout", skip_serializing_if = "is_job_timeout")]
    pub timeout: Duration,
    /// What its Job must write, exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub expect: Option<String>,
    /// How many more tries follow one that fails.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u32,
    /// Which try counts, from 1 on.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub attempt: u32,
    /// The Job of this try, once it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub job: Option<String>,
    /// When it began, UTC: its Job, or that the workload was to come up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it was over, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// How it ended, after its last try; absent: it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<JobResult>,
    /// Why it failed; without a result: why it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub reason: Option<StoredReason>,
    /// What its container wrote as the termination message; or why it failed, or what it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub message: Option<String>,
}

impl TrialStep {
    /// The word that its Jobs bear as a label, and that tells it from every other of the run.
    pub fn word(&self) -> String {
        if self.name.is_empty() { self.kind.word().into() } else { format!("{}.{}", self.kind.word(), self.name) }
    }
    /// Whether it has ended well.
    pub fn succeeded(&self) -> bool {
        self.result == Some(JobResult::Succeeded)
    }
}
