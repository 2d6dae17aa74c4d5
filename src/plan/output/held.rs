//! What holds a release back.

use jiff::Timestamp;

use crate::api::reason::Reason;

/// What holds a release back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// A stable word.
    pub reason: Reason,
    /// What is wrong and what to do.
    pub message: String,
    /// When that changes by itself.
    pub until: Option<Timestamp>,
}

impl Held {
    /// What only people change.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), until: None }
    }
}
