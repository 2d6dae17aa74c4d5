//! How a release goes out to the tenants: rings, the number of failures that halts it, and what happens where it fails.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Duration;

/// How a release goes out to the tenants.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.provenRings) || self.provenRings.all(r, has(self.rings) && self.rings.exists(one, one.name == r))")
        .message("every name in provenRings must be one of rings").field_path(".provenRings")
)]
pub struct Rollout {
    /// So many tenants whose upgrade failed halt the release: nothing new starts. Those from before the last resume do not count.
    #[serde(default = "default_max_failures")]
    #[schemars(range(min = 1, max = 10_000))]
    pub max_failures: u32,
    /// The halt that people lifted: set it to status.halt.id to go on. What it says before that halt lifts nothing.
    #[serde(default)]
    #[schemars(range(max = 1_000_000))]
    pub resumed_halt: u32,
    /// What happens where an upgrade fails after images were changed.
    #[serde(default)]
    pub rollback: Rollback,
    /// The rings, in their order: each proves the release for the next. Tenants say which is theirs; who names another goes with the last.
    /// Absent: one ring, and nothing to prove.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub rings: Vec<Ring>,
    /// The rings that people let pass, although they have not proved the release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 63)), extend("x-kubernetes-list-type" = "set"))]
    pub proven_rings: Vec<String>,
}

fn default_max_failures() -> u32 {
    3
}

impl Default for Rollout {
    fn default() -> Self {
        Self {
            max_failures: default_max_failures(),
            resumed_halt: 0,
            rollback: Rollback::Automatic,
            rings: vec![],
            proven_rings: vec![],
        }
    }
}

/// A group of tenants that goes before others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ring {
    /// Its name, as tenants name it in `spec.ring`.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub name: String,
    /// How long its last success must be past before the ring counts as proven, in elapsed time.
    #[serde(default)]
    pub soak: Duration,
}

/// What happens where an upgrade fails after images were changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Rollback {
    /// The images go back to those that ran before.
    #[default]
    Automatic,
    /// They stay; people decide whether to set the old ones.
    Manual,
    /// They stay: the version before cannot run on what this one has done to the data. Only a retry or a newer release helps.
    Impossible,
}
