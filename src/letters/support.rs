//! What ends, and what the customer has to do about it (R29). Nothing here promises a date: those have letters of their own.

use super::{
    phrases::Words,
    text::{day, one_line},
};
use crate::{
    api::tenant::{Ending, Runway, WayOut},
    calendar::Local,
};

const ASK_SUPPORT: &str = "If this is a problem for you, call support.";
const NOTHING_TO_DO: &str = "You need not do anything for it. If you declined the new version, call support.";
const IF_PLANNED: &str = "If an upgrade is planned, you will be told of the date before it comes.";
const STAYS_ON: &str = "This does not switch your instance off.";

/// A date that is announced, and whether it is over before the end.
struct Announced {
    words: String,
    in_time: bool,
}

impl Words<'_> {
    /// What the customer has to replace stands first: who reads that there is nothing to do may stop there.
    pub fn support(&self) -> (String, String) {
        let (own, theirs): (Vec<_>, Vec<_>) = self.facts.ends.iter().partition(|end| end.way.is_some());
        let ends: Vec<_> = theirs.into_iter().chain(own).collect();
        let paragraphs: Vec<_> = ends.iter().map(|end| self.paragraph(end)).collect();
        (format!("{}: {}", self.customer(), headline(&ends)), paragraphs.join("\n\n"))
    }

    fn paragraph(&self, end: &Ending) -> String {
        match &end.way {
            Some(way) if way.managed => self.own_end(end, way),
            Some(_) => format!("{} We do not plan the upgrades of this instance. {}", runs(end), have_it_upgraded(end)),
            None => of_theirs(end),
        }
    }

    /// The product itself, where its upgrades are planned here.
    fn own_end(&self, end: &Ending, way: &WayOut) -> String {
        let announced = self.announced_for(end, way);
        let in_time = announced.as_ref().is_some_and(|date| date.in_time);
        let stays = if end.before.is_none() { STAYS_ON } else { "" };
        let enough = in_time && matches!(way.state, Runway::InTime | Runway::Unreachable);
        let fits = if enough || end.before.is_none() { String::new() } else { way_out(way) };
        let planned = announced.as_ref().map_or(IF_PLANNED, |date| date.words.as_str());
        let calm = end.before.is_some() && way.state == Runway::InTime && announced.as_ref().is_none_or(|date| date.in_time);
        let then = if calm { NOTHING_TO_DO } else { ASK_SUPPORT };
        [&runs(end), stays, &fits, planned, then].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// It may be held, or move: then another letter says so, maybe before this one arrives.
    fn announced_for(&self, end: &Ending, way: &WayOut) -> Option<Announced> {
        let (standing, date) = self.standing()?;
        // A close at 00:00 belongs to the day before (R9).
        let last = standing.slot.closes_at.saturating_sub(jiff::SignedDuration::from_secs(1));
        let in_time = last.is_ok_and(|last| Local::named(&way.time_zone).date(last) < end.ends_on);
        let late = if in_time || end.before.is_none() { "" } else { " That is after the end of support." };
        let words = format!(
            "The next upgrade, to {}, is announced for {}.{late} If a later letter says something else, that one counts.",
            standing.release,
            date.opens()
        );
        Some(Announced { words, in_time })
    }
}

fn runs(end: &Ending) -> String {
    format!("Your instance runs version {}. {}", end.version, since(end))
}

fn since(end: &Ending) -> String {
    let on = day(end.ends_on);
    if end.before.is_none() {
        format!("It has not been supported since {on}.")
    } else {
        format!("It is not supported from {on} on.")
    }
}

fn have_it_upgraded(end: &Ending) -> &'static str {
    if end.before.is_none() {
        "Please have it upgraded, or call support."
    } else {
        "Please have it upgraded before that day, or call support."
    }
}

/// Whether the upgrades fit before that day, as far as the customer can act on it.
fn way_out(way: &WayOut) -> String {
    let several = way.hops.filter(|hops| *hops > 1);
    let upgrades = several.map_or_else(|| "the upgrade".to_owned(), |hops| format!("the {hops} upgrades that this takes"));
    match way.state {
        Runway::InTime => format!("There is time for {upgrades} before that day."),
        Runway::NoRoomForDeferral => {
            format!("There is time for {upgrades} before that day, but not if you decline every date that you may.")
        }
        Runway::Unreachable if way.hops.is_some() => {
            "As planned now, your instance may still run this version on that day.".into()
        }
        Runway::Unreachable => "We know of no upgrade yet to a version that is supported longer.".into(),
        Runway::NoSupportedRelease => "So far no newer version is supported longer than this one.".into(),
        Runway::Supported | Runway::Ended | Runway::Unknown => String::new(),
    }
}

/// What the customer has to replace.
fn of_theirs(end: &Ending) -> String {
    let label = one_line(&end.label);
    let says_more = |name: &&String| [&label, &end.subject].iter().all(|other| !other.eq_ignore_ascii_case(name));
    let listed = end.dependency.as_ref().filter(says_more).map(|name| format!(" (listed as \"{name}\")")).unwrap_or_default();
    let please = if end.before.is_none() { "Please replace it." } else { "Please replace it before that day." };
    let instead: Vec<_> = end.alternatives.iter().map(|one| one_line(one)).filter(|one| !one.is_empty()).collect();
    let instead = if instead.is_empty() {
        "If you do not know what to replace it with, call support.".into()
    } else {
        format!("It may be replaced by: {}. If you are not sure, call support.", instead.join("; "))
    };
    format!("Your instance works with {}{listed}. {} {please} {instead}", name(end), since(end))
}

fn headline(ends: &[&Ending]) -> String {
    match ends {
        [] => "end of support".into(),
        [end] if end.before.is_none() => format!("{} is no longer supported", name(end)),
        [end] => format!("{} is not supported from {} on", name(end), day(end.ends_on)),
        [first, rest @ ..] => format!("end of support of {} and {} more", name(first), rest.len()),
    }
}

fn name(end: &Ending) -> String {
    if end.way.is_some() { format!("your version {}", end.version) } else { format!("{} {}", one_line(&end.label), end.version) }
}
