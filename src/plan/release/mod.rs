//! Rules R1 to R3, R33: which releases may go to tenants.

pub mod brake;
pub mod change;
pub mod checks;
pub mod halt;
pub mod qualify;
pub mod rings;
mod usual;

use jiff::Timestamp;

use crate::{
    fleet::Fleet,
    plan::{
        output::Plan,
        pass::{
            Pass,
            stock::Stock,
            wake::{Wake, whole_seconds},
        },
    },
};
use checks::Checks;
use halt::Known;

/// Begins a pass over the fleet, with what it adds up to: with the releases judged, and the places counted.
pub fn begin<'a>(fleet: &'a Fleet, stock: &'a Stock, now: Timestamp) -> Pass<'a> {
    let now = whole_seconds(now);
    let mut wake = Wake::new(now);
    let channels = qualify::qualify(fleet, now, &mut wake);
    let mut pass = Pass::new(fleet, stock, now, wake, channels);
    usual::learn(&mut pass);
    rings::count(&mut pass, fleet.tenants.iter().filter_map(|(key, tenant)| Known::of(fleet, key, tenant)));
    pass
}

/// The Jobs of the releases' checks that are to be made, and read.
pub fn work(fleet: &Fleet, plan: &mut Plan) {
    let checks = fleet.releases.iter().filter_map(|(name, release)| Checks::of(fleet, name, release));
    checks.for_each(|checks| checks.work(plan));
}
