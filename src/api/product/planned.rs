//! The next version of a shared service: what people plan, and what is said of it (R31).

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version that an installation is to run next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlannedVersion {
    /// The version.
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[0-9A-Za-z][0-9A-Za-z.+~:_-]*$"))]
    pub version: String,
    /// It does not run before this date. For people: nothing happens by itself on that day.
    #[schemars(length(max = 10), regex(pattern = "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"))]
    pub not_before: Date,
}

/// What is said of the version that an installation is to run next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlannedStatus {
    /// The version.
    #[schemars(length(max = 64))]
    pub version: String,
    /// It does not run before this date.
    pub not_before: Date,
    /// How many tenants it would leave behind: those that have the issue `SharedServiceMoves` of this installation.
    pub left_behind: u32,
    /// When they were counted: at most every ten seconds.
    pub at: Timestamp,
}
