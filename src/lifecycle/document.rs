//! A product of the endoflife.date API v1, as far as we read it. Pure: text in, cycles out, or what is wrong.
//!
//! Fields that are not read here are ignored: other releases of that API have more.

use std::{borrow::Cow, collections::BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::{
    product::{Cycle, Disorder, KnownCycle},
    reason::Reason,
};

/// So many releases are taken.
const MOST: usize = 256;
/// So many bytes of them are kept, as they are stored: the whole object must stay small, since everybody's watch carries it.
const LARGEST: usize = 36 * 1024;
/// So long is a name at most.
const LONGEST: usize = 64;
/// Which years a date may have: those that the definition takes.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2099;

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Wrong {
    /// A stable word.
    pub reason: Reason,
    /// What it is.
    pub message: String,
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    result: Listed<'a>,
}

/// Each release is read by itself: what is wrong then has a name. And only once they are counted: a document of a million small things must
/// not become a million objects.
#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    releases: Vec<&'a RawValue>,
}

/// What a release is called, if it is one.
#[derive(Deserialize)]
struct Called<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    name: String,
    release_date: Option<Date>,
    is_eoas: Option<bool>,
    eoas_from: Option<Date>,
    is_eol: Option<bool>,
    eol_from: Option<Date>,
    eoes_from: Option<Date>,
    latest: Option<Latest>,
}

#[derive(Deserialize)]
struct Latest {
    name: Option<String>,
    date: Option<Date>,
}

/// The cycles that a document lists, in its order.
pub fn read(text: &[u8]) -> Result<Vec<KnownCycle>, Wrong> {
    let document: Document<'_> = serde_json::from_slice(text).map_err(|wrong| malformed(format!("it is no product: {wrong}")))?;
    let all = document.result.releases;
    match all.len() {
        0 => return Err(malformed("it lists no release".into())),
        1..=MOST => {}
        many => {
            let message = format!("it lists {many} releases; at most {MOST} are taken");
            return Err(Wrong { reason: Reason::TooManyReleases, message });
        }
    }
    let releases = all.into_iter().enumerate().map(|(nth, one)| release(nth, one)).collect::<Result<Vec<_>, _>>()?;
    twice(&releases)?;
    size(&releases)?;
    Ok(releases)
}

fn malformed(message: String) -> Wrong {
    Wrong { reason: Reason::Malformed, message }
}

fn release(nth: usize, text: &RawValue) -> Result<KnownCycle, Wrong> {
    let called = || match serde_json::from_str::<Called<'_>>(text.get()) {
        Ok(called) => called.name.chars().take(LONGEST).collect(),
        Err(_) => format!("number {}", nth + 1),
    };
    let wrong = |what: String| malformed(format!("release {}: {what}", called()));
    let entry: Entry = serde_json::from_str(text.get()).map_err(|error| wrong(error.to_string()))?;
    if !is_name(&entry.name) {
        return Err(wrong(format!(
            "its name is none of a cycle: letters and digits, and .+~:_- between them, at most {LONGEST}"
        )));
    }
    let known = cycle(entry);
    check(&known.cycle).map_err(|what| wrong(what.into()))?;
    Ok(known)
}

/// Something may be over, and nobody says since when. It was not over before its last version: that day counts, and not that it never ends.
fn cycle(entry: Entry) -> KnownCycle {
    let Entry { name, release_date, is_eoas, eoas_from, is_eol, eol_from, eoes_from, latest } = entry;
    let last = latest.as_ref().and_then(|latest| latest.date).max(release_date).unwrap_or(Date::constant(1970, 1, 1));
    let over = |is: Option<bool>, day: Date| (is == Some(true)).then_some(day);
    let guessed = eoas_from.map_or(last, |active| active.max(last));
    // Extended support goes on after the end, never before it.
    let guessed = eoes_from.map_or(guessed, |extended| extended.min(guessed));
    let eol_from = eol_from.or_else(|| over(is_eol, guessed));
    let eoas_from = eoas_from.or_else(|| over(is_eoas, eol_from.map_or(last, |end| end.min(last))));
    let latest = latest.and_then(|latest| latest.name).filter(|name| is_name(name));
    KnownCycle { cycle: Cycle { name, release_date, eoas_from, eol_from, eoes_from }, latest }
}

/// As the definition wants it of `spec.releases`.
fn check(cycle: &Cycle) -> Result<(), &'static str> {
    let mut dates = [cycle.release_date, cycle.eoas_from, cycle.eol_from, cycle.eoes_from].into_iter().flatten();
    if !dates.all(|date| YEARS.contains(&date.year())) {
        return Err("a date lies outside of the years 1900 to 2099");
    }
    match cycle.disorder() {
        None => Ok(()),
        Some(Disorder::ReleaseAfterEnd) => Err("releaseDate is after eolFrom"),
        Some(Disorder::ActiveAfterEnd) => Err("eoasFrom is after eolFrom"),
        Some(Disorder::ExtendedWithoutEnd) => Err("eoesFrom stands there without eolFrom"),
        Some(Disorder::EndAfterExtended) => Err("eolFrom is after eoesFrom"),
    }
}

/// Of two with one name nobody knows which counts.
fn twice(releases: &[KnownCycle]) -> Result<(), Wrong> {
    let mut names = BTreeSet::new();
    match releases.iter().find(|known| !names.insert(&known.cycle.name)) {
        Some(second) => Err(malformed(format!("release {} stands there twice", second.cycle.name))),
        None => Ok(()),
    }
}

fn size(releases: &[KnownCycle]) -> Result<(), Wrong> {
    let bytes = serde_json::to_vec(releases).map_err(|error| malformed(error.to_string()))?.len();
    if bytes <= LARGEST {
        return Ok(());
    }
    let message = format!("its releases take {} KiB; at most {} are kept", bytes.div_ceil(1024), LARGEST / 1024);
    Err(Wrong { reason: Reason::TooLarge, message })
}

/// What the definition takes for a name, or a version.
fn is_name(name: &str) -> bool {
    name.len() <= LONGEST
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b".+~:_-".contains(&b))
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
