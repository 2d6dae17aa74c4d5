//! Writes that are under way, with what they will have done.

use jiff::Timestamp;

use crate::api::TenantInstanceStatus;

/// A write that was sent and is not yet both answered and seen.
///
/// Until then its object gets no other write, and what it takes (a place in an occurrence, a place among the running
/// upgrades) counts as taken.
#[derive(Clone, Debug)]
pub struct Outstanding {
    /// What it will have done if it was committed.
    pub effect: Effect,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// What a write does to the facts.
#[derive(Clone, Debug)]
pub enum Effect {
    /// The tenant gets this status.
    TenantStatus(Box<TenantInstanceStatus>),
    /// A workload gets its images and intent.
    Images,
    /// The status of a release or a window, which no rule reads.
    Told,
}
