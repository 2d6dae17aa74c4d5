//! The slots that a window's occurrences give.

use crate::{
    api::tenant::Slot,
    calendar::{Occurrence, Schedule},
    plan::pass::Pass,
};

/// The slot that an occurrence of a window gives.
pub fn slot(window: &str, schedule: &Schedule, occurrence: &Occurrence) -> Slot {
    Slot {
        opens: occurrence.opens.clone(),
        window: window.into(),
        time_zone: schedule.zone_name().into(),
        opens_at: occurrence.opens_at,
        closes_at: occurrence.closes_at,
        opt_out_until: occurrence.opt_out_until,
        notice_until: occurrence.notice_until,
    }
}

/// The slot of this name, if the window still has it.
pub fn named(pass: &Pass, window: &str, opens: &str) -> Option<Slot> {
    let schedule = pass.schedule(window)?;
    Some(slot(window, schedule, &schedule.at_opening(opens.parse().ok()?)?))
}
