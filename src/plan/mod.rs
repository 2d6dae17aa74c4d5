//! The rules: what happens next, and why not yet. Pure: the same facts and the same time give the same plan.
//!
//! A folder uses those below it in this list, never one above it; `tests/shape/boundaries` reads the list and holds that.
//!
//! - `impact/` R30: whom a release, a software or a shared service touches
//! - `memo/` what is remembered from pass to pass
//! - `tenant/` one tenant's turn, and its explanation for people
//! - `trial/` R34 to R37: a version is tried on a copy of the tenant
//! - `upgrade/` R19 to R24, R38, R39: what is asked before, start, backup, hooks, images, rollout, probes, the way back, result
//! - `slot/` R7, R8: review, search, give, restore, lose
//! - `status/` what the statuses of releases, windows, products and tenants say
//! - `support/` R27 to R29: until when what runs and what is used is supported, by when it must have been left, and what customers hear of it
//! - `gates/` R16: THE list of what holds an upgrade back
//! - `interop/` R31: what an upgrade needs of the software and the tenants around it, and whom it would break
//! - `source/` R27: when life cycles are read from elsewhere, and what of an answer is believed
//! - `software/` R27: which software a tenant uses, and until when it is supported
//! - `target/` R4, R6: the running version, and the next one
//! - `notice/` R10: receipts in, notices out, reminders
//! - `consent/` R11 to R15: what the customer said, and what follows
//! - `release/` R1 to R3, R33: which releases may go to tenants, and when
//! - `jobs/` R26: the Jobs that are wanted, by key; those of an upgrade, in their order (R19)
//! - `record/` what a status says, and how it is written
//! - `pass/` what one pass over the fleet shares
//! - `output/` what a pass comes to

mod consent;
mod gates;
mod impact;
mod interop;
mod jobs;
mod memo;
mod notice;
pub mod output;
mod pass;
mod record;
mod release;
mod slot;
mod software;
mod source;
mod status;
mod support;
mod target;
mod tenant;
mod trial;
mod upgrade;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use consent::{preview, value::Declines};
pub use impact::{Impacted, Issue, Standing, Subject, impact};
pub use memo::Memo;
pub use output::{
    Class, Finding, Plan, Write,
    change::{Change, ImageChange, NewJob},
    fetch::Fetch,
    notice::{Address, Notice},
    story::{Story, StoryEvent},
};
pub use release::checks::OpenJob;
pub use software::identify::{Catalogue, Identified, Package};
pub use tenant::explain::{Explanation, Held, Newer, explain};

use crate::fleet::Fleet;
use pass::stock::Stock;

/// Decides for the whole fleet: one planner, because "who may go next" is one decision.
///
/// Every turn is begun before one is finished: what is lost in this pass says who goes first (R7), and what failed may halt a release
/// (R22). Then each tenant sees the places and running upgrades that the turns before its own took.
///
/// `now` is what the operator's clock shows. Where it is ahead of the API server's that one counts, and no date is lost to a clock that
/// jumped (R25); `wake_at` is by the operator's again.
pub fn plan(fleet: &Fleet, now: Timestamp) -> Plan {
    Memo::default().plan(fleet, now)
}

/// The Jobs of a release's checks that have no result.
pub fn open_jobs(fleet: &Fleet, release: &str) -> Vec<OpenJob> {
    let found =
        fleet.releases.get_key_value(release).and_then(|(name, release)| release::checks::Checks::of(fleet, name, release));
    found.map(release::checks::Checks::open_jobs).unwrap_or_default()
}

/// How many places are taken of each occurrence that an announced slot names: by window, and opening.
pub fn places(fleet: &Fleet, now: Timestamp) -> BTreeMap<(&str, Timestamp), u32> {
    let stock = Stock::of(fleet);
    let pass = release::begin(fleet, &stock, now);
    let of_window = |(window, taken): (&&str, &BTreeMap<Timestamp, u32>)| {
        let (window, _) = fleet.windows.get_key_value(*window)?;
        Some(taken.iter().map(|(at, n)| ((window.as_str(), *at), *n)).collect::<Vec<_>>())
    };
    pass.places().iter().filter_map(of_window).flatten().collect()
}
