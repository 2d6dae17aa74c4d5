//! Shared services that are to move to a version that a tenant cannot do with. It is told before, and holds nothing of the tenant.

use super::{
    found::{Found, merged},
    provider::spoken_of,
};
use crate::{
    api::{TenantInstanceSpec, TenantInstanceStatus, Version, VersionReq, reason::Reason, tenant::Dependency},
    plan::{
        pass::{Pass, qualified::Qualified},
        software::uses::{Uses, uses},
    },
};

/// Those that the tenant uses, each once. What it runs is what these statuses say.
pub fn moves<'f, 'a: 'f>(pass: &'f Pass<'a>, spec: &'f TenantInstanceSpec, statuses: &[&TenantInstanceStatus]) -> Vec<Found<'f>> {
    if !pass.runways.any_moves(pass.fleet) {
        return vec![];
    }
    let used = spec.dependencies.iter().filter_map(|dependency| Some((dependency, uses(pass, dependency)?.ok()?)));
    let moving: Vec<_> = used.filter(|(_, uses)| uses.planned.is_some()).collect();
    if moving.is_empty() {
        return vec![];
    }
    let runs = spoken_of(pass, spec, statuses).unwrap_or_default();
    merged(moving.iter().filter_map(|(dependency, uses)| leaves(dependency, uses, &runs)).collect())
}

/// The planned version lies in every range that is known, or it leaves the tenant behind. Whether what runs now lies there is not asked: nobody is
/// held by it, and who stays behind must be seen.
fn leaves<'f>(dependency: &'f Dependency, uses: &Uses, runs: &[&Qualified]) -> Option<Found<'f>> {
    let planned = uses.planned?;
    // Of a version that begins with no number nobody can say.
    let version = Version::of_software(&planned.version)?;
    let declared = dependency.versions.iter().filter(|range| !lies_in(range, &version));
    let declared = declared.map(|range| (format!("{range}, which dependency {:?} declares", dependency.name), "allow it"));
    let needed = runs.iter().flat_map(|release| needed(release, uses.product, &version));
    let (ranges, ways): (Vec<_>, Vec<_>) = declared.chain(needed).unzip();
    let about = dependency.installation.as_deref().filter(|_| !ranges.is_empty())?;
    let message = format!(
        "{} {} is planned for {about}, not before {}, and does not lie in {}: the tenant has to {} first, or {} has to plan another version",
        uses.product,
        planned.version,
        planned.not_before,
        ranges.join(", nor in "),
        each_once(ways).join(" and to "),
        uses.responsibility,
    );
    Some(Found { reason: Reason::SharedServiceMoves, about, message, holds: false, others: vec![] })
}

/// A range that nobody can read has nothing in it.
fn lies_in(range: &str, version: &Version) -> bool {
    range.parse::<VersionReq>().is_ok_and(|range| range.matches(version))
}

/// The ranges in which a release that runs needs the product, and the version does not lie.
fn needed(release: &Qualified, product: &str, version: &Version) -> Vec<(String, &'static str)> {
    let requires = release.spec.requires.iter().zip(&release.ranges.requires);
    let left = requires.filter(|(one, range)| one.product.as_deref() == Some(product) && !range.matches(version));
    left.map(|(one, _)| (format!("{}, which release {} needs that runs", one.versions, release.name), "be upgraded")).collect()
}

fn each_once(mut ways: Vec<&str>) -> Vec<&str> {
    ways.dedup();
    ways
}
