//! Rules that break a promise, each in one way: to see that it is noticed.

use jiff::{SignedDuration, Timestamp};
use uplift::{
    fleet::Fleet,
    plan::{Plan, plan},
};

/// Never hears a no.
pub fn deaf(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for tenant in fleet.tenants.values_mut() {
        tenant.opt_out = None;
    }
    plan(&fleet, now)
}

/// Passes over suspensions.
pub fn early(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for tenant in fleet.tenants.values_mut() {
        if let Ok(spec) = &mut tenant.spec {
            spec.suspend = None;
        }
    }
    plan(&fleet, now)
}

/// Forgets how many may run at the same time.
pub fn greedy(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for window in fleet.windows.values_mut() {
        if let Ok(spec) = &mut window.spec {
            spec.max_concurrent = 100;
        }
    }
    plan(&fleet, now)
}

/// Forgets how many places there are.
pub fn crowded(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for window in fleet.windows.values_mut() {
        if let Ok(spec) = &mut window.spec {
            spec.capacity = None;
        }
    }
    plan(&fleet, now)
}

/// Takes each notice for delivered.
pub fn unheard(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for tenant in fleet.tenants.values_mut() {
        for notice in tenant.status.iter_mut().flat_map(|status| &mut status.notices) {
            notice.delivered_at = Some(notice.created_at);
        }
    }
    plan(&fleet, now)
}

/// Asks to be woken at once, for ever.
pub fn sleepless(fleet: &Fleet, now: Timestamp) -> Plan {
    let plan = plan(fleet, now);
    let wake_at = plan.wake_at.map(|at| at.min(now + SignedDuration::from_hours(24 * 20)));
    Plan { wake_at: wake_at.filter(|at| *at > now).and(Some(now)), ..plan }
}
