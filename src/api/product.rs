//! `SoftwareProduct`: a software that releases, tenants or shared services depend on, and until when each of its versions is supported (R27).

mod cycle;
mod license;
mod planned;
mod source;

use std::fmt;

pub use cycle::{Cycle, Disorder, Milestone};
use jiff::civil::Date;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
pub use license::{EndNotice, EndReceipt, License};
pub use planned::{PlannedStatus, PlannedVersion};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use source::{Fetched, KnownCycle, Source, SourceError};

use super::{
    Duration,
    tenant::{Responsibility, Runway},
};

/// A software with its life cycles, and where the platform runs it for several tenants.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "uplift.dev",
    version = "v1alpha1",
    kind = "SoftwareProduct",
    plural = "softwareproducts",
    shortname = "swp",
    category = "uplift",
    status = "SoftwareProductStatus",
    derive = "PartialEq",
    validation = Rule::new("size(self.metadata.name) <= 63 && self.metadata.name != 'dashboard'")
        .message("the name of a product has at most 63 characters, and is not dashboard: so statuses call what Uplift upgrades"),
    doc = "A software that releases, tenants or shared services depend on: until when each of its versions is supported.",
    printcolumn(name = "Label", type_ = "string", json_path = ".spec.label"),
    printcolumn(name = "Supported", type_ = "string", json_path = ".status.conditions[?(@.type==\"Supported\")].status"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.conditions[?(@.type==\"Supported\")].reason"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.notifyBefore.all(d, duration(d) >= duration('24h') && duration(d) <= duration('17520h'))")
        .message("each of notifyBefore must lie between 24h and 17520h (two years)").field_path(".notifyBefore"),
    validation = Rule::new("has(self.releases) != has(self.source)")
        .message("a product has either releases, written by hand, or a source that they are read from; write one of the two, and leave the other out")
)]
pub struct SoftwareProductSpec {
    /// The name that people use, like `PostgreSQL`. Absent: the name of this object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub label: Option<String>,
    /// What it is called elsewhere: so `kubectl uplift sbom` finds it in bills of materials.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type", "id"]))]
    pub identifiers: Vec<Identifier>,
    /// Its life cycles, in the words of endoflife.date. A version belongs to the one whose name is its longest prefix that ends at a dot:
    /// `15.4` to `15`, and to `15.4` where there is one. Either these or `source`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 256), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub releases: Vec<Cycle>,
    /// Where its life cycles are read from, instead of `releases`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Which of the dates of a cycle ends its support. Where a cycle does not have it, `eolFrom` does.
    #[serde(default)]
    pub supported_until: Milestone,
    /// How long before its end who has to replace a version is told of it; that it has ended is told in any case.
    #[serde(default = "default_notify_before")]
    #[schemars(length(max = 8))]
    pub notify_before: Vec<Duration>,
    /// What can take its place: shown wherever a version of it ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub alternatives: Vec<Alternative>,
    /// What is paid for until a day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub licenses: Vec<License>,
    /// Where it runs for several tenants, which name it in `spec.dependencies`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub installations: Vec<Installation>,
}

/// How long before an end it is told, unless the product says otherwise.
pub const NOTIFY_BEFORE: [Duration; 3] =
    [Duration::from_hours(90 * 24), Duration::from_hours(60 * 24), Duration::from_hours(30 * 24)];

fn default_notify_before() -> Vec<Duration> {
    NOTIFY_BEFORE.into()
}

/// What a product is called elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Identifier {
    /// By whom.
    #[serde(rename = "type")]
    pub kind: IdentifierType,
    /// The name: a package url without a version, like `pkg:docker/library/postgres`; or the `ID` of a distribution, like `debian`.
    #[schemars(length(min = 1, max = 256), regex(pattern = r"^\S+$"))]
    pub id: String,
}

/// Who calls a product so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum IdentifierType {
    /// A package url. Packages of a distribution are the distribution's, unless a product names their very url.
    Purl,
    /// `ID` in `/etc/os-release` of a distribution: its packages are of this product, in the version of the distribution.
    OsRelease,
}

/// What can take the place of a version that ends: another release of the product, or another product.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.release) != has(self.product)")
        .message("an alternative is either a release of this product or another product; write another alternative for the other")
)]
pub struct Alternative {
    /// A release of this product, like `17`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub release: Option<String>,
    /// Another product, by the name that people use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub product: Option<String>,
    /// What it takes, in words for customers.
    #[schemars(length(min = 1, max = 256))]
    pub note: String,
}

impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let what = self.release.as_ref().or(self.product.as_ref()).map_or("", String::as_str);
        write!(f, "{what} ({})", self.note)
    }
}

/// A shared service: the product as it runs for several tenants.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.planned) || self.planned.version != self.version")
        .message("the planned version runs already: remove planned, or name the version that comes next").field_path(".planned.version")
)]
pub struct Installation {
    /// Its name: one name in all products.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub name: String,
    /// The version that runs.
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[0-9A-Za-z][0-9A-Za-z.+~:_-]*$"))]
    pub version: String,
    /// Who replaces it before its end.
    #[serde(default)]
    pub responsibility: Responsibility,
    /// The version that is to run next. Tenants that it would leave behind are told before (`SharedServiceMoves`); nothing is held by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<PlannedVersion>,
}

/// What the operator says of a product.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SoftwareProductStatus {
    /// The generation that this status was computed from.
    pub observed_generation: i64,
    /// Its installations, in the order of the spec.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub installations: Vec<InstallationStatus>,
    /// What was told of its ends to whoever runs the platform, the newest first: nothing is told twice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 96))]
    pub notices: Vec<EndNotice>,
    /// The last good answer of its source: it is in force as long as the source is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Fetched>,
    /// `Ready`: the spec makes sense. `Supported`: every installation runs a version that is; absent without installations. `LicensesValid`: no licence
    /// has expired; absent without licences. `SourceReady`: its source answers with something to believe; absent without a source.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// Until when what an installation runs is supported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstallationStatus {
    /// Its name.
    #[schemars(length(max = 63))]
    pub name: String,
    /// The version that runs.
    #[schemars(length(max = 64))]
    pub version: String,
    /// The first date without support, in UTC; absent: no end is known, or no cycle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<Date>,
    /// `Supported`, `Ended`, or `Unknown` where no cycle has this version.
    pub state: Runway,
    /// The version that is to run next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<PlannedStatus>,
}
