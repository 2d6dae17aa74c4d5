//! Rules R1 to R3: which releases may go to tenants.

pub mod halt;
pub mod qualify;

use jiff::Timestamp;

use crate::{
    fleet::Fleet,
    plan::pass::{
        Pass,
        wake::{Wake, whole_seconds},
    },
};

/// Begins a pass over the fleet: with the releases judged, and the places counted.
pub fn begin(fleet: &Fleet, now: Timestamp) -> Pass<'_> {
    let now = whole_seconds(now);
    let mut wake = Wake::new(now);
    let channels = qualify::qualify(fleet, now, &mut wake);
    Pass::new(fleet, now, wake, channels)
}
