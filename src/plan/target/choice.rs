//! Rules R4 and R5: which release a tenant goes to next, and by which route.

use crate::{
    api::{
        TenantInstanceStatus, Version,
        reason::Reason,
        tenant::{HistoryEntry, Upgrade},
        upgrade_id::UpgradeId,
    },
    fleet::Tenant,
    plan::{
        consent::comes_up::declines_release,
        output::hold::{Gate, Hold},
        pass::{Pass, qualified::Qualified},
        record::{draft::Draft, history},
        target::{
            pin::{ceiling, pinned},
            route, running,
        },
    },
};

/// What a tenant may go to.
pub enum Choice {
    /// It runs the newest version that it may run.
    UpToDate,
    /// This is next.
    Next(Box<Upgrade>),
    /// A newer release is there, but something holds the tenant back from it.
    Held(Box<Hold>),
}

/// Chooses the next release of a tenant without an announced slot.
pub fn choose(pass: &mut Pass, draft: &mut Draft) -> Choice {
    let Ok(running) = draft.running.clone() else { return Choice::UpToDate };
    let ceiling = ceiling(pass, draft.spec);
    if let Some(until) = ceiling.as_ref().and_then(|ceiling| ceiling.until) {
        pass.wake.at(until);
    }
    let pass = &*pass;
    // Who waits for a halted release waits for it, or for a newer one.
    let waited_for = |r: &&Qualified| r.held().is_none() || r.only_halted();
    let open: Vec<_> = pass.channel(&draft.spec.channel).iter().filter(waited_for).collect();
    if let Some(again) = open.iter().find(|r| *r.version == running && asked_again(draft, r.version)) {
        // A halt, and a standing opt-out of the version, hold the retry too (R22).
        return match halted(again).or_else(|| held_back(pass, draft, &[again])) {
            Some(hold) => Choice::Held(Box::new(hold)),
            None => Choice::Next(Box::new(next(draft, &running, &[again]))),
        };
    }
    let newer: Vec<_> = open.into_iter().filter(|r| *r.version > running).collect();
    if newer.is_empty() {
        return Choice::UpToDate;
    }
    // A failed upgrade may have left a higher version behind in some workload: a release below it would be a downgrade there.
    let floor = running::floor(pass, draft.key, draft.spec, &draft.status);
    let newer: Vec<_> = newer.into_iter().filter(|r| floor.as_ref().is_none_or(|floor| r.version >= floor)).collect();
    let Some(newest) = newer.last() else { return Choice::Held(Box::new(left_behind(floor.as_ref()))) };
    let allowed: Vec<_> = newer.iter().copied().filter(|r| ceiling.as_ref().is_none_or(|c| *r.version <= c.version)).collect();
    if let (true, Some(ceiling)) = (allowed.is_empty(), &ceiling) {
        return Choice::Held(Box::new(pinned(ceiling)));
    }
    let Some(route) = route::to_newest(&running, &allowed) else {
        return Choice::Held(Box::new(no_route(&running, newest)));
    };
    let route = match around(&running, &allowed, route) {
        Ok(route) => route,
        Err(hold) => return Choice::Held(Box::new(hold)),
    };
    match held_back(pass, draft, &route) {
        Some(hold) => Choice::Held(Box::new(hold)),
        None => Choice::Next(Box::new(next(draft, &running, &route))),
    }
}

/// A route that no halted release is a part of, and that leads above it: a halted release is replaced by a newer one, never by an
/// older.
fn around<'r, 'a>(
    running: &Version,
    allowed: &[&'r Qualified<'a>],
    way: Vec<&'r Qualified<'a>>,
) -> Result<Vec<&'r Qualified<'a>>, Hold> {
    let Some((stopped, hold)) = way.iter().rev().find_map(|release| Some((release.version, halted(release)?))) else {
        return Ok(way);
    };
    let open: Vec<_> = allowed.iter().copied().filter(|release| release.held().is_none()).collect();
    route::to_newest(running, &open).filter(|other| other.last().is_some_and(|last| last.version > stopped)).ok_or(hold)
}

fn halted(release: &Qualified) -> Option<Hold> {
    release.held().map(|held| Hold::release(Gate::Withdrawn, release.name, held))
}

/// A declined or failed release isn't replaced by an older one, and nobody passes through it either.
pub fn held_back(pass: &Pass, draft: &mut Draft, route: &[&Qualified]) -> Option<Hold> {
    for release in route {
        let version = release.version;
        if declines_release(pass, draft, version) {
            return Some(declined(version));
        }
        if let Some(failed) = failed(draft.tenant, &draft.status, version) {
            return Some(failed);
        }
    }
    None
}

/// What is said of a release that the customer declined.
pub fn declined(version: &Version) -> Hold {
    let message = format!("the customer declined release {version}; it waits for a newer one, or for uplift.dev/opt-in");
    Hold::slot(Gate::Declined, Reason::Declined, message)
}

/// What holds a release that failed on this tenant.
pub fn failed(tenant: &Tenant, status: &TenantInstanceStatus, version: &Version) -> Option<Hold> {
    let failed = history::last_failure(status, version).filter(|failed| !retried(tenant, failed))?;
    let how = history::how_it_failed(failed.result);
    let message = format!("the upgrade to {version} {how}; annotate uplift.dev/retry={} to try again", failed.id);
    Some(Hold::slot(Gate::Failed, Reason::UpgradeFailed, message))
}

/// R22: the same release is not tried again until someone asks, by the id of what failed. R23: nor what was put back, by the id of
/// what brought it.
pub fn retried(tenant: &Tenant, ended: &HistoryEntry) -> bool {
    tenant.retry.as_ref().is_some_and(|retry| UpgradeId::from(&*retry.value) == ended.id)
}

/// The images of a failed upgrade stay where they are, so a retry goes to the version that already stands in the workloads.
fn asked_again(draft: &Draft, version: &Version) -> bool {
    history::last_failure(&draft.status, version).is_some_and(|failed| retried(draft.tenant, failed))
}

fn left_behind(floor: Option<&Version>) -> Hold {
    let floor = floor.map(ToString::to_string).unwrap_or_default();
    let message = format!(
        "a failed upgrade left {floor} in a workload, and no release at or above it is open; bring the workloads to one version"
    );
    Hold::slot(Gate::Failed, Reason::UpgradeFailed, message)
}

fn no_route(running: &Version, newest: &Qualified) -> Hold {
    let message = format!("no release leads from {running} to {}; its upgradesFrom allows none of the ways", newest.version);
    Hold::slot(Gate::Route, Reason::NoRoute, message)
}

/// The planned upgrade, without a slot yet. What was expected of the same one stands until another date is found: rings follow it.
pub fn next(draft: &Draft, running: &Version, route: &[&Qualified]) -> Upgrade {
    let hop = route[0];
    let to = hop.version.to_string();
    let before = draft.status.upgrade.as_ref().filter(|before| before.release_uid == hop.uid);
    let replans = draft.status.history.iter().filter(|entry| entry.to == to).count();
    Upgrade {
        id: None,
        release: hop.name.into(),
        release_uid: hop.uid.into(),
        from: running.to_string(),
        to,
        route: if route.len() > 1 { route.iter().map(|r| r.version.to_string()).collect() } else { vec![] },
        attempt: 1,
        slot: None,
        expected_at: before.and_then(|before| before.expected_at),
        replans: u32::try_from(replans).unwrap_or(u32::MAX),
        consent: None,
        reinstated_by: None,
        started_at: None,
        step: None,
        jobs: vec![],
        before: vec![],
        failure: None,
    }
}
