//! Rule R29 for what is the platform's, in UTC: its installations, what is in the images that run, and licences. Who runs it is told by an Event
//! of the product: once at each threshold, and once when it has ended.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use crate::{
    api::{
        Duration, SoftwareProductSpec, SoftwareProductStatus,
        product::{EndNotice, Installation, License},
        reason::Reason,
        tenant::Responsibility,
    },
    plan::{
        output::story::{Story, StoryEvent},
        pass::Pass,
        record::forget::keep,
        software::{cycle, threshold::Threshold},
        status::some::some,
    },
};

/// So many ends of a product are told of, the first ones; what was told is kept of as many.
const KEPT: usize = 96;

/// So the subject of a licence begins. No version has a slash.
pub const LICENSE: &str = "license/";

/// Versions in the images that somebody runs, by product.
pub type Contained<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// Something of a product that ends.
struct End<'a> {
    what: What<'a>,
    on: Date,
}

/// What of a product can end.
enum What<'a> {
    Version(&'a str),
    License(&'a License),
}

impl End<'_> {
    fn is_of(&self, told: &EndNotice) -> bool {
        let named = match self.what {
            What::Version(version) => told.subject == version,
            What::License(license) => told.subject.strip_prefix(LICENSE) == Some(&license.name),
        };
        named && self.on == told.ends_on
    }

    fn subject(&self) -> String {
        match self.what {
            What::Version(version) => version.to_owned(),
            What::License(license) => format!("{LICENSE}{}", license.name),
        }
    }
}

/// What the releases contain that somebody runs, as counted last.
pub fn contained<'a>(pass: &Pass<'a>) -> Contained<'a> {
    let mut all = Contained::new();
    for release in pass.releases().filter(|release| runs(pass, release.name)) {
        for one in &release.spec.contains {
            let versions = all.entry(&one.product).or_default();
            if !versions.contains(&one.version.as_str()) {
                versions.push(&one.version);
            }
        }
    }
    all
}

/// What is due to be told of a product, with the list that says so. Texts are made of what is told only: every pass comes by here.
pub fn tell(
    pass: &mut Pass,
    product: &str,
    spec: &SoftwareProductSpec,
    seen: &SoftwareProductStatus,
    contained: &[&str],
) -> Option<(Vec<EndNotice>, Vec<Story>)> {
    let ends = ends(pass, product, spec, contained);
    let due: Vec<_> = ends.iter().filter_map(|end| Some((end, due(pass, spec, seen, end)?))).collect();
    if due.is_empty() {
        return None;
    }
    let (mut notices, mut stories) = (seen.notices.clone(), vec![]);
    for (end, Threshold(before)) in due {
        // They say which day a contact had a digest on: a farther threshold's is not forgotten on the day of the nearer.
        let receipts = notices.iter().find(|told| end.is_of(told)).map(|told| told.receipts.clone()).unwrap_or_default();
        notices.retain(|told| !end.is_of(told));
        stories.push(story(product, end, before, &words(product, spec, contained, end)));
        notices.insert(0, EndNotice { subject: end.subject(), ends_on: end.on, before, told_at: pass.now, receipts });
    }
    keep(&mut notices, KEPT, |told| !ends.iter().any(|end| end.is_of(told)));
    Some((notices, stories))
}

/// Of what was told of a product: whether it still is the last that is due; none: it does not end any more, or on another day.
pub fn standing<'a>(
    pass: &mut Pass<'a>,
    product: &'a str,
    spec: &'a SoftwareProductSpec,
    seen: &SoftwareProductStatus,
    contained: &Contained<'a>,
) -> impl Fn(&EndNotice) -> Option<bool> {
    let contained = contained.get(product).map_or(&[][..], Vec::as_slice);
    let ends = ends(pass, product, spec, contained);
    let ends: Vec<_> = ends.into_iter().map(|end| (due(pass, spec, seen, &end).is_none(), end)).collect();
    move |told| ends.iter().find(|(_, end)| end.is_of(told)).map(|(stands, _)| *stands)
}

