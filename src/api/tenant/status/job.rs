//! The Jobs of an upgrade, and what came of them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::{
    Duration,
    defaults::{first, is_first, is_job_timeout, is_zero, job_timeout},
    hook::Compare,
    stored_reason::StoredReason,
};

/// A Job of an upgrade, as the manifests asked for it when it started, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpgradeJob {
    /// Whose it is, and when it runs.
    pub phase: JobPhase,
    /// The name of the hook or the probe.
    #[schemars(length(max = 40))]
    pub name: String,
    /// The CronJob that it is made from.
    #[schemars(length(max = 52))]
    pub cron_job: String,
    /// How long one try may take; absent: 30m.
    #[serde(default = "job_timeout", skip_serializing_if = "is_job_timeout")]
    pub timeout: Duration,
    /// How many more tries follow one that fails.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u32,
    /// It may change the tenant's data.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changes_data: bool,
    /// Of a probe: what its value after must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Compare>,
    /// Of a probe: by what part its value may differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8))]
    pub within: Option<String>,
    /// Which try counts, from 1 on.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub attempt: u32,
    /// The Job of this try, once it was seen, in the tenant's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub job: Option<String>,
    /// When the Job began, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When the Job was over, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// How it ended, after its last try; absent: it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<JobResult>,
    /// Why it failed; without a result: why it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<StoredReason>,
    /// What its container wrote as the termination message, of a probe the value; or why it failed, or what it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub message: Option<String>,
    /// Of a probe after the upgrade, or on its way back: whether its value agrees with the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<bool>,
}

impl UpgradeJob {
    /// Its step: the word that its Jobs bear as a label, and that tells it from every other of the upgrade.
    pub fn step(&self) -> String {
        format!("{}.{}", self.phase.word(), self.name)
    }
    /// What keeps it from going on, that people must mend: reason and message. Of one that has a result the same fields say how it ended.
    pub fn waits_for(&self) -> Option<(&StoredReason, &str)> {
        self.result.is_none().then(|| self.reason.as_ref().zip(self.message.as_deref())).flatten()
    }
    /// Whether a Job of it was seen.
    pub fn begun(&self) -> bool {
        self.job.is_some() || self.attempt > 1
    }
}

/// Whose Job it is, and when it runs. The order is that of an upgrade; the last two run only on its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum JobPhase {
    /// What saves the tenant's data, first of all.
    Backup,
    /// A probe of the tenant, measured before anything is changed.
    ProbeBefore,
    /// A hook of the tenant, before the images.
    TenantBefore,
    /// A hook of the release, before the images.
    ReleaseBefore,
    /// A hook of the release, after the images.
    ReleaseAfter,
    /// A hook of the tenant, after the images.
    TenantAfter,
    /// A probe of the tenant, measured last of all.
    ProbeAfter,
    /// What brings the data of the backup back.
    Restore,
    /// A probe of the tenant, measured when data and images are those from before.
    ProbeBack,
}

impl JobPhase {
    /// As it stands in the label of a Job.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::ProbeBefore => "probe-before",
            Self::TenantBefore => "tenant-before",
            Self::ReleaseBefore => "release-before",
            Self::ReleaseAfter => "release-after",
            Self::TenantAfter => "tenant-after",
            Self::ProbeAfter => "probe-after",
            Self::Restore => "restore",
            Self::ProbeBack => "probe-back",
        }
    }
    /// Whether it comes after the images.
    pub const fn is_after(self) -> bool {
        matches!(self, Self::ReleaseAfter | Self::TenantAfter | Self::ProbeAfter)
    }
    /// Whether it runs on the way back only.
    pub const fn is_back(self) -> bool {
        matches!(self, Self::Restore | Self::ProbeBack)
    }
    /// Whether it measures.
    pub const fn is_probe(self) -> bool {
        matches!(self, Self::ProbeBefore | Self::ProbeAfter | Self::ProbeBack)
    }
}

/// How a hook, or a measurement, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum JobResult {
    /// Its Job succeeded.
    Succeeded,
    /// Its last try failed, or could not be made.
    Failed,
}

/// What became of a hook of an upgrade that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HookEntry {
    /// Whose it is, when it ran, and its name, like `release-before.migrate`.
    pub name: String,
    /// How it ended.
    pub result: JobResult,
    /// How long its last Job took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<Duration>,
    /// What it wrote, or why it failed: at most 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub message: Option<String>,
}

/// What a probe measured around an upgrade that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProbeEntry {
    /// Its name.
    pub name: String,
    /// The value before: at most 128 characters; absent: it could not be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub before: Option<String>,
    /// The value after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub after: Option<String>,
    /// The value once the data were restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub restored: Option<String>,
    /// Whether those before and after agree; absent: there was nothing to compare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<bool>,
}
