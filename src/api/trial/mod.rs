//! `UpgradeTrial`: a copy of a tenant, cut off from the world, on which a version is tried with the tenant's own data (R34 to R36).

mod job;
mod status;
mod step;

use std::fmt;

pub use job::{CleanJob, Scrubbed, TrialJob, TrialJobs};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use status::*;
pub use step::{TrialStep, TrialStepKind};

use super::{
    Duration,
    tenant::{ContainerRef, WorkloadKind, WorkloadRef},
};

/// A trial's namespace: workloads at zero replicas, Jobs that fill and empty it, and whose copy it is. Its runs stand in its status.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "uplift.dev",
    version = "v1alpha1",
    kind = "UpgradeTrial",
    plural = "upgradetrials",
    namespaced,
    shortname = "ut",
    category = "uplift",
    status = "UpgradeTrialStatus",
    derive = "PartialEq",
    doc = "A copy of a tenant in a namespace of its own, cut off from the world: a version is tried there with the tenant's own data.",
    printcolumn(name = "Tenant", type_ = "string", json_path = ".spec.tenantRef.namespace"),
    printcolumn(name = "Version", type_ = "string", json_path = ".status.run.version"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason"),
    printcolumn(name = "Cleaned", type_ = "string", json_path = ".status.conditions[?(@.type==\"Cleaned\")].status"),
    printcolumn(name = "Until", type_ = "string", json_path = ".status.run.expiresAt"),
    printcolumn(name = "Last", type_ = "string", json_path = ".status.runs[0].verdict"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("duration(self.ttl) >= duration('1h') && duration(self.ttl) <= duration('2160h')")
        .message("ttl must lie between 1h and 2160h (90 days)").field_path(".ttl"),
    validation = Rule::new("self.workloads.all(one, self.workloads.exists_one(other, other.name == one.name))")
        .message("two workloads have one name; a trial tells them apart by it, so give one of them another name").field_path(".workloads")
)]
pub struct UpgradeTrialSpec {
    /// Whose copy it is. That tenant must name this namespace in `spec.trials.namespace`: both sides say yes.
    pub tenant_ref: TenantRef,
    /// What is tried: `Next`, the version that the tenant would be upgraded to next; or the name of a release.
    #[serde(default = "next")]
    #[schemars(length(min = 1, max = 253))]
    pub release: String,
    /// Where people look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 10, max = 2048), regex(pattern = r"^https?://[^\s/@]+(/\S*)?$"))]
    pub url: Option<String>,
    /// What runs in a trial, in this order, in the trial's own namespace. Between runs all of them are at zero replicas.
    #[schemars(length(min = 1, max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["kind", "name"]))]
    pub workloads: Vec<TrialWorkload>,
    /// The Jobs that fill it, prove that it is safe, and empty it.
    pub jobs: TrialJobs,
    /// How long it stands once it is ready, unless somebody answers before; at most what the operator's configuration allows.
    #[serde(default = "default_ttl")]
    pub ttl: Duration,
}

/// What stands in `release` for the version that the tenant would be upgraded to next. No object can have this name.
pub const NEXT: &str = "Next";

fn next() -> String {
    NEXT.into()
}

/// A week.
pub const DEFAULT_TTL: Duration = Duration::from_hours(168);

fn default_ttl() -> Duration {
    DEFAULT_TTL
}

/// A `TenantInstance`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantRef {
    /// Its namespace.
    #[schemars(length(min = 1, max = 63))]
    pub namespace: String,
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

impl fmt::Display for TenantRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A workload of a trial.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.kind != 'DaemonSet'")
        .message("a DaemonSet has no replicas, so nothing could stop it; use a Deployment or a StatefulSet").field_path(".kind")
)]
pub struct TrialWorkload {
    /// Its kind: a Deployment or a StatefulSet.
    pub kind: WorkloadKind,
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// How many pods it has while a trial runs; absent: 1.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100))]
    pub replicas: i32,
    /// Which container runs which component. Absent: containers whose names are components.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub containers: Vec<ContainerRef>,
}

const fn one() -> i32 {
    1
}

impl TrialWorkload {
    /// The same without its replicas.
    pub fn reference(&self) -> WorkloadRef {
        WorkloadRef { kind: self.kind, name: self.name.clone(), containers: self.containers.clone() }
    }
}
