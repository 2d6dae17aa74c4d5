//! The occurrences of a window that a pass has come to.

use jiff::Timestamp;

use crate::calendar::{Occurrence, Schedule};

/// A window's occurrences, as far as somebody asked.
pub struct Upcoming<'a> {
    /// Those that were asked for.
    pub found: Vec<Occurrence>,
    /// The others.
    pub rest: Box<dyn Iterator<Item = Occurrence> + 'a>,
    /// The first that may have a place.
    pub first_free: usize,
}

impl<'a> Upcoming<'a> {
    /// From this instant on.
    pub fn new(schedule: &'a Schedule, earliest: Timestamp) -> Self {
        Self { found: vec![], rest: Box::new(schedule.occurrences(earliest)), first_free: 0 }
    }
}
