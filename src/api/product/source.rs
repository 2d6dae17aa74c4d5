//! Life cycles that are read from elsewhere: where they are, and the last good answer (R27).

use jiff::Timestamp;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cycle::Cycle;
use crate::api::{Duration, stored_reason::StoredReason};

/// Where life cycles are read from: a product of the endoflife.date API v1, as JSON.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("duration(self.interval) >= duration('1h') && duration(self.interval) <= duration('720h')")
        .message("interval must lie between 1h and 720h (30 days)").field_path(".interval")
)]
pub struct Source {
    /// The address, like `https://eol.corp.example/api/v1/products/postgresql/`. The operator's configuration must list its host
    /// (`lifecycle.allowHosts`).
    #[schemars(length(min = 1, max = 512), regex(pattern = r"^https?://\S+$"))]
    pub url: String,
    /// How often it is asked.
    #[serde(default = "daily")]
    pub interval: Duration,
}

fn daily() -> Duration {
    Duration::from_hours(24)
}

/// What a source said. What it says later takes its place only as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fetched {
    /// The address that said it, or was asked. What another one said counts for nothing.
    #[schemars(length(max = 512))]
    pub url: String,
    /// When it was last confirmed; absent: there was no good answer yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched_at: Option<Timestamp>,
    /// The tag of the answer: the source is asked for another one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub etag: Option<String>,
    // Atomic, or the API server would note the owner of every date: that takes more room than the dates.
    /// The life cycles, in the order of the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), extend("x-kubernetes-list-type" = "atomic"))]
    pub releases: Vec<KnownCycle>,
    /// Why there is no newer answer; absent: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<SourceError>,
}

/// A life cycle that a source told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KnownCycle {
    /// As in `spec.releases`.
    #[serde(flatten)]
    pub cycle: Cycle,
    /// Its newest version, as far as the source names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub latest: Option<String>,
}

/// Why a source gives no answer that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceError {
    /// A stable word.
    pub reason: StoredReason,
    /// What was wrong.
    #[schemars(length(max = 512))]
    pub message: String,
    /// Since when it fails, for whatever reason.
    pub at: Timestamp,
}
