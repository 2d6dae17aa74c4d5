//! The decision of change management on a release (R2), and when its change may be made (R33).

use std::fmt;

use jiff::Timestamp;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The decision of change management. Written as a whole: an atomic map, so that two decisions never mix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct Approval {
    /// What was decided.
    pub decision: Decision,
    /// The change record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub change_ref: Option<String>,
    /// When upgrades to it may start, as the change record says; absent: at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// The user who decided; admission compares it with who writes.
    #[schemars(length(min = 1, max = 256))]
    pub by: String,
}

/// A decision on a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Decision {
    /// Tenants may be upgraded to it.
    Approved,
    /// Nobody is upgraded to it.
    Rejected,
}

/// The change window: slots lie in it, and nothing starts outside of it. Both ends are instants, and belong to it.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("(has(self.start) && self.start != null) || (has(self.end) && self.end != null)").message("a change window has a start, an end, or both"),
    validation = Rule::new("!has(self.start) || self.start == null || !has(self.end) || self.end == null || self.start <= self.end")
        .message("start must not be after end; both are instants like 2026-12-01T08:00:00Z")
)]
pub struct Change {
    /// Nothing starts before this instant; absent: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// Nothing starts after this instant; absent: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match (self.start, self.end) {
            (Some(start), Some(end)) => write!(f, "{start} to {end}"),
            (Some(start), None) => write!(f, "from {start} on"),
            (None, Some(end)) => write!(f, "until {end}"),
            (None, None) => f.write_str("at any time"),
        }
    }
}
