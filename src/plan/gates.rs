//! Rule R16: one ordered list of small functions that answers the slot, the notice, the start, the status and every preview.
//!
//! How to add a gate: write a function that takes a [`Case`] and returns a [`Hold`] or none, put it in [`GATES`] where its
//! reason should be read, add its reason to `api::reasons`, and a scenario that shows it.

use jiff::Timestamp;

use super::{
    announce,
    declines::Declines,
    draft::Draft,
    history,
    hold::{Gate, Hold},
    ids,
    pass::Pass,
    qualify::Qualified,
    receipts,
    wake::later,
};
use crate::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus, Version, address, reasons,
        tenant::{Contact, Holds, Management, Slot, SlotResult, Upgrade},
    },
    fleet::{CLOCK_SKEW, STALE_AFTER, Settings, Tenant, TenantKey},
};

/// What a gate looks at: one tenant, and the upgrade that is planned for it.
#[derive(Clone, Copy)]
pub struct Case<'p, 'a> {
    /// The pass.
    pub pass: &'p Pass<'a>,
    /// The tenant's key.
    pub key: &'p TenantKey,
    /// The tenant.
    pub tenant: &'p Tenant,
    /// Its spec.
    pub spec: &'p TenantInstanceSpec,
    /// Its status, as drafted so far.
    pub status: &'p TenantInstanceStatus,
    /// The version that it runs, or why that is not known.
    pub running: &'p Result<Version, Hold>,
    /// What is planned.
    pub upgrade: &'p Upgrade,
}

impl<'p> Case<'p, '_> {
    fn release(&self) -> Option<&Qualified<'_>> {
        self.pass.release(&self.upgrade.release, &self.upgrade.release_uid)
    }
    fn target(&self) -> Option<Version> {
        self.upgrade.to.parse().ok()
    }
    fn with_slot(&self) -> Option<&'p Slot> {
        self.upgrade.slot.as_ref()
    }
}

type GateFn = fn(Case) -> Option<Hold>;

/// The gates that look at a planned upgrade, in order.
const GATES: &[GateFn] = &[
    annotations,
    management,
    suspend,
    pin,
    version,
    route,
    components,
    withdrawn,
    approved,
    accepted,
    contact,
    window,
    notice,
    consent,
    window_open,
    freeze,
    concurrency,
    health,
    clock,
    view,
];

/// All that holds: people see every blocker at once, not the first.
pub fn holds(case: Case) -> Vec<Hold> {
    GATES.iter().filter_map(|gate| gate(case)).collect()
}

/// What holds the planned upgrade.
pub fn of_draft(pass: &Pass, draft: &Draft) -> Vec<Hold> {
    let Some(upgrade) = &draft.status.upgrade else { return vec![] };
    holds(Case {
        pass,
        key: draft.key,
        tenant: draft.tenant,
        spec: draft.spec,
        status: &draft.status,
        running: &draft.running,
        upgrade,
    })
}

/// What the tenant's own manifest breaks, target or not: told at once.
pub fn manifest(pass: &Pass, spec: &TenantInstanceSpec, tenant: &Tenant, running: &Result<Version, Hold>) -> Vec<Hold> {
    let version = running.as_ref().err().cloned();
    let pin = spec
        .pin
        .as_ref()
        .and_then(|pin| pin.version.parse::<Version>().err())
        .map(|e| Hold::stalled(Gate::Pin, reasons::INVALID_VERSION, format!("spec.pin.version: {e}")));
    [unreadable_annotations(tenant), version, pin, contacts(pass, spec), unknown_window(pass, spec)]
        .into_iter()
        .flatten()
        .collect()
}

fn annotations(case: Case) -> Option<Hold> {
    unreadable_annotations(case.tenant)
}

/// An opt-out that cannot be read may be a no: it holds the start until somebody corrects it.
fn unreadable_annotations(tenant: &Tenant) -> Option<Hold> {
    let said = [("uplift.dev/opt-out", &tenant.opt_out), ("uplift.dev/opt-in", &tenant.opt_in)];
    let (key, value) = said.into_iter().find_map(|(key, said)| {
        said.as_ref().filter(|said| Declines::parse(&said.value).is_none()).map(|said| (key, &said.value))
    })?;
    let message = format!(
        "{key}={value:?} is neither a day nor a version; write a day like \"2026-12-15\" or a version like \"2026.12.0\""
    );
    Some(Hold { holds: Holds::Start, ..Hold::stalled(Gate::Manifest, reasons::INVALID_OPT_OUT, message) })
}

fn management(case: Case) -> Option<Hold> {
    unmanaged(case.spec)
}

