//! Writes that are under way, with what they will have done.

use jiff::Timestamp;

use crate::api::{TenantInstanceStatus, annotations::Intent};

/// A write that was sent and whose outcome is not known yet: from before it is sent until its answer, or a read after a lost
/// answer, was folded.
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

/// What the API server said when it refused a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What was to be set, where it was a change of images.
    pub intent: Option<Intent>,
    /// Its message.
    pub message: String,
}

/// What a write does to the facts.
#[derive(Clone, Debug)]
pub enum Effect {
    /// The tenant gets this status.
    TenantStatus(Box<TenantInstanceStatus>),
    /// A workload gets this intent and its images.
    Images(Intent),
    /// The status of a release or a window, which no rule reads.
    Told,
}

impl Effect {
    /// The images that it sets.
    pub fn intent(&self) -> Option<&Intent> {
        match self {
            Self::Images(intent) => Some(intent),
            Self::TenantStatus(_) | Self::Told => None,
        }
    }
}
