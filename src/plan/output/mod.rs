//! What a pass comes to: writes, notices, findings, what is told, and when to ask again.

pub mod change;
pub mod fetch;
pub mod held;
pub mod hold;
pub mod notice;
pub mod story;

use jiff::Timestamp;

use crate::{
    api::reason::Reason,
    fleet::{Meta, ObjectKey},
};
use change::Change;
use fetch::Fetch;
use notice::Notice;
use story::Story;

/// What to do now, and when to ask again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The next write of each object, at most one, in the order in which they are to be sent within a class.
    pub writes: Vec<Write>,
    /// Notices that are written down and not yet accepted: to be sent, again and again, until a receipt or their deadline.
    pub notices: Vec<Notice>,
    /// Sources of life cycles that are due to be asked: until an answer is known.
    pub fetches: Vec<Fetch>,
    /// What no status can say: an Event is all that can be told.
    pub findings: Vec<Finding>,
    /// When the answer may change with no event; none: only an event changes it.
    pub wake_at: Option<Timestamp>,
}

impl Plan {
    /// How much it holds.
    pub fn len(&self) -> usize {
        self.writes.len() + self.notices.len() + self.findings.len()
    }
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Something about an object that its status cannot say: it cannot be written, or the object is gone (I10).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The object.
    pub object: ObjectKey,
    /// Its UID.
    pub uid: String,
    /// A stable word.
    pub reason: Reason,
    /// What is wrong.
    pub message: String,
}

/// One write, with its precondition. Nothing is left to decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// What is written, and to which object.
    pub change: Change,
    /// The object's UID; a recreated object is another one.
    pub uid: String,
    /// The precondition: the object is still as it was when this was decided.
    pub resource_version: String,
    /// How urgent it is.
    pub class: Class,
    /// What to tell once it is committed.
    pub stories: Vec<Story>,
}

impl Write {
    /// A write to the object that was seen as this.
    pub fn new(change: Change, seen: &Meta, class: Class, stories: Vec<Story>) -> Self {
        Self { change, uid: seen.uid.clone(), resource_version: seen.resource_version.clone(), class, stories }
    }
    /// The object.
    pub fn object(&self) -> ObjectKey {
        self.change.object()
    }
}

/// Classes of writes: none waits for a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Verdicts and what stops an upgrade.
    StopOrVerdict,
    /// Starts, images and results.
    StartOrResult,
    /// Receipts of notices, and the silence of those who said nothing.
    Receipt,
    /// The rest.
    Rest,
}
