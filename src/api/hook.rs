//! Hooks and probes (R19): Jobs of an upgrade, as people ask for them.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Duration, check::CronJobRef};

/// Jobs that run before the images of an upgrade are changed, and after they run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Hooks {
    /// Before the first image is changed, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub before: Vec<Hook>,
    /// Once every workload runs the new images, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub after: Vec<Hook>,
}

impl Hooks {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
}

/// A Job that an upgrade runs in the tenant's namespace. If it fails, so does the upgrade.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.timeout) || duration(self.timeout) >= duration('10s') && duration(self.timeout) <= duration('24h')")
        .message("timeout must lie between 10s and 24h").field_path(".timeout")
)]
pub struct Hook {
    /// Its name.
    #[schemars(length(min = 1, max = 40), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub name: String,
    /// The CronJob of the tenant's namespace that its Job is made from.
    pub cron_job_ref: CronJobRef,
    /// How long a Job of it may take, from its start on, pulling images included; absent: 30m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// How many more Jobs are made, one after the other and at once, when one fails; absent: none. It says that the Job may run more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 5))]
    pub retries: Option<u32>,
    /// Whether it may change the tenant's data: from then on old images are not put back. Absent: true before, false after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes_data: Option<bool>,
}

/// A measurement of the tenant's data, before and after an upgrade: what its Job writes as its termination message.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.compare) != has(self.within)").message("a probe has either compare or within"),
    validation = Rule::new("!has(self.timeout) || duration(self.timeout) >= duration('10s') && duration(self.timeout) <= duration('24h')")
        .message("timeout must lie between 10s and 24h").field_path(".timeout")
)]
pub struct Probe {
    /// Its name.
    #[schemars(length(min = 1, max = 40), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub name: String,
    /// The CronJob of the tenant's namespace that its Jobs are made from.
    pub cron_job_ref: CronJobRef,
    /// How long one measurement may take, from its Job's start on; absent: 30m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// What the value after must be beside the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Compare>,
    /// The value after may differ from the one before by this part of it, inclusive, like `1%` or `0.5%`; of zero it means equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8), regex(pattern = r"^[0-9]{1,3}(\.[0-9]{1,2})?%$"))]
    pub within: Option<String>,
}

/// What a probe's value after the upgrade must be beside the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Compare {
    /// The same text.
    Equal,
    /// A number that is not lower.
    NotLess,
}
