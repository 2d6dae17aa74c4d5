//! What is seen of a workload in flight.

use crate::api::{annotations::Intent, reason::Reason};

/// What the world says of the workload that is being changed.
pub enum Progress {
    /// Nothing was changed yet: this is the change.
    ToChange(Intent, Vec<String>),
    /// It was changed and comes up.
    ComingUp,
    /// It runs the new images.
    Done,
    /// It can not be changed any more, and nothing of ours took effect.
    Stopped,
    /// It was edited between the step and the change: nothing of ours took effect.
    Edited,
    /// It did not come up, and that has a reason that its pods may say.
    NotUp(Reason, String),
    /// It failed.
    Failed(Reason, String),
}
