//! What a tenant offers to others: the interfaces of the release that it runs, and of the one that it goes to while its upgrade runs.

use crate::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus, Version, VersionReq,
        release::{Interface, Requirement},
        tenant::{Dependency, SlotResult},
    },
    fleet::TenantKey,
    plan::{
        pass::{Pass, neighbours::named, qualified::Qualified, share::upgrades},
        software::runs::runs,
    },
};

/// What a tenant offers of an interface.
pub struct Offered<'a> {
    /// The tenant.
    pub by: &'a TenantKey,
    /// The versions of the interface, in each release of which something may run.
    pub versions: Vec<&'a [String]>,
}

/// The releases of which something may run: one, mostly. Two while an upgrade runs, or after one failed: what it left behind is not known to be
/// well. What nobody can read any more counts as it was last known. An error: nobody knows, and what mends that.
pub fn running<'p, 'a>(pass: &'p Pass<'a>, key: &TenantKey) -> Result<Vec<&'p Qualified<'a>>, &'static str> {
    let fleet = pass.fleet;
    let tenant = fleet.tenants.get(key).ok_or("does not exist; correct the name")?;
    let spec = tenant.spec.as_ref().map_err(|_| "does not parse; its Events say why")?;
    let seen = tenant.status.as_ref().map_err(|_| "has a status that does not parse; its Events say why")?;
    // What is on its way to be written may not arrive: both count until it has.
    let statuses: Vec<_> = std::iter::once(seen).chain(fleet.status_sent(key)).collect();
    spoken_of(pass, spec, &statuses)
}

/// The same, of a tenant of which these statuses speak.
pub fn spoken_of<'p, 'a>(
    pass: &'p Pass<'a>,
    spec: &TenantInstanceSpec,
    statuses: &[&TenantInstanceStatus],
) -> Result<Vec<&'p Qualified<'a>>, &'static str> {
    let mut running: Vec<&Qualified> = vec![];
    for version in statuses.iter().flat_map(|status| versions(status)) {
        let version = version.parse::<Version>().map_err(|_| "runs a version that is none")?;
        running.push(runs(pass, &spec.channel, &version).ok_or("runs a version of which there is no DashboardRelease")?);
    }
    let goes = statuses.iter().filter_map(|status| status.upgrade.as_ref()).filter(|upgrade| upgrade.started_at.is_some());
    running.extend(goes.filter_map(|upgrade| pass.release(&upgrade.release, &upgrade.release_uid)));
    running.sort_by_key(|release| release.uid);
    running.dedup_by_key(|release| release.uid);
    if running.is_empty() {
        return Err("runs a version that nobody knows; kubectl uplift why says of it what mends that");
    }
    Ok(running)
}

/// The versions that a status speaks of as running.
fn versions(status: &TenantInstanceStatus) -> impl Iterator<Item = &str> {
    let failed = upgrades(status).next().filter(|last| last.result.is_failure() && last.result != SlotResult::RolledBack);
    let runs = |text: &str| {
        status.version.as_ref().and_then(|version| version.parse::<Version>().ok()).is_some_and(|runs| runs.is(text))
    };
    // Where what ran before is seen running, nothing was left behind.
    let left = failed.filter(|last| !runs(&last.from)).into_iter().flat_map(|last| [last.from.as_str(), last.to.as_str()]);
    status.version.iter().chain(&status.last_known_version).map(String::as_str).chain(left)
}

/// Whether a tenant is there of which nothing was said yet: what it runs is known after its first turn.
pub fn is_new(pass: &Pass, key: &TenantKey) -> bool {
    let seen = pass.fleet.tenants.get(key).filter(|tenant| tenant.spec.is_ok());
    let unseen = seen.and_then(|tenant| tenant.status.as_ref().ok()).is_some_and(|status| status.observed_generation == 0);
    unseen && pass.fleet.status_sent(key).is_none() && !pass.is_refused(key)
}

/// What a release says of an interface; none: nothing.
pub fn interface<'a>(release: &Qualified<'a>, name: &str) -> Option<&'a Interface> {
    release.spec.interfaces.iter().find(|interface| interface.name == name)
}

/// The ranges in which a release needs an interface.
pub fn needed<'a>(release: &Qualified<'a>, name: &str) -> Vec<&'a VersionReq> {
    let requires = release.spec.requires.iter().zip(&release.ranges.requires);
    let is = |requirement: &Requirement| requirement.interface.as_deref() == Some(name);
    requires.filter(|(requirement, _)| is(requirement)).map(|(_, range)| range).collect()
}

/// What the tenant that a dependency names offers of its interface; an error: nobody knows, and what mends that.
pub fn offered<'a>(pass: &Pass<'a>, own: &TenantKey, dependency: &Dependency) -> Result<Offered<'a>, String> {
    let (Some(named), Some(interface)) = (named(dependency), dependency.interface.as_deref()) else {
        return Err("it names no TenantInstance as namespace/name".into());
    };
    if named == *own {
        return Err("it names this tenant itself: leave it out".into());
    }
    let releases = running(pass, &named).map_err(|wrong| format!("the TenantInstance that it names {wrong}"))?;
    let Some((by, _)) = pass.fleet.tenants.get_key_value(&named) else { return Err("it names no TenantInstance".into()) };
    let versions: Option<Vec<_>> = releases
        .iter()
        .map(|release| self::interface(release, interface).map(|interface| interface.versions.as_slice()))
        .collect();
    let versions = versions.ok_or_else(|| {
        format!("the release that the named TenantInstance runs says nothing of interface {interface:?}; add it to its spec.interfaces")
    })?;
    Ok(Offered { by, versions })
}

/// What is wrong with a dependency on another tenant, and what mends it. It does not name that one: who reads it may not know it.
pub fn wrong(pass: &Pass, own: &TenantKey, dependency: &Dependency) -> Option<String> {
    let range = dependency.versions.as_deref().map(str::parse::<VersionReq>);
    match range {
        Some(Err(wrong)) => Some(format!("versions: {wrong}")),
        Some(Ok(range)) if range.is_empty() => {
            Some("versions: no version lies in them; the comparators contradict each other".into())
        }
        _ if named(dependency).is_some_and(|named| is_new(pass, &named)) => None,
        _ => offered(pass, own, dependency).err(),
    }
}
