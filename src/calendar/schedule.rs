//! A window's spec, ready to answer when it opens.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use super::{InvalidWindow, cron::Cron, cut_off::CutOff, freeze::Freezes, openings, zone};
use crate::api::{UpgradeWindowSpec, tenant::Slot, window::Freeze};

/// No question needs more occurrences than these: 27 years of nights.
const MOST_OCCURRENCES: usize = 10_000;

/// One opening of a window. Instants are in whole seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The opening in local time to the minute with offset, `2026-12-15T18:00+00:00`: the name of its slots.
    pub opens: String,
    /// The opening.
    pub opens_at: Timestamp,
    /// The close: the first second in which it is closed again.
    pub closes_at: Timestamp,
    /// The cut-off: the last second in which an opt-out counts (R14).
    pub opt_out_until: Timestamp,
    /// The last second in which a notice is delivered in time: `notice` before the opening.
    pub notice_until: Timestamp,
    /// The reason of the first freeze that it touches: then it does not open.
    pub frozen: Option<String>,
}

/// The occurrences of a window (rule R9). Compiled once for each change of the spec; a clone is a pointer.
#[derive(Clone, Debug)]
pub struct Schedule(Arc<Rules>);

#[derive(Clone, Debug)]
struct Rules {
    cron: Cron,
    zone: TimeZone,
    duration: SignedDuration,
    notice: SignedDuration,
    cut_off: CutOff,
    freezes: Freezes,
}

impl Schedule {
    /// Reads the spec. Refused is what doesn't parse; what makes no sense is refused by [`compile`](Self::compile).
    pub(super) fn parse(spec: &UpgradeWindowSpec) -> Result<Self, InvalidWindow> {
        let zone = zone::zone(&spec.time_zone)?;
        Ok(Self(Arc::new(Rules {
            cron: Cron::parse(&spec.schedule)?,
            freezes: Freezes::compile(&spec.freezes, &zone)?,
            cut_off: CutOff::parse(&spec.opt_out)?,
            duration: spec.duration.into(),
            notice: spec.notice.into(),
            zone,
        })))
    }

    /// The same occurrences with other freezes. Nothing else is checked anew: that looks at 28 years.
    pub fn with_freezes(&self, freezes: &[Freeze]) -> Result<Self, InvalidWindow> {
        let freezes = Freezes::compile(freezes, &self.0.zone)?;
        Ok(Self(Arc::new(Rules { freezes, ..Rules::clone(&self.0) })))
    }

    /// The occurrences that open at or after `from`, in order, the frozen ones too. Ends after 10,000, and where the schedule
    /// has no match within 5 years.
    pub fn occurrences(&self, from: Timestamp) -> impl Iterator<Item = Occurrence> + '_ {
        self.openings(from).take(MOST_OCCURRENCES).map(|opens_at| self.occurrence(opens_at))
    }

    /// The occurrence that is open at this instant (`opens_at <= at < closes_at`), frozen or not.
    pub fn open_at(&self, at: Timestamp) -> Option<Occurrence> {
        let closed_by_now = zone::before(at, self.0.duration);
        let opens_at = self.openings(closed_by_now).find(|opens_at| *opens_at > closed_by_now)?;
        (opens_at <= at).then(|| self.occurrence(opens_at))
    }

    /// The occurrence that opens at exactly this instant, if the window has it.
    pub fn at_opening(&self, opens_at: Timestamp) -> Option<Occurrence> {
        self.openings(opens_at).next().filter(|found| *found == opens_at).map(|found| self.occurrence(found))
    }

    /// The reason of the first freeze that the span `[opens_at, closes_at)` touches: announced slots carry their own times (R8).
    pub fn frozen(&self, opens_at: Timestamp, closes_at: Timestamp) -> Option<&str> {
        self.0.freezes.touched_by(opens_at, closes_at)
    }

    /// The local date at this instant.
    pub fn date(&self, at: Timestamp) -> Date {
        self.0.zone.to_datetime(at).date()
    }

    /// The slot that an occurrence gives in the window of this name.
    pub fn slot(&self, window: &str, occurrence: &Occurrence) -> Slot {
        Slot {
            opens: occurrence.opens.clone(),
            window: window.into(),
            time_zone: self.zone_name().into(),
            can_decline: false,
            opens_at: occurrence.opens_at,
            closes_at: occurrence.closes_at,
            opt_out_until: occurrence.opt_out_until,
            notice_until: occurrence.notice_until,
        }
    }

    /// The name of the zone.
    pub fn zone_name(&self) -> &str {
        self.0.zone.iana_name().unwrap_or_default()
    }

    /// The first instant of a local date: midnight, or what comes next where the clocks skip it.
    pub fn first_instant(&self, date: Date) -> Timestamp {
        zone::first_instant(&self.0.zone, date)
    }

    /// Local time to the minute with offset, `2026-12-15T18:00+00:00`, as slots are named.
    pub fn name(&self, at: Timestamp) -> String {
        zone::name(&self.0.zone, at)
    }

    /// Local time for people, with the abbreviation of the zone: `Tue 15 Dec 2026 18:00 GMT`.
    pub fn local(&self, at: Timestamp) -> String {
        zone::for_people(&self.0.zone, at)
    }

    /// The openings at or after `from`, strictly increasing.
    pub(super) fn openings(&self, from: Timestamp) -> impl Iterator<Item = Timestamp> + '_ {
        openings::openings(&self.0.cron, &self.0.zone, from)
    }

    /// When the zone's clocks change between two instants.
    pub(super) fn changes(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> + '_ {
        self.0.zone.following(from).map(|change| change.timestamp()).take_while(move |at| *at < until)
    }

    pub(super) fn closes_at(&self, opens_at: Timestamp) -> Timestamp {
        zone::after(opens_at, self.0.duration)
    }

    pub(super) fn opt_out_until(&self, opens_at: Timestamp) -> Timestamp {
        self.0.cut_off.of(&self.0.zone, opens_at)
    }

    pub(super) fn notice_until(&self, opens_at: Timestamp) -> Timestamp {
        zone::before(opens_at, self.0.notice)
    }

    fn occurrence(&self, opens_at: Timestamp) -> Occurrence {
        let closes_at = self.closes_at(opens_at);
        Occurrence {
            opens: self.name(opens_at),
            opens_at,
            closes_at,
            opt_out_until: self.opt_out_until(opens_at),
            notice_until: self.notice_until(opens_at),
            frozen: self.frozen(opens_at, closes_at).map(Into::into),
        }
    }
}
