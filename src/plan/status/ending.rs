//! Rule R29: an end of the platform's in all its parts, for who has to deal with it.

use jiff::civil::Date;

use crate::{
    api::{
        product::{Cycle, EndNotice, Milestone},
        release::Contained,
        tenant::{Longest, PlatformEnd},
    },
    fleet::Product,
    plan::{
        pass::Pass,
        software::instead::{instead, label},
        status::platform::{LICENSE, is_ours, runs},
    },
};

/// What is known of it; none: its product is not there any more.
pub fn ending(pass: &Pass, product: &str, told: &EndNotice) -> Option<PlatformEnd> {
    let known = pass.fleet.products.get(product)?;
    let spec = known.spec.as_ref().ok()?;
    let license = told.subject.strip_prefix(LICENSE);
    let license = license.and_then(|name| spec.licenses.iter().find(|license| license.name == name));
    let own = spec.installations.iter().filter(|one| is_ours(one) && one.version == told.subject);
    let label = label(product, Some(spec));
    Some(PlatformEnd {
        product: product.to_owned(),
        subject: told.subject.clone(),
        ends_on: told.ends_on,
        before: told.before,
        installations: own.map(|one| one.name.clone()).collect(),
        releases: releases_with(pass, product, &told.subject),
        reference: license.and_then(|license| license.reference.clone()),
        covers: license.map(|license| license.covers.clone()).unwrap_or_default(),
        alternatives: if license.is_some() { vec![] } else { instead(&label, Some(spec)) },
        longest: if license.is_some() { None } else { longest(known, spec.supported_until, told.ends_on) },
        label,
    })
}

/// The versions of the releases that contain it, and that somebody runs.
fn releases_with(pass: &Pass, product: &str, version: &str) -> Vec<String> {
    let is = |one: &Contained| one.product == product && one.version == version;
    let with = pass.releases().filter(|release| runs(pass, release.name) && release.spec.contains.iter().any(is));
    with.map(|release| release.spec.version.clone()).collect()
}

/// The cycle that is supported longer than until this day, and longer than the others; of two the newer.
fn longest(product: &Product, until: Milestone, on: Date) -> Option<Longest> {
    let ends = |cycle: &Cycle| cycle.end(until).unwrap_or(Date::MAX);
    let longer = product.cycles().values().filter(|cycle| ends(cycle) > on);
    let longest = longer.max_by_key(|cycle| (ends(cycle), cycle.release_date))?;
    Some(Longest { cycle: longest.name.clone(), ends_on: longest.end(until) })
}
