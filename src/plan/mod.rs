//! The rules: what happens next, and why not yet. Pure: the same facts and the same time give the same plan.

mod announce;
mod choose;
mod consent;
mod declines;
mod draft;
mod explain;
mod gates;
mod history;
mod hold;
mod ids;
mod invitation;
mod lose;
mod message;
mod next;
pub mod notice;
mod opt_in;
mod pass;
mod prove;
mod qualify;
mod receipts;
mod remind;
mod report;
mod running;
mod said;
mod schedule;
mod standing;
pub mod story;
mod tenant;
mod upgrade;
mod wake;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use declines::Declines;
pub use explain::{Explanation, Held, Newer, explain};
pub use notice::{Address, Invitation, LocalTimes, Message, Method, Outgoing, SlotTimes};
pub use story::{Story, StoryEvent};

use crate::{
    api::{DashboardReleaseStatus, TenantInstanceStatus, UpgradeWindowStatus, annotations::Intent, tenant::SlotResult},
    fleet::{Fleet, ObjectKey, Tenant, TenantKey},
};
use pass::Pass;

/// What to do now, and when to ask again.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The next write of each object, at most one, in the order in which they are to be sent within a class.
    pub writes: Vec<Write>,
    /// Notices that are written down and not yet accepted: to be sent, again and again, until a receipt or their deadline.
    pub notices: Vec<Outgoing>,
    /// Objects that can not even be written to: an Event is all that can be said of them.
    pub findings: Vec<Finding>,
    /// When the answer may change with no event; none: only an event changes it.
    pub wake_at: Option<Timestamp>,
}

/// Something wrong with an object whose status can not be written (I10).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The object.
    pub object: ObjectKey,
    /// Its UID.
    pub uid: String,
    /// What is wrong.
    pub message: String,
}

/// One write, with its precondition. Nothing is left to decide.
#[derive(Clone, Debug)]
pub struct Write {
    /// The object.
    pub object: ObjectKey,
    /// Its UID; a recreated object is another one.
    pub uid: String,
    /// The precondition: the object is still as it was when this was decided.
    pub resource_version: String,
    /// How urgent it is.
    pub class: Class,
    /// What is written.
    pub body: Body,
    /// What to tell once it is committed.
    pub stories: Vec<Story>,
}

/// Classes of writes: none waits for a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Verdicts and what stops an upgrade.
    StopOrVerdict,
    /// Starts, images and results.
    StartOrResult,
    /// Receipts of notices.
    Receipt,
    /// The rest.
    Rest,
}

/// What is written.
#[derive(Clone, Debug)]
pub enum Body {
    /// The whole status of a release.
    ReleaseStatus(Box<DashboardReleaseStatus>),
    /// The whole status of a window.
    WindowStatus(Box<UpgradeWindowStatus>),
    /// The whole status of a tenant.
    TenantStatus(Box<TenantInstanceStatus>),
    /// Images and the intent annotation of a workload, in one PATCH.
    Images(ImageChange),
}

/// The images of a workload for an upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageChange {
    /// The intent to write beside them; it lists the images.
    pub intent: Intent,
    /// Containers that are init containers: a strategic merge names them in another list.
    pub init: Vec<String>,
}

/// Decides for the whole fleet: one planner, because "who may go next" is one decision.
///
/// Each tenant's turn sees the places and running upgrades that the turns before it took. The order is that of R7: who lost a
/// slot goes first, then by namespace and name; a tenant whose last write was refused comes after all others.
pub fn plan(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut pass = Pass::new(fleet, wake::whole_seconds(now));
    let mut plan = Plan::default();
    report::releases(&mut pass, &mut plan);
    report::windows(&mut pass, &mut plan);
    for (key, tenant) in order(fleet) {
        tenant::decide(&mut pass, key, tenant, &mut plan);
    }
    plan.wake_at = pass.wake.earliest();
    plan
}

/// How many places are taken of each occurrence that an announced slot names: by window, and opening.
pub fn places(fleet: &Fleet, now: Timestamp) -> BTreeMap<(&str, Timestamp), u32> {
    Pass::new(fleet, wake::whole_seconds(now)).places()
}

/// Tenants carried over from a missed or deferred slot first, then by namespace and name (R7).
fn order(fleet: &Fleet) -> impl Iterator<Item = (&TenantKey, &Tenant)> {
    let mut tenants: Vec<_> = fleet.tenants.iter().collect();
    tenants.sort_by_key(|(key, tenant)| turn(fleet, key, tenant)); // stable
    tenants.into_iter()
}

/// When a tenant has its turn. Last those that cannot use what they would take: whose writes the API server refuses, and who lost
/// a slot and are still blocked. Else they would go first in every occurrence, and one broken tenant would stop another (I9).
fn turn(fleet: &Fleet, key: &TenantKey, tenant: &Tenant) -> u8 {
    // The common case first: without a refusal no key needs to be built.
    if !fleet.refused.is_empty() && fleet.refused.contains_key(&ObjectKey::Tenant(key.clone())) {
        return 2;
    }
    let Ok(status) = &tenant.status else { return 1 };
    match status.history.first().map(|last| last.result) {
        None | Some(SlotResult::Succeeded | SlotResult::Failed) => 1,
        Some(_) if status.blockers.is_empty() => 0,
        Some(_) => 2,
    }
}
