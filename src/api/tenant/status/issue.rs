//! An issue of the planned upgrade.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that people should look at before the tenant goes to a release (R31). It names no other tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Issue {
    /// The version of the release.
    #[schemars(length(max = 64))]
    pub release: String,
    /// The issue, as `acceptedIssues` of the release spells it: `IncompatibleDependency/postgresql`.
    #[schemars(length(max = 128))]
    pub issue: String,
    /// What is wrong, and which side can mend it.
    pub message: String,
}

impl Issue {
    /// Its word: what stands before what it is about.
    pub fn word(name: &str) -> &str {
        name.split('/').next().unwrap_or_default()
    }
}
