//! What holds a tenant, as people see it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::stored_reason::StoredReason;

/// A gate that holds, as people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Blocker {
    /// The gate.
    pub gate: String,
    /// What it holds back.
    pub holds: Holds,
    /// A stable word for machines.
    pub reason: StoredReason,
    /// What is wrong and what to do.
    pub message: String,
    /// When that may change by itself, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What a gate holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Holds {
    /// Slot, notice and start.
    Slot,
    /// The start only: the slot and its notice stay.
    Start,
}
