//! Where, and whether, versions are tried with a tenant's own data (R34 to R37), as people ask for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where versions are tried with the tenant's own data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trials {
    /// The namespace of the `UpgradeTrial` that names this tenant: both sides say yes. Never the tenant's own.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub namespace: String,
    /// Whether a version must be tried before the tenant is upgraded to it.
    #[serde(default)]
    pub policy: TrialPolicy,
}

/// Whether a version must be tried before the tenant is upgraded to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TrialPolicy {
    /// Nothing is tried, also where somebody asks for it.
    None,
    /// A version is tried when somebody asks for it, and no upgrade waits for that.
    #[default]
    Optional,
    /// Each version is tried by itself once it is the next one, and nothing goes to it before it has passed and nobody has rejected it.
    Required,
}
