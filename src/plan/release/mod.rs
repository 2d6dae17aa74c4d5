//! Rules R1 to R3: which releases may go to tenants.

pub mod brake;
pub mod checks;
pub mod halt;
pub mod qualify;
pub mod rings;

use jiff::Timestamp;

use crate::{
    fleet::Fleet,
    plan::{
        output::Plan,
        pass::{
            Pass,
            wake::{Wake, whole_seconds},
        },
    },
};
use checks::Checks;

/// Begins a pass over the fleet: with the releases judged, and the places counted.
pub fn begin(fleet: &Fleet, now: Timestamp) -> Pass<'_> {
    let now = whole_seconds(now);
    let mut wake = Wake::new(now);
    let channels = qualify::qualify(fleet, now, &mut wake);
    Pass::new(fleet, now, wake, channels)
}

/// The Jobs of the releases' checks that are to be made, and read.
pub fn work(fleet: &Fleet, plan: &mut Plan) {
    let checks = fleet.releases.iter().filter_map(|(name, release)| Checks::of(fleet, name, release));
    checks.for_each(|checks| checks.work(plan));
}
