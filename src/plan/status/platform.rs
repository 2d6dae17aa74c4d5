//! Rule R29 for what is the platform's, in UTC: its installations, what is in the images that run, and licences. Who runs it is told by an Event
//! of the product: once at each threshold, and once when it has ended.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use crate::{
    api::{
        Duration, SoftwareProductSpec, SoftwareProductStatus,
        license::{EndNotice, License},
        reason::Reason,
        tenant::Responsibility,
    },
    plan::{
        output::story::{Story, StoryEvent},
        pass::{Pass, wake::earlier},
        software::cycle,
        status::some::some,
    },
};

/// So many ends of a product are told of, the first ones; what was told is kept of as many.
const KEPT: usize = 96;

/// Versions in the images that somebody runs, by product.
pub type Contained<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// Something of a product that ends.
struct End {
    subject: String,
    on: Date,
    words: String,
}

impl End {
    fn is_of(&self, told: &EndNotice) -> bool {
        (&self.subject, self.on) == (&told.subject, told.ends_on)
    }
}

/// What the releases contain that somebody runs, as counted last.
pub fn contained<'a>(pass: &Pass<'a>) -> Contained<'a> {
    let mut all = Contained::new();
    let runs = |name: &str| {
        let status = pass.fleet.releases.get(name).and_then(|release| release.status.as_ref().ok());
        status.and_then(|status| status.tenants).is_some_and(|tenants| tenants.running > 0)
    };
    for release in pass.releases().filter(|release| runs(release.name)) {
        for one in &release.spec.contains {
            let versions = all.entry(&one.product).or_default();
            if !versions.contains(&one.version.as_str()) {
                versions.push(&one.version);
            }
        }
    }
    all
}

/// What is due to be told of a product, with the list that says so.
pub fn tell(
    pass: &mut Pass,
    product: &str,
    spec: &SoftwareProductSpec,
    seen: &SoftwareProductStatus,
    contained: &[&str],
) -> Option<(Vec<EndNotice>, Vec<Story>)> {
    let mut ahead = spec.notify_before.clone();
    ahead.sort_unstable_by(|one, other| other.cmp(one));
    let (mut notices, mut stories) = (seen.notices.clone(), vec![]);
    let ends = ends(pass, product, spec, contained);
    for end in &ends {
        let Some(Passed(before)) = due(pass, &ahead, end.on) else { continue };
        let covers = |told: &EndNotice| told.before.is_none_or(|told| before.is_some_and(|due| told <= due));
        if notices.iter().any(|told| end.is_of(told) && covers(told)) {
            continue;
        }
        notices.retain(|told| !end.is_of(told));
        stories.push(story(product, end, before));
        notices.insert(0, EndNotice { subject: end.subject.clone(), ends_on: end.on, before, told_at: pass.now });
    }
    while notices.len() > KEPT {
        let over = |told: &EndNotice| !ends.iter().any(|end| end.is_of(told));
        notices.remove(notices.iter().rposition(over).unwrap_or(KEPT));
    }
    (!stories.is_empty()).then_some((notices, stories))
}

/// Whatever of it is the platform's to replace or to renew.
fn ends(pass: &Pass, product: &str, spec: &SoftwareProductSpec, contained: &[&str]) -> Vec<End> {
    let on = |version: &str| cycle::end(pass.fleet, product, version).ok().flatten();
    let mut versions: Vec<&str> = contained.to_vec();
    let own = spec.installations.iter().filter(|one| one.responsibility == Responsibility::Provider);
    versions.extend(own.map(|one| one.version.as_str()));
    versions.sort_unstable();
    versions.dedup();
    let names = |version: &str| {
        let running = spec.installations.iter().filter(|one| one.version == version).map(|one| one.name.as_str());
        let places: Vec<_> = contained.iter().filter(|one| **one == version).map(|_| "images that run").chain(running).collect();
        some(&places, places.len(), ", ")
    };
    let of_version = |version: &str| {
        Some(End {
            subject: version.to_owned(),
            on: on(version)?,
            words: format!("support of {product} {version} ({})", names(version)),
        })
    };
    let of_license = |license: &License| {
        let bought = license.reference.as_ref().map(|reference| format!(" ({reference})")).unwrap_or_default();
        let words = format!("license {:?} of {product}{bought}", license.name);
        End { subject: format!("license/{}", license.name), on: license.expires, words }
    };
    let mut all: Vec<_> = versions.into_iter().filter_map(of_version).chain(spec.licenses.iter().map(of_license)).collect();
    all.sort_by_key(|end| end.on);
    all.truncate(KEPT);
    all
}

/// A threshold that has passed: so long before the end; none: it has ended.
struct Passed(Option<Duration>);

/// The last that has passed. The longest stands first in the list.
fn due(pass: &mut Pass, ahead: &[Duration], on: Date) -> Option<Passed> {
    let end = cycle::first_instant(None, on);
    if end <= pass.now {
        return Some(Passed(None));
    }
    let at = |before: &Duration| earlier(end, before.as_secs());
    let passed = ahead.iter().take_while(|before| at(before) <= pass.now).count();
    pass.wake.at(ahead.get(passed).map_or(end, at));
    Some(Passed(Some(*ahead.get(passed.checked_sub(1)?)?)))
}

fn story(product: &str, end: &End, before: Option<Duration>) -> Story {
    let End { subject, on, words } = end;
    let (event, message) = match before {
        None => (StoryEvent::SupportEnded, format!("{words} has ended on {on}")),
        Some(_) => (StoryEvent::SupportEnding, format!("{words} ends on {on}")),
    };
    Story { subject: Some(format!("{product}/{subject}")), message: Some(message), ..Story::new(event) }
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
