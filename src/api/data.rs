//! Backup and restore of a tenant's data around an upgrade (R38, R39), as people ask for it.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Duration, check::CronJobRef};

/// What saves the tenant's data before an upgrade, and brings them back when it fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Data {
    /// The first step of each upgrade: nothing else runs, and nothing is changed, before it has succeeded. What it writes as its termination message,
    /// one line, names the backup: later Jobs of the upgrade are told it as `UPLIFT_BACKUP`, or the Job's name where it writes nothing.
    pub backup: DataJob,
    /// Brings the data of that backup back when an upgrade fails whose hooks may have changed them, where the release says `rollback: Automatic`.
    /// Absent: images and data stay as they are then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore: Option<DataJob>,
}

/// A Job of the tenant's own that saves or restores its data. It runs once in an upgrade.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.timeout) || duration(self.timeout) >= duration('10s') && duration(self.timeout) <= duration('24h')")
        .message("timeout must lie between 10s and 24h").field_path(".timeout")
)]
pub struct DataJob {
    /// The CronJob of the tenant's namespace that its Job is made from.
    pub cron_job_ref: CronJobRef,
    /// How long its Job may take, from its start on, pulling images included; absent: 30m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
}