fn suspend(case: Case) -> Option<Hold> {
    suspended(case.spec)
}

/// What people say of the tenant as a whole, whatever is planned.
pub fn people(spec: &TenantInstanceSpec) -> impl Iterator<Item = Hold> {
    [unmanaged(spec), suspended(spec)].into_iter().flatten()
}

fn unmanaged(spec: &TenantInstanceSpec) -> Option<Hold> {
    (spec.management == Management::Unmanaged).then(|| {
        Hold::slot(Gate::Management, reasons::UNMANAGED, "spec.management is Unmanaged: seen and counted, never touched")
    })
}

fn suspended(spec: &TenantInstanceSpec) -> Option<Hold> {
    let suspend = spec.suspend.as_ref()?;
    let message = format!("suspended: {}; remove spec.suspend to go on", suspend.reason);
    Some(Hold::slot(Gate::Suspend, reasons::SUSPENDED, message))
}

/// A pin is a ceiling until the first instant of its date in the window's zone (R6).
fn pin(case: Case) -> Option<Hold> {
    let ceiling = ceiling(case.pass, case.spec)?;
    (case.target()? > ceiling.version).then(|| pinned(&ceiling))
}

/// The ceiling of a pin that is in force.
pub struct Ceiling<'a> {
    /// The highest version.
    pub version: Version,
    /// When it ends.
    pub until: Option<Timestamp>,
    reason: &'a str,
}

/// The ceiling of the tenant's pin, while it is in force.
pub fn ceiling<'s>(pass: &Pass, spec: &'s TenantInstanceSpec) -> Option<Ceiling<'s>> {
    let pin = spec.pin.as_ref()?;
    // Without a readable zone the pin stays: holding back is the safe side.
    let until = pin.until.and_then(|date| Some(pass.schedule(&spec.window_ref.name)?.first_instant(date)));
    let in_force = until.is_none_or(|until| pass.now < until);
    in_force.then_some(())?;
    Some(Ceiling { version: pin.version.parse().ok()?, until, reason: &pin.reason })
}

/// What a ceiling says.
pub fn pinned(ceiling: &Ceiling) -> Hold {
    let message = format!("pinned to {}: {}; change spec.pin to go on", ceiling.version, ceiling.reason);
    Hold { until: ceiling.until, ..Hold::slot(Gate::Pin, reasons::PINNED, message) }
}

fn version(case: Case) -> Option<Hold> {
    case.running.as_ref().err().cloned()
}

/// The way from the running version may have changed since the slot was given.
fn route(case: Case) -> Option<Hold> {
    let (release, running) = (case.release()?, case.running.as_ref().ok()?);
    let legal = release.reachable_from(running) || running == release.version;
    let message = || format!("{} may not go straight to {}: its upgradesFrom does not allow it", running, release.version);
    (!legal).then(|| Hold::slot(Gate::Route, reasons::NO_ROUTE, message()))
}

/// Every container that the manifest names must have an image in the release, and each workload at least one.
fn components(case: Case) -> Option<Hold> {
    let release = case.release()?;
    let has = |component: &str| release.spec.images.contains_key(component);
    case.spec.workloads.iter().find_map(|reference| {
        let name = &reference.name;
        let mapped = super::running::mapped(reference, case.pass.workload(case.key, reference).ok()?, has);
        if mapped.is_empty() {
            let message = format!("no container of Deployment {name:?} runs a component of release {}", case.upgrade.to);
            return Some(Hold::slot(Gate::Version, reasons::NO_COMPONENT, message));
        }
        let (_, unknown) = mapped.into_iter().find(|(_, component)| !has(component))?;
        let message = format!("release {} has no component {unknown:?}, which Deployment {name:?} runs", case.upgrade.to);
        Some(Hold::slot(Gate::Version, reasons::UNKNOWN_COMPONENT, message))
    })
}

fn withdrawn(case: Case) -> Option<Hold> {
    let Some(release) = case.release() else {
        let message = format!("DashboardRelease {:?} is gone or does not parse", case.upgrade.release);
        return Some(Hold::slot(Gate::Withdrawn, reasons::RELEASE_DELETED, message));
    };
    release.brake.as_ref().err().map(|held| Hold::release(Gate::Withdrawn, release.name, held))
}

fn approved(case: Case) -> Option<Hold> {
    let release = case.release()?;
    release.approved.as_ref().err().map(|held| Hold::release(Gate::Approved, release.name, held))
}

fn accepted(case: Case) -> Option<Hold> {
    let release = case.release()?;
    release.accepted.as_ref().err().map(|held| Hold::release(Gate::Accepted, release.name, held))
}

