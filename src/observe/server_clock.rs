//! The API server's clock, read off the `Date` of its answers (R25).
//!
//! Each answer shows it to the second, somewhere between the request and the answer; several answers together show it better.
//! In between the process's monotonic clock goes on with it, so that a jump of the machine's clock is seen at once.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use http::{HeaderMap, header::DATE};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};

use crate::fleet::ClockAhead;

/// What is known of the server's clock. Shared between the client and whoever asks.
#[derive(Debug)]
pub struct ServerClock {
    began: Instant,
    offset: Mutex<Option<Offset>>,
}

/// What is to be added to the monotonic clock to get the server's: between these two, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offset {
    least: i64,
    most: i64,
}

impl Default for ServerClock {
    fn default() -> Self {
        Self { began: Instant::now(), offset: Mutex::default() }
    }
}

impl ServerClock {
    /// Notes the answer to a request that was sent at `asked`. One without a `Date` says nothing.
    pub fn note(&self, headers: &HeaderMap, asked: Instant) {
        let date = headers.get(DATE).and_then(|date| rfc2822::DateTimeParser::new().parse_timestamp(date.as_bytes()).ok());
        if let Some(date) = date {
            self.read(date, self.since(asked), self.since(Instant::now()));
        }
    }

    /// How far this time, the machine's now, is ahead of the server's.
    pub fn compare(&self, machine: Timestamp) -> ClockAhead {
        self.compare_at(machine, self.since(Instant::now()))
    }

    fn read(&self, date: Timestamp, asked: i64, answered: i64) {
        let second = date.as_second().saturating_mul(1000);
        let new = Offset { least: second - answered, most: second + 1000 - asked };
        let mut known = self.offset();
        // Readings that contradict each other: one of the clocks was set. The newest is right.
        *known = Some(known.and_then(|known| known.and(new)).unwrap_or(new));
    }

    fn compare_at(&self, machine: Timestamp, now: i64) -> ClockAhead {
        let local = machine.as_millisecond() - now;
        // In doubt they agree: the nearest to nothing of what is possible.
        let ahead = |known: Offset| SignedDuration::from_millis((local - known.most).max(0) + (local - known.least).min(0));
        ClockAhead(self.offset().map(ahead))
    }

    fn since(&self, at: Instant) -> i64 {
        i64::try_from(at.saturating_duration_since(self.began).as_millis()).unwrap_or(i64::MAX)
    }

    // A thread that panicked while it held two numbers left nothing half done.
    fn offset(&self) -> MutexGuard<'_, Option<Offset>> {
        self.offset.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Offset {
    /// What both allow.
    fn and(self, other: Self) -> Option<Self> {
        let both = Self { least: self.least.max(other.least), most: self.most.min(other.most) };
        (both.least <= both.most).then_some(both)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn ahead(clock: &ServerClock, machine: &str, now: i64) -> i64 {
        i64::try_from(clock.compare_at(at(machine), now).0.unwrap().as_millis()).unwrap()
    }

    #[test]
    fn clocks_that_were_never_compared_are_not_trusted() {
        let clock = ServerClock::default();
        clock.note(&HeaderMap::new(), Instant::now());
        assert_eq!(clock.compare(at("2026-12-15T18:00:00Z")), ClockAhead(None));
        assert!(!ClockAhead(None).is_trusted());
    }

    #[test]
    fn a_date_is_read_off_an_answer() {
        let (clock, asked) = (ServerClock::default(), Instant::now());
        clock.note(&[(DATE, "Tue, 15 Dec 2026 18:00:00 GMT".parse().unwrap())].into_iter().collect(), asked);
        assert_eq!(clock.compare(at("2026-12-15T18:00:00.5Z")), ClockAhead::none());
        assert!(!clock.compare(at("2026-12-15T18:01:00Z")).is_trusted());
    }

    #[test]
    fn within_the_second_of_a_date_and_the_time_of_an_answer_the_clocks_agree() {
        let clock = ServerClock::default();
        clock.read(at("2026-12-15T18:00:00Z"), 1000, 1200);
        for machine in ["2026-12-15T18:00:00Z", "2026-12-15T18:00:00.6Z", "2026-12-15T18:00:01.2Z"] {
            assert_eq!(ahead(&clock, machine, 1200), 0, "{machine}");
        }
        assert_eq!(ahead(&clock, "2026-12-15T18:00:03.2Z", 1200), 2000);
        assert_eq!(ahead(&clock, "2026-12-15T17:59:58Z", 1200), -2000);
    }

    #[test]
    fn several_dates_show_the_clock_better_than_one() {
        let clock = ServerClock::default();
        clock.read(at("2026-12-15T18:00:00Z"), 0, 10); // shows 18:00:00 to 18:00:01
        clock.read(at("2026-12-15T18:00:01Z"), 90, 100); // so it was 18:00:00.9 or later before
        assert_eq!(ahead(&clock, "2026-12-15T18:00:00.1Z", 10), -810);
    }

    #[test]
    fn a_jump_of_the_machines_clock_is_seen_before_the_next_answer() {
        let clock = ServerClock::default();
        clock.read(at("2026-12-15T18:00:00Z"), 0, 0);
        assert_eq!(ahead(&clock, "2026-12-15T18:01:00Z", 60_000), 0);
        assert_eq!(ahead(&clock, "2026-12-15T19:01:00Z", 60_000), 3_599_000);
    }

    #[test]
    fn a_server_whose_clock_was_set_is_believed_anew() {
        let clock = ServerClock::default();
        clock.read(at("2026-12-15T18:00:00Z"), 0, 0);
        clock.read(at("2026-12-15T20:00:01Z"), 1000, 1000);
        assert_eq!(ahead(&clock, "2026-12-15T20:00:01.5Z", 1000), 0);
    }

    #[test]
    fn five_seconds_are_a_difference_that_is_lived_with() {
        let is = |millis| ClockAhead(Some(SignedDuration::from_millis(millis))).is_trusted();
        assert!(is(5000) && is(-5000) && !is(5001) && !is(-5001));
    }
}
