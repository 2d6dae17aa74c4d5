//! When the answer may change with no event.

use jiff::{SignedDuration, Timestamp};

/// The earliest of the instants that matter, after now.
#[derive(Clone, Copy, Debug)]
pub struct Wake {
    now: Timestamp,
    at: Option<Timestamp>,
}

impl Wake {
    /// Nothing matters yet.
    pub fn new(now: Timestamp) -> Self {
        Self { now, at: None }
    }
    /// This instant matters. One that has passed, or is now, was decided in this pass.
    pub fn at(&mut self, at: Timestamp) {
        if at > self.now && self.at.is_none_or(|earliest| at < earliest) {
            self.at = Some(at);
        }
    }
    /// The earliest.
    pub fn earliest(self) -> Option<Timestamp> {
        self.at
    }
}

/// So many seconds later; the end of time where that overflows.
pub fn later(at: Timestamp, secs: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(secs)).unwrap_or(Timestamp::MAX)
}

/// So many seconds earlier; the beginning of time where that overflows.
pub fn earlier(at: Timestamp, secs: i64) -> Timestamp {
    at.checked_sub(SignedDuration::from_secs(secs)).unwrap_or(Timestamp::MIN)
}

/// Instants compare in whole seconds (R9): the fraction is dropped.
pub fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
