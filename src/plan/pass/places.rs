//! The occurrences of windows, and the places in them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Pass, upcoming::Upcoming, wake::later};
use crate::calendar::Occurrence;

/// How many occurrences ahead a slot is looked for: three years of nights.
const HORIZON: usize = 1000;

impl<'a> Pass<'a> {
    /// The n-th occurrence of the window that opens at this instant or later. Each is computed once a pass, and only when asked for.
    pub fn upcoming(&mut self, window: &'a str, earliest: Timestamp, n: usize) -> Option<Occurrence> {
        let schedule = self.schedule(window)?;
        let upcoming = self.upcoming.entry(window).or_insert_with(|| Upcoming::new(schedule, earliest));
        while upcoming.found.len() <= n
            && n < HORIZON
            && let Some(next) = upcoming.rest.next()
        {
            upcoming.found.push(next);
        }
        let found = upcoming.found.get(n).cloned();
        if found.is_none() {
            // How many there are within the horizon moves with the time, and no instant says when.
            self.depends_on_others();
        }
        found
    }

    /// The next occurrence that opens before `earliest`, if it could be used but for the time: nobody can be told of it in time.
    pub fn too_soon(&mut self, window: &'a str, earliest: Timestamp) -> Option<Occurrence> {
        let schedule = self.schedule(window)?;
        let now = self.now;
        let soon = self.too_soon.entry(window).or_insert_with(|| schedule.occurrences(later(now, 1)).next()).clone()?;
        if soon.opens_at >= earliest {
            return None;
        }
        // Then the one after it is next.
        self.wake.at(soon.opens_at);
        (soon.frozen.is_none() && self.has_place(window, soon.opens_at)).then_some(soon)
    }

    /// The first occurrence that may have a place: places are only taken in a pass, so what was full stays full.
    pub fn first_free(&mut self, window: &'a str, earliest: Timestamp) -> usize {
        let mut first = self.upcoming.get(window).map_or(0, |upcoming| upcoming.first_free);
        while let Some(occurrence) = self.upcoming(window, earliest, first) {
            if occurrence.frozen.is_none() && self.has_place(window, occurrence.opens_at) {
                break;
            }
            first += 1;
        }
        if let Some(upcoming) = self.upcoming.get_mut(window) {
            upcoming.first_free = first;
        }
        first
    }

    /// The places that are taken, by window and opening.
    pub fn places(&self) -> &BTreeMap<&'a str, BTreeMap<Timestamp, u32>> {
        &self.places
    }

    /// Whether an occurrence has a place left.
    pub fn has_place(&self, window: &str, opens_at: Timestamp) -> bool {
        self.capacity(window).is_none_or(|capacity| {
            self.depends_on_places(window);
            self.places.get(window).and_then(|taken| taken.get(&opens_at)).copied().unwrap_or_default() < capacity
        })
    }

    /// Takes a place in an occurrence.
    pub fn take_place(&mut self, window: &'a str, opens_at: Timestamp) {
        if self.capacity(window).is_some() {
            self.depends_on_places(window);
        }
        *self.places.entry(window).or_default().entry(opens_at).or_default() += 1;
    }

    fn capacity(&self, window: &str) -> Option<u32> {
        self.window(window)?.spec.as_ref().ok()?.capacity
    }
}