/// The last threshold of an end that has passed, if that much was not told.
fn due(pass: &mut Pass, spec: &SoftwareProductSpec, seen: &SoftwareProductStatus, end: &End) -> Option<Threshold> {
    let (passed, next) = Threshold::of(&spec.notify_before, cycle::first_instant(None, end.on), pass.now);
    if let Some(next) = next {
        pass.wake.at(next);
    }
    let told = |due: &Threshold| seen.notices.iter().any(|told| end.is_of(told) && due.is_covered_by(told.before));
    passed.filter(|due| !told(due))
}

/// Whatever of it is the platform's to replace or to renew.
fn ends<'a>(pass: &Pass, product: &str, spec: &'a SoftwareProductSpec, contained: &[&'a str]) -> Vec<End<'a>> {
    let mut versions: Vec<&str> = contained.to_vec();
    let own = spec.installations.iter().filter(|one| is_ours(one));
    versions.extend(own.map(|one| one.version.as_str()));
    versions.sort_unstable();
    versions.dedup();
    let on = |version: &str| cycle::end(pass.fleet, product, version).ok().flatten();
    let of_versions = versions.into_iter().filter_map(|version| Some(End { what: What::Version(version), on: on(version)? }));
    let of_licenses = spec.licenses.iter().map(|license| End { what: What::License(license), on: license.expires });
    let mut all: Vec<_> = of_versions.chain(of_licenses).collect();
    all.sort_by_key(|end| end.on);
    all.truncate(KEPT);
    all
}

/// What ends, and where it runs.
fn words(product: &str, spec: &SoftwareProductSpec, contained: &[&str], end: &End) -> String {
    match end.what {
        What::Version(version) => {
            let running = spec.installations.iter().filter(|one| one.version == version).map(|one| one.name.as_str());
            let images = contained.iter().filter(|one| **one == version).map(|_| "images that run");
            let places: Vec<_> = images.chain(running).collect();
            format!("support of {product} {version} ({})", some(&places, places.len(), ", "))
        }
        What::License(License { name, reference, .. }) => {
            let bought = reference.as_ref().map(|reference| format!(" ({reference})")).unwrap_or_default();
            format!("license {name:?} of {product}{bought}")
        }
    }
}

fn story(product: &str, end: &End, before: Option<Duration>, words: &str) -> Story {
    let on = end.on;
    let (event, message) = match before {
        None => (StoryEvent::SupportEnded, format!("{words} has ended on {on}")),
        Some(_) => (StoryEvent::SupportEnding, format!("{words} ends on {on}")),
    };
    Story { subject: Some(format!("{product}/{}", end.subject())), message: Some(message), ..Story::new(event) }
}

/// Whether it is the platform's to replace.
pub fn is_ours(one: &Installation) -> bool {
    one.responsibility == Responsibility::Provider
}

/// Whether somebody runs a release, as counted last.
pub fn runs(pass: &Pass, name: &str) -> bool {
    let status = pass.fleet.releases.get(name).and_then(|release| release.status.as_ref().ok());
    status.and_then(|status| status.tenants).is_some_and(|tenants| tenants.running > 0)
}

/// Whether every licence counts; none: there are none.
pub fn licenses(pass: &mut Pass, all: &[License]) -> Option<(bool, Reason, String)> {
    let begins = |license: &License| -> Timestamp { cycle::first_instant(None, license.expires) };
    if let Some(next) = all.iter().map(begins).filter(|at| *at > pass.now).min() {
        pass.wake.at(next);
    }
    let over: Vec<_> = all.iter().filter(|license| begins(license) <= pass.now).collect();
    let named = over.iter().map(|license| format!("{} since {}", license.name, license.expires));
    match (all.is_empty(), over.len()) {
        (true, _) => None,
        (false, 0) => Some((true, Reason::Valid, "no license has expired".into())),
        (false, many) => {
            Some((false, Reason::Expired, format!("expired: {}; renew them, and correct spec.licenses", some(named, many, ", "))))
        }
    }
}
