//! Rule R32: nothing starts that would most likely not be done before the slot closes.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::{
    api::{
        TenantInstanceStatus,
        reason::Reason,
        tenant::{Slot, SlotResult},
        window::Reserve,
    },
    plan::{
        gates::Case,
        output::hold::{Gate, Hold},
        pass::{
            Pass,
            qualified::Qualified,
            wake::{earlier, later},
        },
    },
};

/// So many of a tenant's successes are looked at.
const LAST: usize = 5;

/// The time that an upgrade needs, in seconds, and where that is known from.
struct Needed {
    secs: i64,
    from: Source,
}

/// Where it is known from, with what was seen, in seconds.
enum Source {
    Minimum,
    Own(i64),
    Others(i64),
}

/// Not before the slot opens: else it is mere waiting for the close, of which the missed date tells.
pub fn time_left(case: Case) -> Option<Hold> {
    let slot = case.with_slot()?;
    let (now, needed) = (case.pass.now, needed(case.pass, case.status, case.release(), slot)?);
    let last = needed.last_start(slot);
    let opened = now >= slot.opens_at;
    let hold = || Hold { waiting: opened, ..Hold::start(Gate::TimeLeft, Reason::NotEnoughTime, needed.message(last)) };
    (now.max(slot.opens_at) > last).then(hold)
}

/// The first instant of a slot at which nothing starts any more.
pub fn starts_end(case: Case) -> Option<Timestamp> {
    let slot = case.with_slot()?;
    let last = last_start(case.pass, case.status, case.release(), slot);
    Some(last.map_or(slot.closes_at, |last| later(last, 1)))
}

/// The last instant of a slot at which a start leaves enough time, where any is asked for.
pub fn last_start(pass: &Pass, status: &TenantInstanceStatus, release: Option<&Qualified>, slot: &Slot) -> Option<Timestamp> {
    Some(needed(pass, status, release, slot)?.last_start(slot))
}

fn needed(pass: &Pass, status: &TenantInstanceStatus, release: Option<&Qualified>, slot: &Slot) -> Option<Needed> {
    let Reserve { minimum, learn } = pass.window(&slot.window)?.spec.as_ref().ok()?.reserve.as_ref()?;
    let learned = if *learn { learned(status, release) } else { None };
    let asked = Needed { secs: minimum.as_secs(), from: Source::Minimum };
    let needed = learned.filter(|learned| learned.secs > asked.secs).unwrap_or(asked);
    // An edit moves nobody (R8), and whoever is slow may use all of the slot.
    let length = slot.closes_at.duration_since(slot.opens_at).as_secs();
    Some(Needed { secs: needed.secs.min(length), ..needed })
}

fn learned(status: &TenantInstanceStatus, release: Option<&Qualified>) -> Option<Needed> {
    let own = slowest(status).map(|secs| (secs, Source::Own(secs)));
    let usual = || release?.usual_minutes.map(|minutes| i64::from(minutes) * 60).map(|secs| (secs, Source::Others(secs)));
    let (secs, from) = own.or_else(usual)?;
    Some(Needed { secs: a_quarter_more(secs), from })
}

/// The slowest of the last successes, in seconds from start to result.
fn slowest(status: &TenantInstanceStatus) -> Option<i64> {
    let done = status.history.iter().filter(|entry| entry.result == SlotResult::Succeeded);
    let took = done.filter_map(|entry| Some(entry.finished_at.duration_since(entry.started_at?).as_secs()));
    took.take(LAST).max()
}

fn a_quarter_more(secs: i64) -> i64 {
    secs + (secs + 3) / 4
}

impl Needed {
    fn last_start(&self, slot: &Slot) -> Timestamp {
        earlier(slot.closes_at, self.secs)
    }

    fn message(&self, last: Timestamp) -> String {
        let (needed, from) = (SignedDuration::from_secs(self.secs), &self.from);
        format!("starts end at {last}: {needed:#} must be left before the close (spec.{from} of its window)")
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (secs, of) = match self {
            Self::Minimum => return f.write_str("reserve.minimum"),
            Self::Own(secs) => (secs, "the slowest of its last five upgrades"),
            Self::Others(secs) => (secs, "what 95 of 100 upgrades to this release took at most"),
        };
        write!(f, "reserve.learn: 1.25 times {:#}, {of}", SignedDuration::from_secs(*secs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_more_is_rounded_up_to_the_second() {
        assert_eq!([0, 1, 4, 5, 600].map(a_quarter_more), [0, 2, 5, 7, 750]);
    }
}
