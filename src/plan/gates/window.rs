//! The window of a tenant, and the slot that it gave.

use crate::{
    api::{TenantInstanceSpec, reason::Reason, tenant::Holds},
    fleet::Tenant,
    plan::{
        gates::{Case, time_left::starts_end},
        output::hold::{Gate, Hold},
        pass::{Pass, wake::later},
    },
};

/// So many seconds after a tenant was created its window may still come.
const WINDOW_COMES_WITHIN: i64 = 10;

/// A window that vanishes or breaks under an announced slot holds nothing by itself: the slot carries its own times (R8).
pub fn window(case: Case) -> Option<Hold> {
    if case.with_slot().is_some() {
        return None;
    }
    let suspended = || window_suspended(case.pass, &case.spec.window_ref.name).map(|hold| Hold { holds: Holds::Slot, ..hold });
    unknown_window(case.pass, case.spec, case.tenant).or_else(suspended)
}

pub fn unknown_window(pass: &Pass, spec: &TenantInstanceSpec, tenant: &Tenant) -> Option<Hold> {
    let name = &spec.window_ref.name;
    let Some(window) = pass.window(name) else {
        let message = format!("UpgradeWindow {name:?} does not exist; create it or correct spec.windowRef");
        let hold = Hold::stalled(Gate::Window, Reason::UnknownWindow, message);
        // With the first sync of a folder tenants may come before their windows: that is no mistake yet.
        let told_from = later(tenant.meta.created_at, WINDOW_COMES_WITHIN);
        return Some(if pass.now < told_from { Hold { waiting: true, until: Some(told_from), ..hold } } else { hold });
    };
    let wrong = window.schedule.as_ref().err()?;
    Some(Hold::slot(Gate::Window, Reason::InvalidWindow, format!("UpgradeWindow {name:?}: {wrong}")))
}

pub fn window_open(case: Case) -> Option<Hold> {
    let now = case.pass.now;
    let Some(slot) = case.with_slot() else {
        return Some(Hold::wait(Gate::WindowOpen, Reason::WindowClosed, "no slot yet", None));
    };
    // Time opens a window, but only people let a suspended one go on: that is told first.
    if let Some(hold) = window_suspended(case.pass, &slot.window) {
        return Some(hold);
    }
    let closed = now < slot.opens_at || now >= slot.closes_at;
    let message = || format!("the slot opens at {}", slot.opens);
    closed.then(|| Hold::wait(Gate::WindowOpen, Reason::WindowClosed, message(), Some(slot.opens_at)))
}

fn window_suspended(pass: &Pass, window: &str) -> Option<Hold> {
    let suspend = pass.window(window)?.spec.as_ref().ok()?.suspend.as_ref()?;
    let message = format!("UpgradeWindow {window:?} is suspended: {}; remove its spec.suspend to go on", suspend.reason);
    Some(Hold::start(Gate::WindowOpen, Reason::WindowSuspended, message))
}

pub fn freeze(case: Case) -> Option<Hold> {
    let slot = case.with_slot()?;
    let schedule = match &case.pass.window(&slot.window)?.schedule {
        Ok(schedule) => schedule,
        // Its freezes can not be read: never "always open".
        Err(wrong) => {
            return Some(Hold::start(Gate::Freeze, Reason::InvalidWindow, format!("UpgradeWindow {:?}: {wrong}", slot.window)));
        }
    };
    let reason = schedule.frozen(slot.opens_at, slot.closes_at)?;
    Some(Hold::start(Gate::Freeze, Reason::Frozen, format!("a freeze touches the slot: {reason}")))
}

pub fn concurrency(case: Case) -> Option<Hold> {
    let slot = case.with_slot()?;
    // Who has no time left waits for nobody: an upgrade that ends need not bring a turn to them.
    if (starts_end(case)?..slot.closes_at).contains(&case.pass.now) {
        return None;
    }
    let (running, limit) = case.pass.concurrency_in(slot);
    // Which they are is no business of this tenant's readers: the window names them.
    let message = || {
        format!(
            "{running} upgrades of UpgradeWindow {window:?} run, {limit} may; its condition AtLimit names those that take long: end what hangs, or raise \
             spec.maxConcurrent",
            window = slot.window
        )
    };
    (running >= limit).then(|| Hold::wait(Gate::Concurrency, Reason::Concurrency, message(), None))
}
