//! Who names what, both ways: what changes on one side calls those of the other.

use std::collections::{BTreeMap, BTreeSet};

/// Which of the left name which of the right. Most of either are in none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links<L, R> {
    named: BTreeMap<L, BTreeSet<R>>,
    by: BTreeMap<R, BTreeSet<L>>,
}

impl<L, R> Default for Links<L, R> {
    fn default() -> Self {
        Self { named: BTreeMap::new(), by: BTreeMap::new() }
    }
}

impl<L: Ord + Clone, R: Ord + Clone> Links<L, R> {
    /// It names these now, and no other any more.
    pub fn set(&mut self, left: &L, now: BTreeSet<R>) {
        // The common case first.
        if now.is_empty() && self.named.is_empty() {
            return;
        }
        for before in self.named.remove(left).into_iter().flatten().filter(|before| !now.contains(before)) {
            let Some(by) = self.by.get_mut(&before) else { continue };
            by.remove(left);
            if by.is_empty() {
                self.by.remove(&before);
            }
        }
        for right in &now {
            self.by.entry(right.clone()).or_default().insert(left.clone());
        }
        if !now.is_empty() {
            self.named.insert(left.clone(), now);
        }
    }

    /// What it names.
    pub fn named(&self, left: &L) -> impl Iterator<Item = &R> {
        self.named.get(left).into_iter().flatten()
    }

    /// Who names it.
    pub fn by(&self, right: &R) -> impl Iterator<Item = &L> {
        self.by.get(right).into_iter().flatten()
    }

    /// Nobody names anything.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }
}
