//! What a window's occurrences must be like (rule R9), looked at when its spec changes.
//!
//! No clock: the same spec is always judged alike. Looked at are the openings of 28 years from 2026 on, since the calendar then
//! repeats itself (every date has fallen on every weekday). Of schedules with more than 1,000 openings in that time it is 400 days,
//! and the day before and after each change of the clocks: between them every day is like another. 10,000 openings bound the first.

use jiff::{SignedDuration, Timestamp};

use super::{InvalidWindow, ROOM_TO_ANNOUNCE, Schedule, cron::YEARS_WITHOUT_MATCH, zone};
use crate::api::{Duration, UpgradeWindowSpec};

const FIRST: Timestamp = Timestamp::constant(1_767_225_600, 0); // 2026-01-01T00:00:00Z
const CYCLE: SignedDuration = SignedDuration::from_hours(24 * 10_228); // 28 years
const AT_LEAST: SignedDuration = SignedDuration::from_hours(24 * 400);
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
const MANY_OPENINGS: usize = 1000;
const MOST_OPENINGS: usize = 10_000;

impl Schedule {
    /// Reads the spec. Refused is what doesn't parse, never opens, overlaps itself, or leaves customers too little time.
    pub fn compile(spec: &UpgradeWindowSpec) -> Result<Self, InvalidWindow> {
        lengths(spec)?;
        let schedule = Self::parse(spec)?;
        occurrences(spec, &schedule)?;
        Ok(schedule)
    }
}

/// Refuses lengths of nothing: such a window never opens, or announces too late.
fn lengths(spec: &UpgradeWindowSpec) -> Result<(), InvalidWindow> {
    let positive = |field: &str, length: Duration, example: &str| match length.as_secs() {
        0 => Err(InvalidWindow::new(
            field,
            length.to_string(),
            format!("must be longer than nothing; write a length like {example:?}"),
        )),
        _ => Ok(()),
    };
    positive("spec.duration", spec.duration, "4h")?;
    positive("spec.notice", spec.notice, "48h")?;
    if spec.announce_ahead.as_secs() < spec.notice.as_secs() + ROOM_TO_ANNOUNCE.as_secs() {
        let message = format!(
            "must be at least {ROOM_TO_ANNOUNCE} longer than spec.notice ({}): a slot is announced between the two, and an operator \
             that restarts then must not cost the date",
            spec.notice
        );
        return Err(InvalidWindow::new("spec.announceAhead", spec.announce_ahead.to_string(), message));
    }
    Ok(())
}

/// Refuses a schedule that ends, occurrences that overlap, and cut-offs that leave less than half of the notice to answer.
fn occurrences(spec: &UpgradeWindowSpec, schedule: &Schedule) -> Result<(), InvalidWindow> {
    let end = zone::after(FIRST, CYCLE);
    let Some(stopped_at) = stretch(spec, schedule, FIRST, end)? else { return Ok(()) };
    let mut changes = schedule.changes(stopped_at, end);
    changes.try_for_each(|at| stretch(spec, schedule, zone::before(at, A_DAY), zone::after(at, A_DAY)).map(drop))
}

/// Looks at the openings between two instants; where it stopped, if they are too many to look at all.
fn stretch(
    spec: &UpgradeWindowSpec,
    schedule: &Schedule,
    from: Timestamp,
    until: Timestamp,
) -> Result<Option<Timestamp>, InvalidWindow> {
    let mut openings = schedule.openings(from);
    let mut last: Option<Timestamp> = None;
    for seen in 0..MOST_OPENINGS {
        let opens_at = openings.next().ok_or_else(|| ends(spec, schedule, last.unwrap_or(from)))?;
        if opens_at >= until {
            return Ok(None);
        }
        if seen >= MANY_OPENINGS && opens_at.duration_since(from) >= AT_LEAST {
            return Ok(Some(opens_at));
        }
        disjoint(spec, schedule, last.replace(opens_at), opens_at)?;
        answerable(spec, schedule, opens_at)?;
    }
    Ok(None)
}

fn ends(spec: &UpgradeWindowSpec, schedule: &Schedule, last: Timestamp) -> InvalidWindow {
    let date = schedule.date(last);
    let message = format!("matches no day in the {YEARS_WITHOUT_MATCH} years after {date}; write days that come every year");
    InvalidWindow::new("spec.schedule", &spec.schedule, message)
}

fn disjoint(
    spec: &UpgradeWindowSpec,
    schedule: &Schedule,
    last: Option<Timestamp>,
    opens_at: Timestamp,
) -> Result<(), InvalidWindow> {
    let Some(last) = last.filter(|last| schedule.closes_at(*last) > opens_at) else { return Ok(()) };
    let (one, next) = (schedule.local(last), schedule.local(opens_at));
    let message = format!("the occurrence of {one} is still open at the next, {next}; make it shorter or spec.schedule sparser");
    Err(InvalidWindow::new("spec.duration", spec.duration.to_string(), message))
}

fn answerable(spec: &UpgradeWindowSpec, schedule: &Schedule, opens_at: Timestamp) -> Result<(), InvalidWindow> {
    let notice = SignedDuration::from(spec.notice);
    let (cut_off, notice_until) = (schedule.opt_out_until(opens_at), schedule.notice_until(opens_at));
    if zone::after(notice_until, notice / 2) <= cut_off {
        return Ok(());
    }
    let (opens, until) = (schedule.local(opens_at), schedule.local(cut_off));
    let message = format!(
        "customers may say no to the occurrence of {opens} until {until}, less than half of spec.notice ({}) after the last \
         moment of the notice; make notice longer, daysBefore smaller or the time closer to the opening",
        spec.notice
    );
    Err(InvalidWindow::new("spec.optOut", format!("{} with daysBefore {}", spec.opt_out.time, spec.opt_out.days_before), message))
}
