//! Rule R11: what the value of an opt-out names.

use jiff::{Timestamp, civil::Date, tz::Offset};

use crate::{
    api::{Version, tenant::Slot},
    plan::pass::Pass,
};

/// What an opt-out declines (R11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declines {
    /// The slot whose cut-off, opening or close falls on this day in the window's zone.
    Day(Date),
    /// The release of this version.
    Version(Version),
}

impl Declines {
    /// Reads the value of an annotation; none: it is neither a day nor a version.
    pub fn parse(value: &str) -> Option<Self> {
        // 15.12.2026 is a day to most people, and a version to a machine: neither is guessed.
        let parts: Vec<_> = value.split('.').map(str::len).collect();
        if matches!(parts[..], [1 | 2, 1 | 2, 4]) {
            return None;
        }
        let day = || (value.len() == 10).then(|| value.parse().ok())?;
        day().map(Self::Day).or_else(|| value.parse().ok().map(Self::Version))
    }

    /// Whether it declines this slot for this version.
    pub(super) fn slot(&self, pass: &Pass, slot: &Slot, to: &str) -> bool {
        match self {
            Self::Day(day) => {
                [slot.opt_out_until, slot.opens_at, slot.closes_at].iter().any(|at| local_date(pass, slot, *at) == *day)
            }
            Self::Version(version) => version.is(to),
        }
    }
}

/// The local date in the window's zone; if its spec is broken by now, by the offset that the slot's name carries.
fn local_date(pass: &Pass, slot: &Slot, at: Timestamp) -> Date {
    if let Some(schedule) = pass.schedule(&slot.window) {
        return schedule.date(at);
    }
    let offset = slot.opens.get(16..).and_then(parse_offset).unwrap_or(Offset::UTC);
    offset.to_datetime(at).date()
}

/// `+05:45` and the like.
fn parse_offset(text: &str) -> Option<Offset> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    Offset::from_seconds(sign * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_day_or_a_version_or_not_read_at_all() {
        assert!(matches!(Declines::parse("2026-12-15"), Some(Declines::Day(_))));
        for version in ["2026.12.0", "2026.12", "1.2.3-rc.1", "1.2"] {
            assert!(matches!(Declines::parse(version), Some(Declines::Version(_))), "{version}");
        }
        for neither in ["", "15.12.2026", "1.2.2026", "2026-13-01", "next week", "2026-12-15T18:00", "12/15/2026"] {
            assert_eq!(Declines::parse(neither), None, "{neither}");
        }
    }

    #[test]
    fn the_offset_of_a_slots_name_is_read_in_halves_and_quarters_of_hours_too() {
        let seconds = |text| parse_offset(text).map(Offset::seconds);
        assert_eq!(seconds("+00:00"), Some(0));
        assert_eq!(seconds("-05:00"), Some(-18_000));
        assert_eq!(seconds("+05:45"), Some(20_700));
        assert_eq!(seconds("Z"), None);
    }
}
