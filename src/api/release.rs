//! `DashboardRelease`: a product version with its images, its acceptance and its approval.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::approval::{Approval, Change, Decision};
pub use super::check::{Check, CheckResult, CheckRun, CronJobRef, Manual, SignOff};
pub use super::interop::{AcceptedIssue, CountedIssue, Interface, Requirement, Risk, Undeclared};
pub use super::rollout::{Ring, Rollback, Rollout};
use super::{Duration, Suspend, hook::Hooks, stored_reason::StoredReason};

/// A product version, who tested it and who approved it.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "uplift.dev",
    version = "v1alpha1",
    kind = "DashboardRelease",
    plural = "dashboardreleases",
    shortname = "drel",
    category = "uplift",
    status = "DashboardReleaseStatus",
    derive = "PartialEq",
    doc = "A release of the product: its version and images, its acceptance on the platform, and its approval.",
    printcolumn(name = "Version", type_ = "string", json_path = ".spec.version"),
    printcolumn(name = "Channel", type_ = "string", json_path = ".spec.channel"),
    printcolumn(name = "Accepted", type_ = "string", json_path = ".status.conditions[?(@.type==\"Accepted\")].status"),
    printcolumn(name = "Approved", type_ = "string", json_path = ".status.conditions[?(@.type==\"Approved\")].status"),
    printcolumn(name = "Tenants", type_ = "integer", json_path = ".status.tenants.running"),
    printcolumn(name = "Pending", type_ = "integer", json_path = ".status.tenants.pending"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason"),
    printcolumn(name = "End of life", type_ = "string", priority = 1, json_path = ".spec.endOfLife"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    selectable = ".spec.version"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.acceptance) || !has(self.acceptance.signOffs) || self.acceptance.signOffs.all(s, has(self.acceptance.checks) && self.acceptance.checks.exists(c, c.name == s.check && has(c.manual)))")
        .message("every sign-off must name one of acceptance.checks that is manual").field_path(".acceptance.signOffs"),
    // Else whoever created it takes it off, and approves.
    validation = Rule::new("!has(oldSelf.acceptance) || !has(oldSelf.acceptance.fourEyes) || !oldSelf.acceptance.fourEyes || has(self.acceptance) && has(self.acceptance.fourEyes) && self.acceptance.fourEyes")
        .message("fourEyes stays true once it is; create another DashboardRelease").field_path(".acceptance.fourEyes")
)]
pub struct DashboardReleaseSpec {
    /// CalVer or SemVer: numbers joined by dots, with an optional pre-release. Missing parts are zero. Immutable.
    #[schemars(length(min = 3, max = 64), regex(pattern = r"^[0-9]+(\.[0-9]+){1,5}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("version is immutable; create another DashboardRelease"))]
    pub version: String,
    /// The stream of releases that tenants follow. Immutable.
    #[serde(default = "default_channel")]
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("channel is immutable; create another DashboardRelease"))]
    pub channel: String,
    /// The image of each component, by name. Immutable.
    #[schemars(length(min = 1, max = 32), extend("additionalProperties" = {"type": "string", "minLength": 1, "maxLength": 512}))]
    #[x_kube(
        validation = Rule::new("self == oldSelf").message("images are immutable; create another DashboardRelease"),
        validation = Rule::new("self.all(c, size(c) <= 63)").message("a component's name has at most 63 characters")
    )]
    pub images: BTreeMap<String, String>,
    /// Versions that may go straight to this one: comparators joined by commas, like `>=2026.9, <2027`. Absent: any lower version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 2, max = 128),
        regex(pattern = r"^ *(>=|<=|>|<|=) *[0-9][0-9A-Za-z.-]*( *, *(>=|<=|>|<|=) *[0-9][0-9A-Za-z.-]*)* *$")
    )]
    pub upgrades_from: Option<String>,
    /// The local date, in the zone of each tenant's window, from whose first instant on this version is not supported any more. Absent:
    /// supported, with no end known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10), regex(pattern = "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"))]
    pub end_of_life: Option<Date>,
    /// The software inside its images. Where that ends before the version does, tenants are to leave it by then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["product", "version"]))]
    pub contains: Vec<Contained>,
    /// What it needs of the software that tenants use, and of the tenants that they depend on. A tenant that has not got it is held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub requires: Vec<Requirement>,
    /// What it offers to other tenants. Of an interface that is not listed nothing is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub interfaces: Vec<Interface>,
    /// Risks that people know of. The tenants that they concern are held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub risks: Vec<Risk>,
    /// Issues that hold nobody for a time. To write them takes the verb accept-issue, in one's own name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["issue"]))]
    pub accepted_issues: Vec<AcceptedIssue>,
    /// What is new in it, in words for customers: in each letter about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Notes>,
    /// What must have passed before anyone is upgraded.
    #[serde(default)]
    pub acceptance: Acceptance,
    /// How it goes out to the tenants, when it stops by itself, and what happens where it fails.
    #[serde(default)]
    pub rollout: Rollout,
    /// Jobs that each upgrade to it runs in the tenant's namespace.
    #[serde(default, skip_serializing_if = "Hooks::is_empty")]
    pub hooks: Hooks,
    /// The decision of change management; absent means pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// While present, nothing new starts on this release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<Suspend>,
    /// Taken back by people: nothing new is planned or started, and who was told of a date is told that it is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
}

