//! Every object, as it was at every instant.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

use super::{
    evidence::{Record, What},
    object::{Kind, Object},
    read::{numbers, text},
};

/// What was committed before the record that is judged.
pub struct Past<O = Object>(BTreeMap<Kind, BTreeMap<String, Vec<Version<O>>>>);

/// An object from an instant on; nothing when it was deleted.
pub type Version<O = Object> = (Timestamp, Option<Arc<O>>);

impl<O> Default for Past<O> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl Past {
    pub fn add(&mut self, record: &Record) {
        match &record.what {
            What::Write(_, after) | What::Edit(_, Some(after)) => self.put(after.kind, &after.name, record.until, Some(after)),
            What::Edit(Some(before), None) => self.put(before.kind, &before.name, record.until, None),
            _ => {}
        }
    }
    /// The numbers of the versions whose releases have this image: several may share one.
    pub fn versions_of(&self, image: &str) -> Vec<Vec<u64>> {
        let has = |release: &&Object| release.spec["images"].as_object().is_some_and(|all| all.values().any(|one| one == image));
        self.ever(Kind::Release).filter(has).map(|release| numbers(text(&release.spec["version"]))).collect()
    }
}

impl<O> Past<O> {
    /// An object is so from an instant on.
    pub fn put(&mut self, kind: Kind, name: &str, at: Timestamp, object: Option<&Arc<O>>) {
        let of_kind = self.0.entry(kind).or_default();
        match of_kind.get_mut(name) {
            Some(versions) => versions.push((at, object.cloned())),
            None => drop(of_kind.insert(name.to_owned(), vec![(at, object.cloned())])),
        }
    }
    /// Every version of an object, the oldest first; nothing while it was not there.
    pub fn versions(&self, kind: Kind, name: &str) -> &[Version<O>] {
        self.0.get(&kind).and_then(|of_kind| of_kind.get(name)).map_or(&[], Vec::as_slice)
    }
    /// An object as it is now, or was before it was deleted.
    pub fn latest(&self, kind: Kind, name: &str) -> Option<&O> {
        self.versions(kind, name).iter().rev().find_map(|(_, object)| object.as_deref())
    }
    /// An object as it was at any time since an instant, the latest first; nothing while it was not there.
    pub fn since<'a>(&'a self, kind: Kind, name: &str, since: Timestamp) -> impl Iterator<Item = Option<&'a O>> + use<'a, O> {
        since_in(self.versions(kind, name), since)
    }
    /// What is wrong with an object, where something was all the time since an instant; told is the latest.
    pub fn wrong_since<T>(&self, kind: Kind, name: &str, since: Timestamp, wrong: impl Fn(Option<&O>) -> Option<T>) -> Option<T> {
        let mut states = self.since(kind, name, since);
        let Some(latest) = states.next() else { return wrong(None) };
        wrong(latest).filter(|_| states.all(|state| wrong(state).is_some()))
    }
    /// The names of all objects of a kind that ever were.
    pub fn names(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.0.get(&kind).into_iter().flat_map(BTreeMap::keys).map(String::as_str)
    }
    /// Every object of a kind as it ever was, the latest first: a deleted release still says what its images are.
    pub fn ever(&self, kind: Kind) -> impl Iterator<Item = &O> {
        self.of(kind).flat_map(|versions| versions.iter().rev().filter_map(|(_, object)| object.as_deref()))
    }
    /// Every object of a kind as it is now.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = &O> {
        self.of(kind).filter_map(|versions| versions.last()?.1.as_deref())
    }
    /// Every object of a kind as it was at any time since an instant.
    pub fn all_since(&self, kind: Kind, since: Timestamp) -> impl Iterator<Item = &O> {
        self.of(kind).flat_map(move |versions| since_in(versions, since).flatten())
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &Vec<Version<O>>> {
        self.0.get(&kind).into_iter().flat_map(BTreeMap::values)
    }
}

fn since_in<O>(versions: &[Version<O>], since: Timestamp) -> impl Iterator<Item = Option<&O>> {
    let first = versions.iter().rposition(|(at, _)| *at <= since).unwrap_or_default();
    versions[first..].iter().rev().map(|(_, object)| object.as_deref())
}
