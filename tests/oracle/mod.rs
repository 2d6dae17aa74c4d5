//! Judges a run by the invariants of the design. It sees only the world's log, and shares no code with the rules.
#![allow(dead_code, reason = "each test binary uses its own part")]

mod change;
mod notice;
mod start;

use std::{collections::BTreeMap, fmt, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use uplift::{
    api::tenant::Upgrade,
    fleet::ObjectKey,
    simulate::world::{Object, Record, What},
};

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

/// What is broken in a log. `lost` answers of contacts allow as many repetitions of a notice.
pub fn judge(log: &[Record], lost: usize) -> Vec<Broken> {
    let mut past = Past::default();
    let mut judges = (start::Starts::default(), change::Changes::default(), notice::Notices::new(lost));
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
type Version = (Timestamp, Option<Arc<Object>>);

impl Past {
    fn add(&mut self, record: &Record) {
        let (key, object) = match &record.what {
            What::Write(_, after) | What::Progress(_, after) | What::Edit(_, Some(after)) => (&after.key, Some(after)),
            What::Edit(Some(before), None) => (&before.key, None),
            _ => return,
        };
        self.0.entry(key.clone()).or_default().push((record.at, object.cloned()));
    }
    /// An object as it is now.
    pub fn now(&self, key: &ObjectKey) -> Option<&Arc<Object>> {
        self.0.get(key)?.last()?.1.as_ref()
    }
    /// Every object as it is now.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.0.values().filter_map(|versions| versions.last()?.1.as_ref())
    }
    /// Every object as it ever was, the latest first: a deleted release still says what its images are.
    pub fn ever(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.0.values().flat_map(|versions| versions.iter().rev().filter_map(|(_, object)| object.as_ref()))
    }
    /// Whether something is wrong with an object, and was all the time in the second before: facts on other objects than the
    /// tenant count when they were committed at least one second before (I2).
    pub fn wrong_for_a_second(&self, key: &ObjectKey, at: Timestamp, wrong: impl Fn(Option<&Object>) -> bool) -> bool {
        let since = at - SignedDuration::from_secs(1);
        let versions = self.0.get(key).map_or(&[][..], Vec::as_slice);
        let recent = versions.iter().filter(|(t, _)| *t > since);
        let before = versions.iter().rev().find(|(t, _)| *t <= since);
        let mut states = recent.chain(before).map(|(_, object)| object.as_deref()).peekable();
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