fn default_channel() -> String {
    "stable".into()
}

/// What is new in a release, for customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notes {
    /// One line, like `New report editor`.
    #[schemars(length(min = 1, max = 256))]
    pub summary: String,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 9, max = 512), regex(pattern = r#"^https://[^\s<>"']+$"#))]
    pub url: Option<String>,
}

/// Acceptance on the hosting platform: every check passed, and the soak over.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Acceptance {
    /// Elapsed time that must pass from soakFrom on.
    #[serde(default)]
    pub minimum_soak: Duration,
    /// The UTC date at whose start the soak began; absent: the creation of this object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10))]
    pub soak_from: Option<Date>,
    /// Whether an approval by whoever created this object counts for nothing. Once true it stays true.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub four_eyes: bool,
    /// What must pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub checks: Vec<Check>,
    /// The results of manual checks, one for each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["check"]))]
    pub sign_offs: Vec<SignOff>,
}

/// A software inside the images of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contained {
    /// The name of a `SoftwareProduct`.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"))]
    pub product: String,
    /// Its version.
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[0-9A-Za-z][0-9A-Za-z.+~:_-]*$"))]
    pub version: String,
}

/// Why a release was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Withdrawn {
    /// Why; shown to customers whose slot it takes.
    #[schemars(length(min = 1, max = 256))]
    pub reason: String,
}

/// What the operator says of a release. Counts are for people; no rule reads them. The halt and the runs of checks are for rules too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DashboardReleaseStatus {
    /// The generation that this status was computed from.
    pub observed_generation: i64,
    /// How many tenants stand where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenants: Option<TenantCounts>,
    /// The last halt; without `resumedAt` it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub halt: Option<Halt>,
    /// The rings of `spec.rollout`, in its order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub rings: Vec<RingStatus>,
    /// The newest run of each check by Job. A result that stands here is never overwritten by another of the same attempt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub checks: Vec<CheckRun>,
    /// The issues of tenants that are planned for it, and those that were accepted: twenty at most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["issue"]))]
    pub issues: Vec<CountedIssue>,
    /// `Ready`, `Accepted`, `Approved`, `RolledOut`; `Supported` where an end is known of it or of what it contains; `Halted` only while it is true, `JobsReady` only while it is false.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// How far a ring has proved a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RingStatus {
    /// Its name.
    #[schemars(length(max = 63))]
    pub name: String,
    /// Since when it is proven, UTC: one of its tenants succeeded, none was in flight, and the soak was over. It stays so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven_at: Option<Timestamp>,
    /// Its tenants, counted as in `status.tenants`.
    #[serde(default)]
    pub tenants: TenantCounts,
}

/// A release that failures stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Halt {
    /// Halts of a release count from 1; `spec.rollout.resumedHalt` with this number lifts it.
    pub id: u32,
    /// When it was halted, UTC.
    pub at: Timestamp,
    /// Why.
    pub reason: StoredReason,
    /// The same in words.
    #[schemars(length(max = 256))]
    pub message: String,
    /// The tenants whose upgrades failed, as namespace/name; at most ten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub failures: Vec<String>,
    /// What `spec.rollout.resumedHalt` was last seen to be while it stands: only another value that is its id lifts it.
    #[serde(default)]
    pub resumed_halt: u32,
    /// When people lifted it, UTC. Upgrades that started before do not count any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed_at: Option<Timestamp>,
}

impl Halt {
    /// Whether it stands.
    pub fn stands(&self) -> bool {
        self.resumed_at.is_none()
    }
}

impl DashboardReleaseStatus {
    /// The halt that stands.
    pub fn standing_halt(&self) -> Option<&Halt> {
        self.halt.as_ref().filter(|halt| halt.stands())
    }
}

/// Tenants of the release's channel, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct TenantCounts {
    /// They run this version.
    pub running: u32,
    /// They have a slot for it, or will get one.
    pub pending: u32,
    /// Their upgrade to it is in flight.
    pub upgrading: u32,
    /// Their upgrade to it failed and was not asked for again.
    pub failed: u32,
    /// When this was counted, UTC: counts are written at most every ten seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}