fn contact(case: Case) -> Option<Hold> {
    contacts(case.pass, case.spec).or_else(|| announce::unreachable(case.spec, case.status, case.tenant.meta.generation))
}

fn contacts(pass: &Pass, spec: &TenantInstanceSpec) -> Option<Hold> {
    if spec.contacts.is_empty() {
        let message = "nobody can be told; name a contact in spec.contacts";
        return Some(Hold::stalled(Gate::Contact, reasons::NO_CONTACT, message));
    }
    if !spec.contacts.iter().enumerate().any(|(i, contact)| receipts::required(contact, i)) {
        let message =
            "no contact is required, so no notice would ever count as delivered; set required: true on one of spec.contacts";
        return Some(Hold::stalled(Gate::Contact, reasons::NO_CONTACT, message));
    }
    spec.contacts.iter().find_map(|contact| unusable(&pass.fleet.settings, contact))
}

/// A contact that no notice can be sent to.
fn unusable(settings: &Settings, contact: &Contact) -> Option<Hold> {
    let refused = |field: &str, why: String| {
        let message = format!("spec.contacts[{}]{field}: {why}", contact.name);
        Hold::stalled(Gate::Contact, reasons::ADDRESS_REFUSED, message)
    };
    match (&contact.webhook, &contact.email) {
        (Some(url), None) => address::check(url, &settings.allow_hosts).err().map(|why| refused(".webhook", why.to_string())),
        (None, Some(_)) if settings.email => None,
        (None, Some(_)) => {
            let message = format!(
                "spec.contacts[{}].email: this operator sends no e-mail; configure notices.email, or name a webhook",
                contact.name
            );
            Some(Hold::slot(Gate::Contact, reasons::EMAIL_NOT_CONFIGURED, message))
        }
        _ => Some(refused("", "it needs either a webhook or an email; correct it".into())),
    }
}

/// A window that vanishes or breaks under an announced slot holds nothing by itself: the slot carries its own times (R8).
fn window(case: Case) -> Option<Hold> {
    if case.with_slot().is_some() {
        return None;
    }
    let suspended = || window_suspended(case.pass, &case.spec.window_ref.name).map(|hold| Hold { holds: Holds::Slot, ..hold });
    unknown_window(case.pass, case.spec).or_else(suspended)
}

fn unknown_window(pass: &Pass, spec: &TenantInstanceSpec) -> Option<Hold> {
    let name = &spec.window_ref.name;
    let Some(window) = pass.window(name) else {
        let message = format!("UpgradeWindow {name:?} does not exist; create it or correct spec.windowRef");
        return Some(Hold::stalled(Gate::Window, reasons::UNKNOWN_WINDOW, message));
    };
    let wrong = window.schedule.as_ref().err()?;
    Some(Hold::slot(Gate::Window, reasons::INVALID_WINDOW, format!("UpgradeWindow {name:?}: {wrong}")))
}

fn notice(case: Case) -> Option<Hold> {
    let slot = case.with_slot()?;
    let stem = case.upgrade.id.as_deref().map(ids::stem_of);
    if stem.is_some_and(|stem| receipts::delivered(case.status, case.spec, stem)) {
        return None;
    }
    let message = format!("the notice must be accepted by every required contact until {}", slot.notice_until);
    Some(Hold::wait(Gate::Notice, reasons::NOTICE_PENDING, message, None))
}

/// R14: no frozen answer, no start.
fn consent(case: Case) -> Option<Hold> {
    let slot = case.with_slot()?;
    let message = || format!("the customer may say no until {}", slot.opt_out_until);
    case.upgrade
        .consent
        .is_none()
        .then(|| Hold::wait(Gate::Consent, reasons::CONSENT_PENDING, message(), Some(slot.opt_out_until)))
}

fn window_open(case: Case) -> Option<Hold> {
    let now = case.pass.now;
    let Some(slot) = case.with_slot() else {
        return Some(Hold::wait(Gate::WindowOpen, reasons::WINDOW_CLOSED, "no slot yet", None));
    };
    // Time opens a window, but only people let a suspended one go on: that is told first.
    if let Some(hold) = window_suspended(case.pass, &slot.window) {
        return Some(hold);
    }
    let closed = now < slot.opens_at || now >= slot.closes_at;
    let message = || format!("the slot opens at {}", slot.opens);
    closed.then(|| Hold::wait(Gate::WindowOpen, reasons::WINDOW_CLOSED, message(), Some(slot.opens_at)))
}

