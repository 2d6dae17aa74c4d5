//! Between wall clock and instants (rule R9).

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase},
};

use super::InvalidWindow;

/// The IANA zone of this name, from the zone data that is compiled in.
pub fn zone(name: &str) -> Result<TimeZone, InvalidWindow> {
    let found = TimeZoneDatabase::bundled().get(name).ok();
    // "Etc/Unknown" is a name for having no zone.
    found.filter(|zone| !zone.is_unknown()).ok_or_else(|| {
        InvalidWindow::new("spec.timeZone", name, "no such time zone; write an IANA name like \"Europe/London\" or \"UTC\"")
    })
}

/// A local time as an instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolved {
    /// The instant by the `compatible` choice.
    pub at: Timestamp,
    /// The clocks skip this local time, so that a later local time may come before it.
    pub in_gap: bool,
}

/// The instant of a local time; none outside the years that jiff knows.
pub(super) fn resolve(zone: &TimeZone, local: DateTime) -> Option<Resolved> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let in_gap = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
    Some(Resolved { at: ambiguous.compatible().ok()?, in_gap })
}

/// The first instant of a local date; of the next one where the zone skipped this date.
pub(super) fn first_instant(zone: &TimeZone, date: Date) -> Timestamp {
    let beyond = if date.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    resolve(zone, date.to_datetime(Time::midnight())).map_or(beyond, |resolved| resolved.at)
}

/// So much later, at most the last instant there is.
pub(super) fn after(at: Timestamp, length: SignedDuration) -> Timestamp {
    at.checked_add(length).unwrap_or(Timestamp::MAX)
}

/// So much earlier, at least the first instant there is.
pub(super) fn before(at: Timestamp, length: SignedDuration) -> Timestamp {
    at.checked_sub(length).unwrap_or(Timestamp::MIN)
}

/// The name of an opening: local time to the minute with offset, `2026-12-15T18:00+00:00`.
pub(super) fn name(zone: &TimeZone, at: Timestamp) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M%:z").to_string()
}

/// For people: `Tue 15 Dec 2026 18:00 GMT`.
pub(super) fn for_people(zone: &TimeZone, at: Timestamp) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b %Y %H:%M %Z").to_string()
}
