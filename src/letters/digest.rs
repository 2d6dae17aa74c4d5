//! What of the platform's ends, for the engineers who run it (R29): what ends when, where it runs, and what to do by then.

use super::{
    phrases::capital,
    text::{day, one_line},
};
use crate::api::tenant::PlatformEnd;

const DAYS: &str = "Days are in UTC, and are the first without support. You get at most one such message a day. Each end is told once at each of its thresholds, and once when it is over.";

/// So many names stand in a sentence; the data that come with it have all.
const NAMED: usize = 5;

/// Subject and text.
pub fn digest(ends: &[PlatformEnd]) -> (String, String) {
    let paragraphs: Vec<_> = ends.iter().map(paragraph).chain([DAYS.to_owned()]).collect();
    (headline(ends), paragraphs.join("\n\n"))
}

fn headline(ends: &[PlatformEnd]) -> String {
    match ends {
        [] => "Platform: ends of support".into(),
        [end] if is_over(end) => format!("Platform: {} is over", name(end)),
        [end] => format!("Platform: {} ends on {}", name(end), day(end.ends_on)),
        [first, rest @ ..] if is_over(first) => {
            format!("Platform: {} is over, and {} more end or have ended", name(first), rest.len())
        }
        [first, rest @ ..] => {
            format!("Platform: {} and {} more end, the first on {}", name(first), rest.len(), day(first.ends_on))
        }
    }
}

fn paragraph(end: &PlatformEnd) -> String {
    let parts = if license(end).is_some() { of_license(end) } else { of_version(end) };
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn of_license(end: &PlatformEnd) -> Vec<String> {
    let bought =
        end.reference.as_ref().map(|reference| format!(" It was bought as {}.", one_line(reference))).unwrap_or_default();
    let covers = if end.covers.is_empty() { String::new() } else { format!("It covers {}.", names(&end.covers)) };
    let renew = format!("Renew it{}, and correct spec.licenses of SoftwareProduct {}.", by(end), end.product);
    vec![format!("{} {}{bought}", capital(&name(end)), since(end, "does not count", "has not counted")), covers, renew]
}

fn of_version(end: &PlatformEnd) -> Vec<String> {
    let instead: Vec<_> = end.alternatives.iter().map(|one| one_line(one)).collect();
    let instead = if instead.is_empty() { String::new() } else { format!("It may be replaced by: {}.", instead.join("; ")) };
    vec![
        format!("{} {}", name(end), since(end, "is not supported", "has not been supported")),
        places(end),
        to_do(end),
        instead,
        longest(end),
    ]
}

fn places(end: &PlatformEnd) -> String {
    let installed = format!("It runs as {}.", names(&end.installations));
    let contained = format!("It is in the images of {}, which somebody runs.", names(&end.releases));
    match (end.installations.is_empty(), end.releases.is_empty()) {
        (true, true) => String::new(),
        (false, true) => installed,
        (true, false) => contained,
        (false, false) => format!("{installed} {contained}"),
    }
}

/// An image is replaced by a release, and a service by whoever runs it.
fn to_do(end: &PlatformEnd) -> String {
    let by = by(end);
    match (end.installations.is_empty(), end.releases.is_empty()) {
        (_, true) => format!("Replace it{by}, and correct the version in SoftwareProduct {}.", end.product),
        (true, false) => format!("Bring these tenants to a release without it{by}."),
        (false, false) => format!("Replace it{by}, and bring these tenants to a release without it."),
    }
}

fn longest(end: &PlatformEnd) -> String {
    let Some(longest) = &end.longest else { return String::new() };
    let until = longest.ends_on.map_or_else(|| "with no end known".into(), |on| format!("until {}", day(on)));
    format!("Of its life cycles {} is supported longest, {until}.", longest.cycle)
}

/// By when something is to be done; once it is over there is no day left.
fn by(end: &PlatformEnd) -> &'static str {
    if is_over(end) { "" } else { " before that day" }
}

fn since(end: &PlatformEnd, ends: &str, ended: &str) -> String {
    let on = day(end.ends_on);
    if is_over(end) { format!("{ended} since {on}.") } else { format!("{ends} from {on} on.") }
}

fn is_over(end: &PlatformEnd) -> bool {
    end.before.is_none()
}

fn license(end: &PlatformEnd) -> Option<&str> {
    end.subject.strip_prefix("license/")
}

fn name(end: &PlatformEnd) -> String {
    let label = one_line(&end.label);
    license(end).map_or_else(|| format!("{label} {}", end.subject), |license| format!("licence {license:?} of {label}"))
}

fn names(all: &[String]) -> String {
    let named = all.iter().take(NAMED).map(|one| one_line(one)).collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
