//! Rule R11: what the value of an opt-out names.

use jiff::civil::Date;

use crate::{
    api::{Version, tenant::Slot},
    calendar::Local,
    plan::pass::wake::earlier,
};

/// What an opt-out declines (R11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declines {
    /// The slot that covers this day: from the day of its cut-off to that of its close, in the slot's own zone.
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
    pub fn slot(&self, slot: &Slot, to: &str) -> bool {
        match self {
            Self::Day(day) => covers(slot, *day),
            Self::Version(version) => version.is(to),
        }
    }
}

/// Whether two values name the same day, or the same version.
pub fn same(one: &str, other: &str) -> bool {
    one == other || Declines::parse(one).is_some_and(|one| Some(one) == Declines::parse(other))
}

/// A close at midnight belongs to the day before: the instant of the close is the first in which the slot is over.
fn covers(slot: &Slot, day: Date) -> bool {
    let local = Local::of(slot);
    let first = slot.opt_out_until.min(slot.opens_at);
    let last = earlier(slot.closes_at, 1).max(slot.opens_at);
    (local.date(first)..=local.date(last)).contains(&day)
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
}
