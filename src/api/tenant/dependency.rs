//! What a tenant depends on beside the product itself (R27).

use std::fmt;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a tenant uses: a shared service of the platform, a software of its own, or an interface of another tenant.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("[has(self.installation), has(self.product), has(self.tenant)].filter(named, named).size() == 1")
        .message("a dependency names an installation, a product or a tenant, and one of them only; write another dependency for another"),
    validation = Rule::new("has(self.product) == has(self.version)")
        .message("product and version stand together; an installation says its own version").field_path(".version"),
    validation = Rule::new("!has(self.responsibility) || has(self.product)")
        .message("an installation says itself who is responsible for it; leave responsibility out").field_path(".responsibility"),
    validation = Rule::new("has(self.tenant) == has(self.interface)")
        .message("tenant and interface stand together: which of its interfaces is used").field_path(".interface"),
    validation = Rule::new("!has(self.versions) || !has(self.product)")
        .message("versions are those of an installation, or of an interface of another tenant; a product of the tenant's own has a version").field_path(".versions")
)]
pub struct Dependency {
    /// A name for it, which `status.support` repeats.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub name: String,
    /// The name of an installation in a `SoftwareProduct`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub installation: Option<String>,
    /// The name of a `SoftwareProduct`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"))]
    pub product: Option<String>,
    /// The version of it that the tenant uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[0-9A-Za-z][0-9A-Za-z.+~:_-]*$"))]
    pub version: Option<String>,
    /// Who replaces it before its end. Absent: the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsibility: Option<Responsibility>,
    /// Another `TenantInstance`, as namespace/name, of which an interface is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 317), regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"))]
    pub tenant: Option<String>,
    /// The interface of it, as its release names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub interface: Option<String>,
    /// The versions of the installation, or of the interface, that will do, like `>=2, <3`; absent: any. The tenant is told of a planned version of
    /// the installation that is none of them; the other tenant is held from a release without one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 2, max = 128),
        regex(pattern = r"^ *(>=|<=|>|<|=) *[0-9]+(\.[0-9]+){0,5}( *, *(>=|<=|>|<|=) *[0-9]+(\.[0-9]+){0,5})* *$")
    )]
    pub versions: Option<String>,
}

/// Who replaces a software before it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Responsibility {
    /// Whoever runs the platform.
    #[default]
    Provider,
    /// The customer.
    Customer,
}

impl fmt::Display for Responsibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Provider => "the provider",
            Self::Customer => "the customer",
        })
    }
}
