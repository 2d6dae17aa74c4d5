//! What is said of software products (R27, R29, R31): their installations and licences, in UTC, since they are the platform's, what their sources told,
//! and whom a planned version would leave behind. Of all this rules read what a source told, and nothing else.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    api::{
        SoftwareProductStatus, condition,
        product::{Fetched, Installation, InstallationStatus, PlannedStatus, PlannedVersion},
        reason::Reason,
        tenant::Runway,
    },
    fleet::{ObjectKey, Product},
    plan::{
        output::{Class, Plan, change::Change},
        pass::{Pass, wake::later},
        software::cycle,
        source::{self, InUse, Next, say},
        status::{
            digest, platform,
            some::some,
            write::{readable, write},
        },
    },
};

/// Whom a planned version would leave behind is counted at most this often, in seconds.
const COUNTED_EVERY: i64 = 10;

/// How many tenants each installation would leave behind by its planned version.
type LeftBehind<'a> = BTreeMap<&'a str, u32>;

/// The status of every product.
pub fn products(pass: &mut Pass, plan: &mut Plan) {
    let (fleet, in_use) = (pass.fleet, InUse::default());
    let (contained, left) = (platform::contained(pass), left_behind(pass));
    let digests = digest::digests(pass, &contained);
    for (name, product) in &fleet.products {
        let Some(seen) = readable(&product.status, ObjectKey::Product(name.clone()), &product.meta, plan) else { continue };
        let said_of = |one: &Installation| seen.installations.iter().find(|said| said.name == one.name)?.planned.as_ref();
        let installations: Vec<_> = product
            .installations()
            .map(|one| InstallationStatus { planned: planned(pass, one, said_of(one), &left), ..installation(pass, name, one) })
            .collect();
        let spec = product.spec.as_ref().ok();
        let licenses = spec.and_then(|spec| platform::licenses(pass, &spec.licenses));
        let contained = contained.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        let told = spec.and_then(|spec| platform::tell(pass, name, spec, seen, contained));
        let told = digests.told(pass.fleet, name, seen, told);
        let source = source::next(pass, plan, (name, product), seen, &in_use);
        // Hundreds of products, and most of them move once in a year.
        let stands = said_so(seen, condition::READY) == Some(product.spec.is_ok())
            && said_so(seen, condition::LICENSES_VALID) == licenses.as_ref().map(|(valid, ..)| *valid);
        let same = seen.observed_generation == product.meta.generation && seen.installations == installations;
        let (source, mut stories) = match source {
            Next::Stands if stands && same && told.is_none() => continue,
            Next::Stands => (seen.source.clone(), vec![]),
            Next::Becomes(source, stories) => (source, stories),
        };
        let (notices, ends) = told.unwrap_or_else(|| (seen.notices.clone(), vec![]));
        stories.extend(ends);
        let mut status = SoftwareProductStatus { notices, ..said(pass.now, product, seen, installations, source) };
        set(&mut status, condition::LICENSES_VALID, licenses, pass.now);
        status.conditions.iter_mut().for_each(|c| c.observed_generation = Some(product.meta.generation));
        if status != *seen {
            let change = Change::ProductStatus { product: name.clone(), status: Box::new(status) };
            plan.writes.extend(write(pass, change, &product.meta, Class::Rest, stories));
        }
    }
    digests.send(pass, plan);
}

/// What a condition says; none: it is not there.
fn said_so(status: &SoftwareProductStatus, kind: &str) -> Option<bool> {
    condition::get(&status.conditions, kind).map(|condition| condition.status == "True")
}

/// Without anything to say it goes.
fn set(status: &mut SoftwareProductStatus, kind: &str, said: Option<(bool, Reason, String)>, now: Timestamp) {
    match said {
        None => condition::clear(&mut status.conditions, kind),
        Some((is, reason, message)) => {
            condition::set(&mut status.conditions, kind, is, reason, &message, status.observed_generation, now);
        }
    }
}

