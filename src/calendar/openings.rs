//! From local matches to instants, in order (rule R9).

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

use super::{cron::Cron, zone};

/// No zone ever skipped more than one day (Samoa did, when it crossed the date line in 2011).
const LONGEST_GAP: SignedDuration = SignedDuration::from_hours(24);

/// The instants of a schedule's matches, each once, strictly increasing.
///
/// A match that the clocks skip moves behind the gap, past matches with a later local time: it waits in `pending` until a
/// match outside a gap shows that nothing earlier can follow.
struct Openings<'a> {
    cron: &'a Cron,
    zone: &'a TimeZone,
    search_from: Option<(DateTime, bool)>,
    pending: BTreeSet<Timestamp>,
    settled: Timestamp,
}

/// The openings at or after `from`.
pub(super) fn openings<'a>(cron: &'a Cron, zone: &'a TimeZone, from: Timestamp) -> impl Iterator<Item = Timestamp> + 'a {
    // A match of a gap just before `from` may open after it.
    let local = zone.to_datetime(zone::before(from, LONGEST_GAP));
    let all = Openings { cron, zone, search_from: Some((local, true)), pending: BTreeSet::new(), settled: Timestamp::MIN };
    all.skip_while(move |opens_at| *opens_at < from)
}

impl Openings<'_> {
    /// Takes in one more match; false at the end of the schedule.
    fn pull(&mut self) -> bool {
        let found = self.search_from.and_then(|(local, inclusive)| self.cron.next(local, inclusive));
        let resolved = found.and_then(|local| zone::resolve(self.zone, local));
        self.search_from = found.map(|local| (local, false));
        let Some(resolved) = resolved else { return false };
        self.pending.insert(resolved.at);
        if !resolved.in_gap {
            self.settled = resolved.at;
        }
        true
    }
}

impl Iterator for Openings<'_> {
    type Item = Timestamp;

    fn next(&mut self) -> Option<Timestamp> {
        while self.pending.first().is_none_or(|first| *first > self.settled) && self.pull() {}
        self.pending.pop_first()
    }
}
