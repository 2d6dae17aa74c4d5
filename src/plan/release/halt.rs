//! Rules R3 and R22: failures halt a release, and people let it go on.
//!
//! A halt follows from what stands in histories and in the release's status, so a crash between the two writes changes nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    api::{
        DashboardReleaseSpec, TenantInstanceSpec, TenantInstanceStatus, reason::Reason, release::Halt,
        stored_reason::StoredReason,
    },
    fleet::{Fleet, Tenant, TenantKey},
    plan::{
        output::held::Held,
        pass::{Pass, qualified::Qualified},
        record::steps,
    },
};

/// So many failures are named.
const NAMED: usize = 10;

/// A tenant as this pass knows it.
#[derive(Clone, Copy)]
pub struct Known<'s> {
    /// Its key.
    pub key: &'s TenantKey,
    /// Its spec.
    pub spec: &'s TenantInstanceSpec,
    /// Its status, with what was found in this pass.
    pub status: &'s TenantInstanceStatus,
}

impl<'s> Known<'s> {
    /// As it was sent, or seen last.
    pub fn of(fleet: &'s Fleet, key: &'s TenantKey, tenant: &'s Tenant) -> Option<Self> {
        let status = fleet.status_sent(key).or(tenant.status.as_ref().ok())?;
        Some(Self { key, spec: tenant.spec.as_ref().ok()?, status })
    }
}

/// Whether a failure speaks against the release. What stems from the tenant's own manifest or from a foreign hand does not.
/// So it is with a hook of the tenant's own, and with a probe that cannot be measured; that what was measured differs speaks against the release.
fn counts(reason: Option<&StoredReason>, own_hook: bool) -> bool {
    use Reason::{NoComponent, NoReplicas, OwnershipConflict, Paused, ProbeBroken, UnknownComponent, WorkloadGone};
    let hand = |reason| matches!(reason, OwnershipConflict | WorkloadGone | Paused | NoReplicas);
    let theirs = |reason| hand(reason) || matches!(reason, NoComponent | UnknownComponent | ProbeBroken);
    !own_hook && !reason.and_then(StoredReason::known).is_some_and(theirs)
}

/// Halts each release on which as many tenants failed as may: in the very pass that finds it.
pub fn halt(pass: &mut Pass, tenants: &[Known]) {
    let mut failed: BTreeMap<&str, Vec<&TenantKey>> = BTreeMap::new();
    for Known { key, spec, status } in tenants.iter().copied() {
        for failure in failures(status) {
            let release = pass.channel(&spec.channel).iter().find(|release| release.version.is(failure.to));
            let Some(release) = release.filter(|release| is_against(release, &failure)) else { continue };
            let tenants = failed.entry(release.name).or_default();
            // Each tenant once, however often it failed.
            if tenants.last() != Some(&key) {
                tenants.push(key);
            }
        }
    }
    let now = pass.now;
    for release in pass.releases_mut() {
        let tenants = failed.get(release.name).map_or(&[][..], Vec::as_slice);
        let limit = usize::try_from(release.spec.rollout.max_failures).unwrap_or(usize::MAX);
        let over = !tenants.is_empty() && tenants.len() >= limit;
        let rests = release.brake.as_ref().is_err_and(|held| matches!(held.reason, Reason::Withdrawn | Reason::Halted));
        if over && !rests {
            let halt = new(release, tenants, now);
            release.brake = Err(held(&halt));
            release.halt = Some(halt);
        }
    }
}

/// An upgrade that failed.
struct Failure<'s> {
    to: &'s str,
    reason: Option<&'s StoredReason>,
    started_at: Option<Timestamp>,
    own_hook: bool,
}

/// What failed on a tenant. A failure counts when it is found: also while its images still go back.
fn failures(status: &TenantInstanceStatus) -> impl Iterator<Item = Failure<'_>> {
    let ended = status.history.iter().filter(|entry| entry.result.is_failure());
    let ended = ended.map(|e| Failure { to: &e.to, reason: e.reason.as_ref(), started_at: e.started_at, own_hook: e.own_hook });
    let goes_back = status.upgrade.as_ref().and_then(|upgrade| {
        let failure = upgrade.failure.as_ref()?;
        let own_hook = steps::own_hook(upgrade);
        Some(Failure { to: &upgrade.to, reason: Some(&failure.reason), started_at: upgrade.started_at, own_hook })
    });
    ended.chain(goes_back)
}

/// A failure belongs to the time of its start: what started before the last resume, or on another object of that name, does not count.
fn is_against(release: &Qualified, failed: &Failure) -> bool {
    let resumed = release.halt.as_ref().and_then(|halt| halt.resumed_at);
    let counted = |at| at >= release.created_at && resumed.is_none_or(|resumed| at > resumed);
    counts(failed.reason, failed.own_hook) && failed.started_at.is_some_and(counted)
}

fn new(release: &Qualified, tenants: &[&TenantKey], now: Timestamp) -> Halt {
    let message = match tenants.len() {
        1 => "the upgrade of 1 tenant failed".into(),
        n => format!("the upgrades of {n} tenants failed"),
    };
    Halt {
        id: release.halt.as_ref().map_or(0, |halt| halt.id) + 1,
        at: now,
        reason: Reason::TooManyFailures.into(),
        message,
        failures: tenants.iter().take(NAMED).map(ToString::to_string).collect(),
        resumed_halt: release.spec.rollout.resumed_halt,
        resumed_at: None,
    }
}

/// What a halt says to people. Tenants read it too, so it names none.
pub fn held(halt: &Halt) -> Held {
    Held::new(Reason::Halted, format!("halted: {}; set spec.rollout.resumedHalt to {} to go on", halt.message, halt.id))
}

/// The halt as it is to be written: `resumedHalt` lifts the one whose id it *became*, so a number that stood there before lifts nothing.
pub fn next(spec: &DashboardReleaseSpec, seen: &Halt, now: Timestamp) -> Halt {
    let said = spec.rollout.resumed_halt;
    let lifted = seen.stands() && said != seen.resumed_halt && said == seen.id;
    let resumed_at = if lifted { Some(now) } else { seen.resumed_at };
    let resumed_halt = if seen.stands() { said } else { seen.resumed_halt };
    Halt { resumed_halt, resumed_at, ..seen.clone() }
}
