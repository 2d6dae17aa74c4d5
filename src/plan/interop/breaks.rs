//! Whom an upgrade would break: tenants that use an interface of this one in a version that the release does not speak any more.

use std::collections::BTreeMap;

use super::{
    found::Found,
    provider::{interface, needed, running},
    requires::lies_in,
};
use crate::{
    api::{VersionReq, reason::Reason, release::Interface, tenant::Dependency},
    fleet::TenantKey,
    plan::pass::{Pass, qualified::Qualified},
};

/// The interfaces that it breaks, by their names, each with who uses them.
pub fn broken<'a>(pass: &Pass<'a>, key: &TenantKey, release: &Qualified<'a>) -> Vec<Found<'a>> {
    let stock = pass.stock;
    let mut broken: BTreeMap<&str, Vec<&TenantKey>> = BTreeMap::new();
    for (consumer, tenant) in stock.consumers(key).filter_map(|consumer| pass.fleet.tenants.get_key_value(consumer)) {
        let Ok(spec) = &tenant.spec else { continue };
        for (dependency, name) in spec.dependencies.iter().filter_map(|dependency| Some((dependency, uses(dependency, key)?))) {
            let others = broken.get(name).is_some_and(|others| others.last() == Some(&consumer));
            if !others && breaks(pass, key, release, (consumer, dependency, name)) {
                broken.entry(name).or_default().push(consumer);
            }
        }
    }
    broken.into_iter().map(|(name, others)| found(release, name, others)).collect()
}

/// The interface of this tenant that a dependency names.
fn uses<'a>(dependency: &'a Dependency, key: &TenantKey) -> Option<&'a str> {
    let named = TenantKey::parse(dependency.tenant.as_deref()?)?;
    dependency.interface.as_deref().filter(|_| named == *key)
}

/// Each range in which the consumer needs it, and has it now, must have a version left: what it declares, and what the releases need that it
/// runs. What the release does not speak of at all is gone, if what runs now does.
fn breaks(
    pass: &Pass,
    key: &TenantKey,
    release: &Qualified,
    (consumer, dependency, name): (&TenantKey, &Dependency, &str),
) -> bool {
    let own = running(pass, key).unwrap_or_default();
    let Some(offered) = interface(release, name) else { return own.iter().any(|runs| interface(runs, name).is_some()) };
    let fits = |offered: &Interface, range: &VersionReq| offered.versions.iter().any(|one| lies_in(range, one) == Some(true));
    // Of what runs and says nothing of it nobody knows: it may fit.
    let fits_now = |range: &VersionReq| own.iter().all(|runs| interface(runs, name).is_none_or(|now| fits(now, range)));
    let declared: Option<VersionReq> = dependency.versions.as_deref().and_then(|range| range.parse().ok());
    let runs = running(pass, consumer).unwrap_or_default();
    let mut needs = declared.iter().chain(runs.iter().flat_map(|release| needed(release, name)));
    needs.any(|range| !fits(offered, range) && fits_now(range))
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
