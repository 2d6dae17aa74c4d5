//! What a run says of itself.

use jiff::Timestamp;

use super::stuck::Stuck;
use crate::{plan::Story, simulate::world::Refused};

/// A story, and when it became true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Timestamp,
    /// What.
    pub story: Story,
}

/// What one step was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// An event of the file took effect.
    Edited,
    /// Rollouts ended.
    RolledOut,
    /// A process of the operator started.
    Started,
    /// A write that had been given up arrived.
    Arrived,
    /// The operator planned; whether there is something to do.
    Planned(bool),
    /// The operator wrote or sent something, or tried to.
    Acted,
    /// A process became the leader.
    Led,
    /// A process leads no more, and has seen it.
    Deposed,
    /// The operator's process died.
    Crashed,
    /// The operator's process stands still.
    Paused,
    /// The clock moved.
    Jumped(Timestamp),
    /// Nothing is left to happen until the end.
    Ended,
}

/// Why a run stops early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The planner never comes to rest.
    #[error(transparent)]
    Stuck(#[from] Stuck),
    /// An event cannot take effect.
    #[error("event {} (at {}): {}", .0, .1, .2)]
    Event(usize, Timestamp, Box<Refused>),
}
