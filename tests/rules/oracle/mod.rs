//! Judges a run by the invariants of the design. It sees only the world's log, and shares no code with the rules.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail where it stands")]

mod change;
pub mod customer;
mod leeway;
mod notice;
mod required;
mod start;

use std::{collections::BTreeMap, fmt, sync::Arc};

use jiff::Timestamp;
use uplift::{
    api::tenant::Upgrade,
    fleet::ObjectKey,
    simulate::world::{Object, Record, What},
};

pub use leeway::Leeway;

/// An invariant that a run broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub invariant: &'static str,
    pub at: Timestamp,
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.invariant, self.at, self.what)
    }
}

/// What is broken in a log, given what the run's faults excuse.
pub fn judge(log: &[Record], leeway: Leeway) -> Vec<Broken> {
    let mut past = Past::default();
    let mut judges = (start::Starts::new(leeway), change::Changes::new(leeway), notice::Notices::new(leeway));
    let mut broken = vec![];
    for record in log {
        let mut tell = |invariant, what: String| broken.push(Broken { invariant, at: record.at, what });
        judges.0.judge(&past, record, &mut tell);
        judges.1.judge(&past, record, &mut tell);
        judges.2.judge(&past, record, &mut tell);
        past.add(record);
    }
    broken
}

/// Says that an invariant is broken, and how.
pub type Tell<'a> = dyn FnMut(&'static str, String) + 'a;

/// Every object, as it was at every instant.
#[derive(Default)]
pub struct Past(BTreeMap<ObjectKey, Vec<Version>>);

/// An object from an instant on; nothing when it was deleted.
pub type Version = (Timestamp, Option<Arc<Object>>);

impl Past {
    fn add(&mut self, record: &Record) {
        let Some((key, object)) = record.changed() else { return };
        let version = (record.at, object.ok().cloned());
        match self.0.get_mut(key) {
            Some(versions) => versions.push(version),
            None => drop(self.0.insert(key.clone(), vec![version])),
        }
    }
    /// An object as it is now, or was before it was deleted.
    pub fn latest(&self, key: &ObjectKey) -> Option<&Arc<Object>> {
        self.0.get(key)?.iter().rev().find_map(|(_, object)| object.as_ref())
    }
    /// Every version of an object, the oldest first; nothing while it was not there.
    pub fn versions(&self, key: &ObjectKey) -> impl Iterator<Item = &Version> {
        self.0.get(key).into_iter().flatten()
    }
    /// Every object as it ever was, the latest first: a deleted release still says what its images are.
    pub fn ever(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.0.values().flat_map(|versions| versions.iter().rev().filter_map(|(_, object)| object.as_ref()))
    }
    /// Every object as it is now.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.0.values().filter_map(|versions| versions.last()?.1.as_ref())
    }
    /// Every object as it was at any time since an instant.
    pub fn all_since(&self, since: Timestamp) -> impl Iterator<Item = &Arc<Object>> {
        self.0.keys().flat_map(move |key| self.since(key, since).flatten())
    }
    /// An object as it was at any time since an instant, the latest first; nothing while it was not there.
    pub fn since<'a>(&'a self, key: &ObjectKey, since: Timestamp) -> impl Iterator<Item = Option<&'a Arc<Object>>> + use<'a> {
        let versions = self.0.get(key).map_or(&[][..], Vec::as_slice);
        let first = versions.iter().rposition(|(at, _)| *at <= since).unwrap_or_default();
        versions[first..].iter().rev().map(|(_, object)| object.as_ref())
    }
    /// Whether something is wrong with an object, and was all the time since an instant.
    pub fn wrong_since(&self, key: &ObjectKey, since: Timestamp, wrong: impl Fn(Option<&Object>) -> bool) -> bool {
        let mut states = self.since(key, since).map(|object| object.map(|o| &**o)).peekable();
        if states.peek().is_none() { wrong(None) } else { states.all(wrong) }
    }
}

/// What a tenant's status says is planned or runs.
pub fn upgrade(object: &Object) -> Option<&Upgrade> {
    object.tenant()?.1.upgrade.as_ref()
}

/// A tenant's start, if this write is one: the object before, and the upgrade as started.
pub fn start(record: &Record) -> Option<(&Object, &Upgrade)> {
    let What::Write(before, after) = &record.what else { return None };
    let started = upgrade(after).filter(|u| u.started_at.is_some())?;
    let ran = upgrade(before).is_some_and(|u| u.started_at.is_some() && u.id == started.id);
    (!ran).then_some((&**before, started))
}

/// The numbers of a version; missing ones are zero.
pub fn numbers(version: &str) -> Vec<u64> {
    let mut numbers: Vec<u64> = version.split('.').map(|part| part.parse().expect("versions of the tests are numbers")).collect();
    numbers.resize(6, 0);
    numbers
}
