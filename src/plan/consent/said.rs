//! Rule R13: when a thing was said, and by whom.

use jiff::Timestamp;

use crate::{
    fleet::{CLOCK_SKEW, Said},
    plan::pass::Pass,
};

/// When it was said, as far as that is known (R13): the stamp, else the earlier of arrival and managedFields time.
pub fn said_at(pass: &Pass, said: &Said) -> Timestamp {
    let stamp = said.stamped_at.filter(|_| pass.fleet.stamps_in_force);
    let at = stamp.unwrap_or_else(|| by_manager(said, said.arrived_at));
    crate::plan::pass::wake::whole_seconds(at)
}

/// The latest instant at which it can have been said. Our clock dates its arrival, and that may be behind by what is tolerated (R25).
pub fn at_the_latest(said: &Said) -> Timestamp {
    let arrived = said.arrived_at.checked_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX);
    by_manager(said, arrived)
}

/// The earlier of two upper bounds: a field manager's time, and the arrival.
fn by_manager(said: &Said, arrived: Timestamp) -> Timestamp {
    said.managed_at.map_or(arrived, |managed| managed.min(arrived))
}

/// R13: whether it was said until the cut-off, that second included. In doubt it was.
pub fn in_time(pass: &Pass, said: &Said, cut_off: Timestamp) -> bool {
    // Only a stamp proves that it came late: the time of a manager moves with whatever else the manager writes.
    let gap_over_cut_off = said.absent_at.is_none_or(|absent| absent <= cut_off);
    said_at(pass, said) <= cut_off || (!stamped(pass, said) && gap_over_cut_off)
}

/// Whether admission dated it: that is exact.
pub fn stamped(pass: &Pass, said: &Said) -> bool {
    pass.fleet.stamps_in_force && said.stamped_at.is_some()
}

/// Who said it, as far as that is known: a person by the stamp, else the name of a field manager.
pub fn said_by(pass: &Pass, said: &Said) -> Option<String> {
    let stamped = said.stamped_by.clone().filter(|_| pass.fleet.stamps_in_force);
    stamped.or_else(|| said.managed_by.clone())
}
