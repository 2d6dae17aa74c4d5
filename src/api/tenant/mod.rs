//! `TenantInstance`: one customer's instance of the product, and everything that is planned for it and happened to it.

use std::fmt;

use jiff::civil::Date;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod dependency;
mod status;
mod trials;

pub use dependency::{Dependency, Responsibility};
pub use status::*;
pub use trials::{TrialPolicy, Trials};

use super::{
    Duration, Suspend,
    data::Data,
    hook::{Hooks, Probe},
};

/// A customer's instance: its workloads, its contacts, its window.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "uplift.dev",
    version = "v1alpha1",
    kind = "TenantInstance",
    plural = "tenantinstances",
    namespaced,
    shortname = "ti",
    category = "uplift",
    status = "TenantInstanceStatus",
    derive = "PartialEq",
    doc = "One customer's instance of the product: the workloads to upgrade, whom to tell, and in which window.",
    printcolumn(name = "Version", type_ = "string", json_path = ".status.version"),
    printcolumn(name = "Target", type_ = "string", json_path = ".status.upgrade.to"),
    printcolumn(name = "Slot", type_ = "string", json_path = ".status.upgrade.slot.opens"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.conditions[?(@.type==\"UpToDate\")].reason"),
    printcolumn(name = "Opt-out", type_ = "string", json_path = ".status.optOuts[0].verdict"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status"),
    printcolumn(name = "Until", type_ = "string", priority = 1, json_path = ".status.upgrade.slot.optOutUntil"),
    printcolumn(name = "Window", type_ = "string", priority = 1, json_path = ".spec.windowRef.name"),
    printcolumn(name = "Ring", type_ = "string", priority = 1, json_path = ".spec.ring"),
    printcolumn(name = "Customer", type_ = "string", priority = 1, json_path = ".spec.customer.displayName"),
    printcolumn(name = "Must start by", type_ = "string", priority = 1, json_path = ".status.support[0].mustStartBy"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    selectable = ".spec.windowRef.name",
    selectable = ".spec.channel",
    selectable = ".spec.ring"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.rolloutTimeout) || (duration(self.rolloutTimeout) >= duration('1m') && duration(self.rolloutTimeout) <= duration('24h'))")
        .message("rolloutTimeout must lie between 1m and 24h").field_path(".rolloutTimeout")
)]
pub struct TenantInstanceSpec {
    /// Who the customer is.
    pub customer: Customer,
    /// Whom to tell of slots and results. Without a contact nothing is planned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub contacts: Vec<Contact>,
    /// The stream of releases to follow.
    #[serde(default = "default_channel")]
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub channel: String,
    /// The ring that it is in: earlier rings of a release prove it for later ones.
    #[serde(default = "default_ring")]
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub ring: String,
    /// The window in which upgrades run.
    pub window_ref: WindowRef,
    /// What is upgraded, in this order, in the tenant's own namespace.
    #[schemars(length(min = 1, max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["kind", "name"]))]
    pub workloads: Vec<WorkloadRef>,
    /// The longest that the rollout of one workload may take before the upgrade counts as failed, in elapsed time: between 1m and
    /// 24h. A Deployment's own `progressDeadlineSeconds` (twice that and a minute), the slot's length, or 30m where this is absent (of a
    /// StatefulSet or DaemonSet 21m) may end it earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout_timeout: Option<Duration>,
    /// Jobs that an upgrade runs in the tenant's namespace beside those of the release: the tenant's first before, and last after.
    #[serde(default, skip_serializing_if = "Hooks::is_empty")]
    pub hooks: Hooks,
    /// What is measured before and after an upgrade. Where they do not agree, the upgrade has failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub probes: Vec<Probe>,
    /// What saves the tenant's data before an upgrade, and brings them back when it fails. Absent: nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Data>,
    /// Software that it uses beside the product: until when that is supported stands in `status.support`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub dependencies: Vec<Dependency>,
    /// Where versions are tried with the tenant's own data; absent: nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trials: Option<Trials>,
    /// A ceiling: no version above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<Pin>,
    /// Managed, or seen and counted but never touched.
    #[serde(default)]
    pub management: Management,
    /// While present, no upgrade of this tenant starts. Also the way to honour a late opt-out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<Suspend>,
}

impl TenantInstanceSpec {
    /// Whether the tenant goes to no version that was not tried.
    pub fn must_be_tried(&self) -> bool {
        self.trials.as_ref().is_some_and(|trials| trials.policy == TrialPolicy::Required)
    }
    /// Whether nothing of it is to be tried.
    pub fn is_never_tried(&self) -> bool {
        self.trials.as_ref().is_some_and(|trials| trials.policy == TrialPolicy::None)
    }
}

fn default_channel() -> String {
    "stable".into()
}

fn default_ring() -> String {
    "general".into()
}

/// The customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// The name that people and notices use.
    #[schemars(length(min = 1, max = 128))]
    pub display_name: String,
}

/// Where a tenant's messages go: either `webhook` or `email`.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.webhook) != has(self.email)")
        .message("a contact has either a webhook or an email; write another contact for the other")
)]
pub struct Contact {
    /// A name for it, which receipts repeat.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub name: String,
    /// An address that takes a signed CloudEvent by POST. https only, and no private address, unless the operator's configuration lists the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 10, max = 2048), regex(pattern = r"^https?://[^\s/@]+(/\S*)?$"))]
    pub webhook: Option<String>,
    /// An e-mail address, without a name: `it@acme.example`. Announcements bring an invitation for the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 3, max = 254),
        regex(
            pattern = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$"
        )
    )]
    pub email: Option<String>,
    /// Whether a notice counts as delivered only when this contact accepted it. Absent: true for the first contact, false for the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
}

/// The name of an `UpgradeWindow`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WindowRef {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// A workload of the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadRef {
    /// Its kind.
    pub kind: WorkloadKind,
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Which container runs which component. Absent: containers whose names are components.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub containers: Vec<ContainerRef>,
}

impl fmt::Display for WorkloadRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.kind, self.name)
    }
}

/// Kinds of workloads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum WorkloadKind {
    /// A Deployment.
    #[default]
    Deployment,
    /// A StatefulSet, updated by `RollingUpdate` without a partition.
    StatefulSet,
    /// A DaemonSet, updated by `RollingUpdate`.
    DaemonSet,
}

impl WorkloadKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Deployment, Self::StatefulSet, Self::DaemonSet];
    /// The API that serves all of them.
    pub const API_VERSION: &str = "apps/v1";
    /// As it stands in a manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
        }
    }
    /// As it stands in the path of a request.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Deployment => "deployments",
            Self::StatefulSet => "statefulsets",
            Self::DaemonSet => "daemonsets",
        }
    }
}

impl fmt::Display for WorkloadKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A container and the component that it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContainerRef {
    /// The container's name.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// The component whose image it runs.
    #[schemars(length(min = 1, max = 63))]
    pub component: String,
}

/// A ceiling of versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pin {
    /// The highest version that the tenant may go to.
    #[schemars(length(min = 3, max = 64), regex(pattern = r"^[0-9]+(\.[0-9]+){1,5}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$"))]
    pub version: String,
    /// The pin ends at the first instant of this date in the window's zone. Absent: it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10))]
    pub until: Option<Date>,
    /// Why.
    #[schemars(length(min = 1, max = 256))]
    pub reason: String,
}

/// Whether Uplift upgrades a tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Management {
    /// Planned, announced, upgraded.
    #[default]
    Managed,
    /// Seen and counted, never touched.
    Unmanaged,
}
