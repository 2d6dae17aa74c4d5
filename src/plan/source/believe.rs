//! What of an answer is believed: all of it, or nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Asked, InUse, Next};
use crate::{
    api::{
        product::{Fetched, KnownCycle, SourceError},
        reason::Reason,
    },
    fleet::{Reply, Tried},
    plan::{
        output::story::{Story, StoryEvent},
        pass::Pass,
        record,
    },
};

/// So long may the message of a failure be, by the definition.
const LONGEST: usize = 512;

impl Asked<'_> {
    /// It may not be asked.
    pub(super) fn refused(&self, now: Timestamp, message: &str) -> Next {
        self.fails(now, Reason::HostNotAllowed, message)
    }

    /// What the last try comes to.
    pub(super) fn believe<'a>(&self, pass: &Pass<'a>, tried: &Tried, in_use: &InUse<'a>) -> Next {
        let is_told = self.known.is_some_and(|known| tried.is_told(known));
        match &tried.reply {
            Reply::Failed { reason, message, .. } => self.fails(tried.at, *reason, message),
            // It stands there already; or what is still so stands nowhere any more.
            Reply::Same | Reply::New { .. } if is_told => Next::Stands,
            Reply::Same => self.known.map_or(Next::Stands, |known| confirmed(known, tried.at)),
            Reply::New { etag, releases } => self.says(pass, tried.at, etag.as_ref(), releases, in_use),
        }
    }

    fn says<'a>(
        &self,
        pass: &Pass<'a>,
        at: Timestamp,
        etag: Option<&String>,
        releases: &[KnownCycle],
        in_use: &InUse<'a>,
    ) -> Next {
        let before = self.known.filter(|known| known.fetched_at.is_some());
        let mut stories = vec![];
        // Most answers are the one before, where a source knows no tags.
        if let Some(before) = before.filter(|before| before.releases != releases) {
            let used = in_use.cycles(pass.fleet, self.product, self.facts);
            if let Some(missing) = missing(&before.releases, releases, &used) {
                let message = format!("the answer does not list {missing} any more, which is in use");
                return self.fails(at, Reason::Shrunk, &message);
            }
            stories = news(self.product, &before.releases, releases, &used);
        }
        let (url, etag) = (self.source.url.clone(), etag.cloned());
        Next::Becomes(Some(Fetched { url, fetched_at: Some(at), etag, releases: releases.into(), error: None }), stories)
    }

    /// What was known stays. A failure that stands there already is not written again.
    fn fails(&self, at: Timestamp, reason: Reason, message: &str) -> Next {
        // A host may be longer than what a status takes.
        let message = record::steps::clip(message, LONGEST);
        let before = self.known.and_then(|known| known.error.as_ref());
        if before.is_some_and(|error| error.reason == reason && error.message == message) {
            return Next::Stands;
        }
        let at = before.map_or(at, |error| error.at);
        let known = self.known.cloned().unwrap_or_else(|| Fetched { url: self.source.url.clone(), ..Fetched::default() });
        Next::Becomes(Some(Fetched { error: Some(SourceError { reason: reason.into(), message, at }), ..known }), vec![])
    }
}

fn confirmed(known: &Fetched, at: Timestamp) -> Next {
    if known.fetched_at.is_none() {
        return Next::Stands;
    }
    Next::Becomes(Some(Fetched { fetched_at: Some(at), error: None, ..known.clone() }), vec![])
}

/// The first cycle that was known, is in use, and is not listed any more.
fn missing<'k>(before: &'k [KnownCycle], now: &[KnownCycle], used: &BTreeSet<&str>) -> Option<&'k str> {
    let listed: BTreeSet<_> = now.iter().map(|known| known.cycle.name.as_str()).collect();
    let names = before.iter().map(|known| known.cycle.name.as_str());
    names.filter(|name| used.contains(*name)).find(|name| !listed.contains(*name))
}

/// A new cycle, and a new version of one that is in use.
fn news(product: &str, before: &[KnownCycle], now: &[KnownCycle], used: &BTreeSet<&str>) -> Vec<Story> {
    let before: BTreeMap<_, _> = before.iter().map(|known| (known.cycle.name.as_str(), known)).collect();
    let story = |version: &str, message: String| Story {
        subject: Some(format!("{product}/{version}")),
        message: Some(message),
        ..Story::new(StoryEvent::SoftwareReleased)
    };
    let one = |known: &KnownCycle| {
        let name = known.cycle.name.as_str();
        match (before.get(name), &known.latest) {
            (None, _) => Some(story(name, format!("{name} is a new release of {product}"))),
            (Some(old), Some(latest)) if used.contains(name) && old.latest.as_ref() != Some(latest) => {
                Some(story(latest, format!("{latest} is a new version of {product} {name}, which is in use")))
            }
            _ => None,
        }
    };
    now.iter().filter_map(one).collect()
}
