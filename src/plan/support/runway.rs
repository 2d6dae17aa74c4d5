//! Rule R28: whether the upgrades that lead out of a version fit before its end. Pure: a window, an end, and what is needed.

use jiff::Timestamp;

use crate::{
    api::tenant::Runway,
    calendar::Schedule,
    plan::pass::{
        runways::{Opening, Span},
        wake::earlier,
    },
};

/// What is to fit before an end.
#[derive(Clone, Debug)]
pub struct Need {
    /// The first instant after it.
    pub end: Timestamp,
    /// From the close of one date to the opening of the next: what it takes to announce one, in seconds.
    pub apart: i64,
    /// The change window of each upgrade, in their order.
    pub hops: Vec<Span>,
    /// How many dates before the first of them the customer may still decline.
    pub deferrals: usize,
}

impl Need {
    /// How many dates.
    pub fn dates(&self) -> usize {
        self.hops.len() + self.deferrals
    }

    /// The dates that they take, the last first: each is the last one that can be, and opens at or after `from`. Fewer, where there are no
    /// more.
    pub fn take(&self, schedule: &Schedule, from: Timestamp) -> Vec<Opening> {
        let mut taken: Vec<Opening> = vec![];
        while taken.len() < self.dates() {
            let (from, until) = self.bounds(&taken, self.span(taken.len()), from);
            match schedule.last_closed_by(from, until) {
                Some(date) => taken.push(date),
                None => break,
            }
        }
        taken
    }

    /// With the date that is announced for the first of the upgrades, however soon it is.
    pub fn with_own(&self, mut taken: Vec<Opening>, own: Option<Opening>) -> Vec<Opening> {
        let (from, until) = self.bounds(&taken, self.span(self.dates()), Timestamp::MIN);
        let fits = |(opens_at, closes_at): &Opening| from <= *opens_at && *closes_at <= until;
        if taken.len() < self.dates() {
            taken.extend(own.filter(fits));
        }
        taken
    }

    /// What it means that so many dates are left.
    pub fn state(&self, taken: usize) -> Runway {
        match () {
            () if taken >= self.dates() => Runway::InTime,
            () if taken >= self.hops.len() => Runway::NoRoomForDeferral,
            () => Runway::Unreachable,
        }
    }

    /// Between which instants the date before those opens and closes, in this change window and at or after `from`.
    fn bounds(&self, taken: &[Opening], [first, last]: Span, from: Timestamp) -> (Timestamp, Timestamp) {
        let until = taken.last().map_or(self.end, |(opens_at, _)| earlier(*opens_at, self.apart));
        (first.map_or(from, |first| first.max(from)), last.map_or(until, |last| last.min(until)))
    }

    /// The change window of the upgrade that takes the nth date from the end. Dates to decline come before the first upgrade, and would be its.
    fn span(&self, nth: usize) -> Span {
        let hop = self.hops.len().saturating_sub(nth + 1);
        self.hops.get(hop).copied().unwrap_or_default()
    }
}
