//! What is said of software products (R27, R29): their installations and licences, in UTC, since they are the platform's, and what their sources told.
//! Of all this rules read what a source told, and nothing else.

use jiff::Timestamp;

use crate::{
    api::{
        SoftwareProductStatus, condition,
        product::{Fetched, Installation, InstallationStatus},
        reason::Reason,
        tenant::Runway,
    },
    fleet::{ObjectKey, Product},
    plan::{
        output::{Class, Plan, change::Change},
        pass::Pass,
        software::cycle,
        source::{self, InUse, Next, say},
        status::{
            platform,
            some::some,
            write::{readable, write},
        },
    },
};

/// The status of every product.
pub fn products(pass: &mut Pass, plan: &mut Plan) {
    let (fleet, in_use) = (pass.fleet, InUse::default());
    let contained = platform::contained(pass);
    for (name, product) in &fleet.products {
        let Some(seen) = readable(&product.status, ObjectKey::Product(name.clone()), &product.meta, plan) else { continue };
        let installations: Vec<_> = product.installations().map(|one| installation(pass, name, one)).collect();
        let spec = product.spec.as_ref().ok();
        let licenses = spec.and_then(|spec| platform::licenses(pass, &spec.licenses));
        let contained = contained.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        let told = spec.and_then(|spec| platform::tell(pass, name, spec, seen, contained));
        let source = source::next(pass, plan, name, seen, &in_use);
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
    InstallationStatus { name: one.name.clone(), version: one.version.clone(), ends_on, state }
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
