//! Until when a customer may opt out (rule R9).

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Time},
    tz::TimeZone,
};

use super::{InvalidWindow, zone};
use crate::api::window::OptOutRule;

/// The cut-off lies at least so long before the opening: time to freeze the silence.
pub(super) const LEAST_LEAD: SignedDuration = SignedDuration::from_mins(5);

/// The last such local time at least [`LEAST_LEAD`] before the opening, so many whole local days earlier.
#[derive(Clone, Copy, Debug)]
pub(super) struct CutOff {
    time: Time,
    days_before: i64,
}

impl CutOff {
    /// Reads `HH:MM`.
    pub fn parse(rule: &OptOutRule) -> Result<Self, InvalidWindow> {
        let time = time_of_day(&rule.time).ok_or_else(|| {
            InvalidWindow::new("spec.optOut.time", &rule.time, "not a time of day; write hours and minutes like \"13:00\"")
        })?;
        Ok(Self { time, days_before: rule.days_before.into() })
    }

    /// The last second in which an opt-out of the occurrence that opens at this instant counts.
    pub fn of(&self, zone: &TimeZone, opens_at: Timestamp) -> Timestamp {
        let latest = zone::before(opens_at, LEAST_LEAD);
        let opening_day = zone.to_datetime(opens_at).date();
        // The opening's own day may be too late, the one before too near, and between them the zone may have skipped one.
        let day = (0..4).map(|back| earlier(opening_day, back)).find(|day| self.on(zone, *day).is_some_and(|at| at <= latest));
        day.and_then(|day| self.on(zone, earlier(day, self.days_before))).unwrap_or(latest)
    }

    fn on(&self, zone: &TimeZone, day: Date) -> Option<Timestamp> {
        zone::resolve(zone, day.to_datetime(self.time)).map(|resolved| resolved.at)
    }
}

fn earlier(day: Date, days: i64) -> Date {
    day.saturating_sub(days.days())
}

fn time_of_day(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |part: &str| (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?;
    Time::new(two_digits(hour)?, two_digits(minute)?, 0, 0).ok()
}
