//! An issue of the planned upgrade, or of a shared service that is to move.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::reason::Reason;

/// Something that people should look at before the tenant goes to a release, or a shared service moves (R31). It names no other tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Issue {
    /// The version of the release. Absent: it is about what the tenant uses now, whatever is planned for it (`SharedServiceMoves`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub release: Option<String>,
    /// The issue, as `acceptedIssues` of the release spells it: `IncompatibleDependency/postgresql`. Of a shared service: `SharedServiceMoves/pg-eu-1`.
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

    /// The shared service that is to move to a version which this tenant cannot do with, if that is what it says.
    pub fn moves(&self) -> Option<&str> {
        let (word, installation) = self.issue.split_once('/')?;
        (word == Reason::SharedServiceMoves.name()).then_some(installation)
    }
}
