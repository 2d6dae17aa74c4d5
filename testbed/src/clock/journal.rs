//! The jumps of a clock, and the time that follows from them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// From this real instant on, the clock shows so many seconds more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub real: Timestamp,
    /// Whole seconds: the seconds of both times begin together, so that rounding down means the same in both.
    pub offset: i64,
}

/// All jumps since the start, oldest first. Offsets only grow: a clock that went back would unsay a cut-off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal(pub Vec<Entry>);

impl Journal {
    pub fn push(&mut self, entry: Entry) {
        let grows = self.0.last().is_none_or(|last| entry.real >= last.real && entry.offset >= last.offset);
        assert!(grows, "a clock never goes back: {entry:?} after {:?}", self.0.last());
        self.0.push(entry);
    }

    /// What the clock shows at a real instant.
    pub fn shown(&self, real: Timestamp) -> Timestamp {
        real + SignedDuration::from_secs(self.offset_at(real))
    }

    /// What the clock showed when the API server wrote this stamp: a whole real second, rounded down.
    pub fn of_server(&self, stamp: Timestamp) -> Timestamp {
        let end = stamp + SignedDuration::from_nanos(999_999_999);
        stamp + SignedDuration::from_secs(self.offset_at(end))
    }

    /// Before the first entry its offset counts: what was made while the stage was set is a little older than the story.
    fn offset_at(&self, real: Timestamp) -> i64 {
        let after = self.0.partition_point(|entry| entry.real <= real);
        self.0.get(after.saturating_sub(1)).map_or(0, |entry| entry.offset)
    }
}
