//! What is known of an annotation that people wrote, over time (R13).

use jiff::{SignedDuration, Timestamp};

use crate::fleet::{Said, Tenant};

/// How long after its commit a write may show up in a watch: more than 2 s were seen under load.
const LAG: SignedDuration = SignedDuration::from_secs(5);

/// Carries over to a tenant what was known before of each annotation with the same value.
///
/// `current` is the last instant until which everything that happened to tenants is known; none: nothing is yet.
pub(super) fn remember(old: Option<&Tenant>, new: &mut Tenant, current: Option<Timestamp>) {
    let absent_at = current.and_then(|at| at.checked_sub(LAG).ok());
    inherit(old.and_then(|t| t.opt_out.as_deref()), new.opt_out.as_deref_mut(), absent_at);
    inherit(old.and_then(|t| t.opt_in.as_deref()), new.opt_in.as_deref_mut(), absent_at);
    inherit(old.and_then(|t| t.retry.as_deref()), new.retry.as_deref_mut(), absent_at);
}

fn inherit(old: Option<&Said>, new: Option<&mut Said>, absent_at: Option<Timestamp>) {
    let Some(new) = new else { return };
    match old.filter(|old| old.value == new.value) {
        Some(old) => keep(old, new),
        None => new.absent_at = absent_at.map(|at| at.min(new.arrived_at)),
    }
}

/// The same value, seen again: it was said when it was first seen, and the earliest time of a manager is the closest.
fn keep(old: &Said, new: &mut Said) {
    new.arrived_at = old.arrived_at;
    new.absent_at = old.absent_at;
    if old.managed_at.is_some() && (new.managed_at.is_none() || old.managed_at < new.managed_at) {
        new.managed_at = old.managed_at;
        new.managed_by.clone_from(&old.managed_by);
    }
    // The stamp that is on the object decides: after a restart it is all there is. A lost one is put back by admission.
    if new.stamped_at.is_none() {
        new.stamped_at = old.stamped_at;
        new.stamped_by = new.stamped_by.take().or_else(|| old.stamped_by.clone());
    }
}
