//! Whom an upgrade would break: tenants that use an interface of this one in a version that the release does not speak any more.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    found::Found,
    provider::{interface, needed, running},
    requires::one_lies_in,
};
use crate::{
    api::{VersionReq, reason::Reason, tenant::Dependency},
    fleet::TenantKey,
    plan::pass::{Pass, neighbours::named, qualified::Qualified},
};

/// The interfaces that it breaks, by their names, each with who uses them.
pub fn broken<'a>(pass: &Pass<'a>, key: &TenantKey, release: &Qualified<'a>) -> Vec<Found<'a>> {
    let mut broken: BTreeMap<&str, Vec<&TenantKey>> = BTreeMap::new();
    let mut consumers = pass.stock.consumers(key).peekable();
    // Most tenants have none, and one may have thousands.
    let own = if consumers.peek().is_some() { running(pass, key).unwrap_or_default() } else { vec![] };
    for consumer in consumers {
        for name in breaks(pass, key, (&own, release), consumer) {
            broken.entry(name).or_default().push(consumer);
        }
    }
    broken.into_iter().map(|(name, others)| found(release, name, others)).collect()
}

/// Those that one consumer uses. `own`: what the tenant runs now.
pub fn breaks<'a>(
    pass: &Pass<'a>,
    key: &TenantKey,
    (own, release): (&[&Qualified], &Qualified),
    consumer: &TenantKey,
) -> BTreeSet<&'a str> {
    let fleet = pass.fleet;
    let spec = fleet.tenants.get(consumer).and_then(|tenant| tenant.spec.as_ref().ok());
    let dependencies =
        spec.iter().flat_map(|spec| &spec.dependencies).filter(|dependency| named(dependency).as_ref() == Some(key));
    let used = dependencies.filter_map(|dependency| Some((dependency, dependency.interface.as_deref()?)));
    used.filter(|(dependency, name)| breaks_one(pass, (own, release), (consumer, dependency, name)))
        .map(|(_, name)| name)
        .collect()
}

/// Each range in which the consumer needs it, and has it now, must have a version left: what it declares, and what the releases need that it
/// runs. What the release does not speak of at all is gone, if what runs now does.
fn breaks_one(
    pass: &Pass,
    (own, release): (&[&Qualified], &Qualified),
    (consumer, dependency, name): (&TenantKey, &Dependency, &str),
) -> bool {
    let Some(offered) = interface(release, name) else { return own.iter().any(|runs| interface(runs, name).is_some()) };
    // Of what runs and says nothing of it nobody knows: it may fit.
    let fits_now = |range| own.iter().all(|runs| interface(runs, name).is_none_or(|now| one_lies_in(range, &now.versions)));
    // In a range that contradicts itself nothing lies: whoever wrote it is told (R27), and nobody is held for it.
    let declared: Option<VersionReq> = dependency.versions.as_deref().and_then(|range| range.parse().ok());
    let declared = declared.filter(|range| !range.is_empty());
    let runs = running(pass, consumer).unwrap_or_default();
    let mut needs = declared.iter().chain(runs.iter().flat_map(|release| needed(release, name)));
    needs.any(|range| !one_lies_in(range, &offered.versions) && fits_now(range))
}

fn found<'a>(release: &Qualified<'a>, about: &'a str, others: Vec<&'a TenantKey>) -> Found<'a> {
    let (n, use_it) = (others.len(), if others.len() == 1 { "tenant uses it" } else { "tenants use it" });
    let breaks = match interface(release, about) {
        Some(interface) => {
            format!("offers interface {about:?} in {} only, and {n} {use_it} in another version", interface.versions.join(", "))
        }
        None => format!("does not offer interface {about:?} any more, and {n} {use_it}"),
    };
    let name = release.name;
    let message = format!("release {name} {breaks}: they have to leave that first (kubectl uplift issues {name} names them)");
    Found { reason: Reason::BreaksConsumer, about, message, holds: true, others }
}
