//! Rule R33: nothing starts outside of the change window that change management approved.

use std::fmt;

use jiff::Timestamp;

use crate::{
    api::{
        DashboardReleaseSpec,
        reason::Reason,
        release::{Change, Decision},
    },
    calendar::Occurrence,
    plan::{
        output::held::Held,
        pass::wake::{Wake, later, whole_seconds},
    },
};

/// When upgrades to a release may start: from the first to the last instant, in whole seconds as rules compare them, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// Where an occurrence lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lies {
    /// It opens before the span begins.
    Before,
    /// It opens and closes in it.
    Within,
    /// It closes after the end; so do all that come after it.
    Beyond,
}

impl Span {
    /// That of an approval; none: at any time.
    pub fn of(spec: &DashboardReleaseSpec) -> Option<Self> {
        let approval = spec.approval.as_ref().filter(|approval| approval.decision == Decision::Approved)?;
        approval.change.as_ref().map(Self::from)
    }

    /// The first and the last instant.
    pub fn ends(self) -> [Option<Timestamp>; 2] {
        [self.first, self.last]
    }

    /// Where an occurrence lies in it.
    pub fn place(self, occurrence: &Occurrence) -> Lies {
        match () {
            () if self.last.is_some_and(|last| occurrence.closes_at > last) => Lies::Beyond,
            () if self.first.is_some_and(|first| occurrence.opens_at < first) => Lies::Before,
            () => Lies::Within,
        }
    }

    /// The first instant of a slot at which something may start, if there is one.
    pub fn first_in(self, opens_at: Timestamp, closes_at: Timestamp) -> Option<Timestamp> {
        let first = self.first.map_or(opens_at, |first| first.max(opens_at));
        (first < closes_at && self.last.is_none_or(|last| first <= last)).then_some(first)
    }
}

impl From<&Change> for Span {
    fn from(change: &Change) -> Self {
        // A fraction of a second belongs to neither end.
        let up = |at: Timestamp| if at == whole_seconds(at) { at } else { later(whole_seconds(at), 1) };
        Self { first: change.start.map(up), last: change.end.map(whole_seconds) }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        Change { start: self.first, end: self.last }.fmt(f)
    }
}

/// Whether the change window is not over; where it is, another approval is waited for.
pub fn change(spec: &DashboardReleaseSpec, now: Timestamp, wake: &mut Wake) -> Result<(), Held> {
    let Some(last) = Span::of(spec).and_then(|span| span.last) else { return Ok(()) };
    wake.at(later(last, 1));
    if now <= last {
        return Ok(());
    }
    let message = format!(
        "the change window of spec.approval ended at {last}; who still waits for it needs another approval, with an end that is to \
         come (kubectl uplift approve --change-end)"
    );
    Err(Held::new(Reason::ChangeExpired, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn span(start: Option<&str>, end: Option<&str>) -> Span {
        Span::from(&Change { start: start.map(at), end: end.map(at) })
    }

    fn occurrence(opens: &str, closes: &str) -> Occurrence {
        let opens_at = at(opens);
        let none = opens_at;
        Occurrence { opens: opens.into(), opens_at, closes_at: at(closes), opt_out_until: none, notice_until: none, frozen: None }
    }

    #[test]
    fn an_occurrence_that_fills_the_window_to_the_second_lies_in_it() {
        let span = span(Some("2026-12-01T18:00:00Z"), Some("2026-12-01T22:00:00Z"));
        assert_eq!(span.place(&occurrence("2026-12-01T18:00:00Z", "2026-12-01T22:00:00Z")), Lies::Within);
        assert_eq!(span.place(&occurrence("2026-12-01T17:59:59Z", "2026-12-01T22:00:00Z")), Lies::Before);
        assert_eq!(span.place(&occurrence("2026-12-01T18:00:00Z", "2026-12-01T22:00:01Z")), Lies::Beyond);
    }

    #[test]
    fn a_missing_end_is_open() {
        let occurrence = occurrence("2026-12-01T18:00:00Z", "2026-12-01T22:00:00Z");
        assert_eq!(span(Some("2026-12-01T18:00:00Z"), None).place(&occurrence), Lies::Within);
        assert_eq!(span(None, Some("2026-12-01T22:00:00Z")).place(&occurrence), Lies::Within);
    }

    #[test]
    fn a_slot_begins_where_the_window_does_or_not_at_all() {
        let (opens, closes) = (at("2026-12-01T18:00:00Z"), at("2026-12-01T22:00:00Z"));
        let first = |start, end| span(start, end).first_in(opens, closes);
        assert_eq!(first(None, Some("2026-12-01T18:00:00Z")), Some(opens));
        assert_eq!(first(None, Some("2026-12-01T17:59:59Z")), None);
        assert_eq!(first(Some("2026-12-01T21:59:59Z"), None), Some(at("2026-12-01T21:59:59Z")));
        assert_eq!(first(Some("2026-12-01T22:00:00Z"), None), None);
    }

    #[test]
    fn a_fraction_of_a_second_belongs_to_neither_end() {
        let span = span(Some("2026-12-01T18:00:00.5Z"), Some("2026-12-01T21:59:59.5Z"));
        assert_eq!((span.first, span.last), (Some(at("2026-12-01T18:00:01Z")), Some(at("2026-12-01T21:59:59Z"))));
    }
}