fn said(
    now: Timestamp,
    product: &Product,
    seen: &SoftwareProductStatus,
    installations: Vec<InstallationStatus>,
    source: Option<Fetched>,
) -> SoftwareProductStatus {
    let (generation, conditions) = (product.meta.generation, seen.conditions.clone());
    let mut status =
        SoftwareProductStatus { observed_generation: generation, installations, source, notices: vec![], conditions };
    say_source(&mut status, product, now);
    let ready = match &product.spec {
        Ok(_) => (true, Reason::Valid, "the manifest makes sense"),
        Err(wrong) => (false, Reason::Malformed, wrong.as_str()),
    };
    condition::set_ready(&mut status.conditions, ready, generation, now);
    let supported = supported(&status.installations);
    set(&mut status, condition::SUPPORTED, supported, now);
    status
}

/// While the spec does not parse, what was said of its source stands.
fn say_source(status: &mut SoftwareProductStatus, product: &Product, now: Timestamp) {
    let Ok(spec) = &product.spec else { return };
    let Some(source) = &spec.source else { return condition::clear(&mut status.conditions, condition::SOURCE_READY) };
    let (is, reason, message) = say::said(source, status.source.as_ref());
    condition::set(&mut status.conditions, condition::SOURCE_READY, is, reason, &message, product.meta.generation, now);
}

fn installation(pass: &mut Pass, product: &str, one: &Installation) -> InstallationStatus {
    let fleet = pass.fleet;
    // Of two with one name nobody knows which a tenant means.
    let twice = pass.runways.installations(fleet).get(one.name.as_str()).is_some_and(|same| same.len() > 1);
    let end = if twice { None } else { cycle::end(fleet, product, &one.version).ok() };
    let ends_on = end.flatten();
    let over = ends_on.map(|on| cycle::first_instant(None, on));
    if let Some(over) = over {
        pass.wake.at(over);
    }
    let state = match (end, over) {
        (None, _) => Runway::Unknown,
        (_, Some(over)) if over <= pass.now => Runway::Ended,
        _ => Runway::Supported,
    };
    InstallationStatus { name: one.name.clone(), version: one.version.clone(), ends_on, state, planned: None }
}

/// By their statuses: those that count alike together.
fn left_behind<'a>(pass: &Pass<'a>) -> LeftBehind<'a> {
    let mut left = LeftBehind::new();
    if !pass.runways.any_moves(pass.fleet) {
        return left;
    }
    for (share, n) in pass.stock.alike() {
        let moves = share.seen.iter().flat_map(|seen| &seen.moves);
        moves.for_each(|name| *left.entry(name).or_default() += n);
    }
    left
}

/// What is planned of an installation. A count that has changed waits until the one that is written is ten seconds old.
fn planned(pass: &mut Pass, one: &Installation, said: Option<&PlannedStatus>, left: &LeftBehind) -> Option<PlannedStatus> {
    let PlannedVersion { version, not_before } = one.planned.clone()?;
    let left_behind = left.get(one.name.as_str()).copied().unwrap_or_default();
    let now = PlannedStatus { version, not_before, left_behind, at: pass.now };
    let Some(said) = said.filter(|said| (&said.version, said.not_before) == (&now.version, now.not_before)) else {
        return Some(now);
    };
    let due = later(said.at, COUNTED_EVERY);
    if said.left_behind != now.left_behind && due <= pass.now {
        return Some(now);
    }
    if said.left_behind != now.left_behind {
        pass.wake.at(due);
    }
    Some(said.clone())
}

/// Whether all are supported; none: there are none.
fn supported(all: &[InstallationStatus]) -> Option<(bool, Reason, String)> {
    let named = |state: Runway| {
        let of_state: Vec<_> = all.iter().filter(|one| one.state == state).collect();
        let names = of_state.iter().map(|one| format!("{} ({})", one.name, one.version));
        (!of_state.is_empty()).then(|| some(names, of_state.len(), ", "))
    };
    if all.is_empty() {
        return None;
    }
    let unknown = named(Runway::Unknown).map(|some| {
        format!("not known: {some}; no cycle of the product has the version, or two products have an installation of the name")
    });
    Some(match (named(Runway::Ended), unknown) {
        (Some(ended), None) => (false, Reason::Ended, format!("not supported any more: {ended}")),
        (Some(ended), Some(unknown)) => (false, Reason::Ended, format!("not supported any more: {ended}; {unknown}")),
        (None, Some(unknown)) => (false, Reason::Unknown, unknown),
        (None, None) => (true, Reason::Supported, "every installation runs a version that is supported".into()),
    })
}
