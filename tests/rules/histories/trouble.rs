//! What goes wrong by chance: single acts, watches, clocks, the way to the API server, and which replica leads.

use jiff::{SignedDuration, Timestamp};
use uplift::{
    fleet::View,
    simulate::{
        Fault, FaultKind,
        engine::{ClockStep, CutOff, Disturbed, How, Lag, Replica, Trouble},
    },
};

use super::chance::Chance;

/// So many seconds a clock may be off: beyond that no start is promised to be right (R25).
const MOST_AHEAD: i64 = 5;

/// Single acts that fail. Half of the histories have none.
pub fn faults(chance: &mut Chance) -> Vec<Fault> {
    let faults = if chance.percent(50) { chance.below(6) } else { 0 };
    (0..faults).map(|_| fault(chance)).collect()
}

fn fault(chance: &mut Chance) -> Fault {
    let kind = chance.pick(&FaultKind::ALL);
    let down = match kind {
        FaultKind::Pause => chance.pick(&[2, 20, 60, 300]),
        FaultKind::Late => chance.between(1, Fault::LATEST),
        _ => chance.pick(&[1, 20, 20, 300, 20_000]),
    };
    Fault { at_act: chance.below(120), kind, down }
}

/// Acts at which the leader dies or stands still: for less than the Lease, for as long, and for longer.
pub fn takeovers(chance: &mut Chance) -> Vec<Fault> {
    let kinds = [FaultKind::Pause, FaultKind::Pause, FaultKind::CrashBefore, FaultKind::CrashAfterCommit];
    let takeover = |chance: &mut Chance| Fault {
        at_act: chance.below(120),
        kind: chance.pick(&kinds),
        down: chance.pick(&[2, 14, 16, 20, 60, 300]),
    };
    (0..chance.below(16)).map(|_| takeover(chance)).collect()
}

/// What is wrong with the operator's watches and clock: nothing in two of three histories.
pub fn trouble(chance: &mut Chance, from: Timestamp) -> Trouble {
    if chance.percent(67) { Trouble::default() } else { any(chance, from) }
}

fn any(chance: &mut Chance, from: Timestamp) -> Trouble {
    let lags = if chance.percent(50) { chance.between(1, 3) } else { 0 };
    let events = if chance.percent(40) { chance.between(1, 4) } else { 0 };
    let steps = if chance.percent(40) { chance.between(1, 3) } else { 0 };
    let lags = (0..lags).map(|_| lag(chance, from)).collect();
    let events = (0..events).map(|_| disturbed(chance)).collect();
    let mut clock: Vec<_> = (0..steps).map(|_| step(chance, from)).collect();
    clock.sort_by_key(|step| step.at);
    Trouble { lags, events, clock, cut_off: vec![] }
}

/// When a process does not reach the API server: for less than the Lease, as long, and longer.
pub fn cut_offs(chance: &mut Chance, from: Timestamp) -> Vec<CutOff> {
    let number = if chance.percent(60) { chance.between(1, 4) } else { 0 };
    (0..number).map(|_| CutOff { from: later(chance, from), seconds: chance.pick(&[5, 13, 14, 15, 16, 60, 3600]) }).collect()
}

fn lag(chance: &mut Chance, from: Timestamp) -> Lag {
    let (from, until) = period(chance, from);
    Lag { view: chance.pick(&View::ALL), from, until, seconds: chance.pick(&[1, 3, 10, 45, 180]) }
}

fn disturbed(chance: &mut Chance) -> Disturbed {
    let how = chance.pick(&[How::Lost, How::Late, How::Repeated]);
    let seconds = if how == How::Lost { 0 } else { chance.pick(&[1, 5, 30, 240]) };
    Disturbed { record: chance.below(250), how, seconds }
}

fn step(chance: &mut Chance, from: Timestamp) -> ClockStep {
    ClockStep { at: later(chance, from), ahead: chance.between(-MOST_AHEAD, MOST_AHEAD) }
}

/// One or two other replicas, in one of six histories. Their views mostly lag.
pub fn replicas(chance: &mut Chance, from: Timestamp) -> Vec<Replica> {
    let number = if chance.percent(16) { chance.between(1, 2) } else { 0 };
    (0..number).map(|_| replica(chance, from)).collect()
}

fn replica(chance: &mut Chance, from: Timestamp) -> Replica {
    let mut trouble = if chance.percent(75) { any(chance, from) } else { Trouble::default() };
    trouble.cut_off = cut_offs(chance, from);
    let (from, until) = period(chance, from);
    Replica { from, until, trouble }
}

fn later(chance: &mut Chance, from: Timestamp) -> Timestamp {
    from + SignedDuration::from_secs(chance.between(0, 40 * 24 * 3600))
}

fn period(chance: &mut Chance, from: Timestamp) -> (Timestamp, Timestamp) {
    let begin = if chance.percent(30) { from } else { later(chance, from) };
    (begin, begin + SignedDuration::from_hours(chance.between(1, 24 * 25)))
}

/// When the last trouble ends. A clock that stays wrong ends never, and a history is judged with it.
pub fn end(trouble: &Trouble) -> Option<Timestamp> {
    let lags = trouble.lags.iter().map(|lag| lag.until);
    let cut_off = trouble.cut_off.iter().map(|cut| cut.from + SignedDuration::from_secs(cut.seconds));
    lags.chain(trouble.clock.iter().map(|step| step.at)).chain(cut_off).max()
}
