//! What a release needs of the software around it, what it offers to others, and which of its issues were accepted (R31).

use jiff::civil::Date;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a release needs: a software that the tenant uses, or an interface of another tenant, in one of these versions.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.product) != has(self.interface)")
        .message("a requirement names either a product or an interface; write another one for the other")
)]
pub struct Requirement {
    /// The name of a `SoftwareProduct`, which tenants name in `spec.dependencies`, or an installation of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"))]
    pub product: Option<String>,
    /// The name of an interface, of the tenants that a tenant depends on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub interface: Option<String>,
    /// The versions that will do: comparators joined by commas, like `>=14, <18`. Only the numbers that a version begins with are compared.
    #[schemars(
        length(min = 2, max = 128),
        regex(pattern = r"^ *(>=|<=|>|<|=) *[0-9]+(\.[0-9]+){0,5}( *, *(>=|<=|>|<|=) *[0-9]+(\.[0-9]+){0,5})* *$")
    )]
    pub versions: String,
    /// What it means that a tenant declares no such dependency.
    #[serde(default)]
    pub undeclared: Undeclared,
}

impl Requirement {
    /// What it is about: the product, or the interface.
    pub fn about(&self) -> &str {
        self.product.as_deref().or(self.interface.as_deref()).unwrap_or_default()
    }
}

/// What it means that a tenant declares no dependency that a release needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Undeclared {
    /// It is told, and holds nobody.
    #[default]
    Warn,
    /// It holds the tenant, until it declares one, or the issue is accepted.
    Hold,
}

/// An interface that a release offers to other tenants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Interface {
    /// Its name, which dependencies of other tenants repeat.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub name: String,
    /// The versions of it that the release speaks.
    #[schemars(length(min = 1, max = 16), extend("x-kubernetes-list-type" = "set", "items" = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[0-9]+(\.[0-9]+){0,5}$"}))]
    pub versions: Vec<String>,
}

/// A risk that people know of: it concerns the tenants that use such a software.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Risk {
    /// Its name, like `SamlLegacy`.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$"))]
    pub name: String,
    /// Whom it concerns.
    #[serde(rename = "match")]
    pub matches: RiskMatch,
    /// What may happen, and what to do.
    #[schemars(length(min = 1, max = 128))]
    pub message: String,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 9, max = 512), regex(pattern = r#"^https://[^\s<>"']+$"#))]
    pub url: Option<String>,
}

/// The software that a risk is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RiskMatch {
    /// The name of a `SoftwareProduct`.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"))]
    pub product: String,
    /// Its versions, as in `requires`.
    #[schemars(
        length(min = 2, max = 128),
        regex(pattern = r"^ *(>=|<=|>|<|=) *[0-9]+(\.[0-9]+){0,5}( *, *(>=|<=|>|<|=) *[0-9]+(\.[0-9]+){0,5})* *$")
    )]
    pub versions: String,
}

/// An issue that somebody took on: it holds nobody until its day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedIssue {
    /// The issue, as `kubectl uplift issues` spells it: `IncompatibleDependency/postgresql`.
    #[schemars(
        length(min = 1, max = 128),
        regex(
            pattern = r"^(IncompatibleDependency|DependencyUndeclared|BreaksConsumer|NamedRisk)/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$"
        )
    )]
    pub issue: String,
    /// The user who accepted it; admission compares it with who writes.
    #[schemars(length(min = 1, max = 256))]
    pub by: String,
    /// The first UTC date on which it holds again.
    #[schemars(length(max = 10), regex(pattern = "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"))]
    pub until: Date,
    /// Why it may be taken on.
    #[schemars(length(min = 1, max = 256))]
    pub reason: String,
}

/// An issue of a release, as its status counts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CountedIssue {
    /// The issue.
    #[schemars(length(max = 128))]
    pub issue: String,
    /// How many tenants that are planned for the release have it.
    #[serde(default)]
    pub tenants: u32,
    /// The first of them, as namespace/name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3))]
    pub first: Vec<String>,
    /// Somebody accepted it until this day; absent: nobody did, or that day has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_until: Option<Date>,
}