fn window_suspended(pass: &Pass, window: &str) -> Option<Hold> {
    let suspend = pass.window(window)?.spec.as_ref().ok()?.suspend.as_ref()?;
    let message = format!("UpgradeWindow {window:?} is suspended: {}; remove its spec.suspend to go on", suspend.reason);
    Some(Hold::start(Gate::WindowOpen, reasons::WINDOW_SUSPENDED, message))
}

fn freeze(case: Case) -> Option<Hold> {
    let slot = case.with_slot()?;
    let schedule = match &case.pass.window(&slot.window)?.schedule {
        Ok(schedule) => schedule,
        // Its freezes can not be read: never "always open".
        Err(wrong) => {
            return Some(Hold::start(Gate::Freeze, reasons::INVALID_WINDOW, format!("UpgradeWindow {:?}: {wrong}", slot.window)));
        }
    };
    let reason = schedule.frozen(slot.opens_at, slot.closes_at)?;
    Some(Hold::start(Gate::Freeze, reasons::FROZEN, format!("a freeze touches the slot: {reason}")))
}

fn concurrency(case: Case) -> Option<Hold> {
    let slot = case.with_slot()?;
    let (running, limit) = case.pass.concurrency(&slot.window);
    let message = || format!("{running} upgrades of window {:?} run, {limit} may", slot.window);
    (running >= limit).then(|| Hold::wait(Gate::Concurrency, reasons::CONCURRENCY, message(), None))
}

/// R18. Looked at from the notice deadline on: a pod that restarts weeks before is nobody's business. Once it held, it holds
/// until the workload is healthy, whatever becomes of the slot.
fn health(case: Case) -> Option<Hold> {
    let due = case.with_slot().is_some_and(|slot| case.pass.now >= slot.notice_until);
    let held = case.status.blockers.iter().any(|blocker| blocker.gate == Gate::Health.name());
    if !due && !held {
        return None;
    }
    let mends_its_own = mends_its_own_failure(&case);
    case.spec.workloads.iter().find_map(|reference| {
        let workload = case.pass.workload(case.key, reference).ok()?;
        let name = &reference.name;
        let (reason, message) = if workload.paused {
            (reasons::PAUSED, format!("Deployment {name:?} is paused; resume it"))
        } else if workload.replicas == 0 {
            (reasons::NO_REPLICAS, format!("Deployment {name:?} has no replica; scale it up"))
        } else if !workload.rolled_out() && !mends_its_own {
            let message =
                format!("Deployment {name:?} is not healthy before the upgrade; every replica must be updated and available");
            (reasons::UNHEALTHY, message)
        } else {
            return None;
        };
        Some(Hold::start(Gate::Health, reason, message))
    })
}

/// The damage of a tenant's own last failed upgrade doesn't count when the target is newer than what failed.
fn mends_its_own_failure(case: &Case) -> bool {
    let failed = history::last_upgrade(case.status).filter(|last| last.result == SlotResult::Failed);
    failed.is_some_and(|last| case.target() > last.to.parse().ok())
}

/// R25: by a wrong clock a window would open at a wrong time.
fn clock(case: Case) -> Option<Hold> {
    let ahead = case.pass.fleet.clock_ahead;
    if ahead.is_trusted() || !is_due(&case) {
        return None;
    }
    let told = ahead.0.map_or_else(
        || "the operator's clock was not compared with the API server's yet".into(),
        |ahead| {
            let side = if ahead.is_negative() { "behind" } else { "ahead of" };
            format!("the operator's clock is more than {CLOCK_SKEW:#} {side} the API server's; set the clocks of their machines")
        },
    );
    Some(Hold::start(Gate::Clock, reasons::CLOCK_SKEW, told))
}

/// Whether a start would be due: what is wrong with the operator at another time changes nothing that anybody waits for.
fn is_due(case: &Case) -> bool {
    case.with_slot().is_some_and(|slot| case.pass.now >= slot.opens_at)
}

fn view(case: Case) -> Option<Hold> {
    let view = case.pass.fleet.views.stale(STALE_AFTER).filter(|_| is_due(&case))?;
    let message =
        format!("the watch of {view:?} has shown no life for {STALE_AFTER} s; look at the API server and the operator's log");
    Some(Hold::start(Gate::View, reasons::STALE_VIEW, message))
}

/// The instants at which a gate of this slot may change its answer.
pub fn instants(slot: &Slot) -> [Timestamp; 5] {
    let settled = later(slot.opt_out_until, super::consent::SETTLES_AFTER);
    [slot.notice_until, later(slot.notice_until, receipts::SETTLE), settled, slot.opens_at, slot.closes_at]
}
