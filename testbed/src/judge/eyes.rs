//! What the operator may have seen of other objects at an instant. Where something is too new for it nothing is judged.

use std::cell::Cell;

use jiff::Timestamp;

use super::{
    object::{Kind, Object},
    past::Past,
};

pub struct Eyes<'a> {
    pub past: &'a Past,
    pub since: Timestamp,
    /// What the operator wrote may be unseen by itself: by another process of it.
    pub doubtful: bool,
    /// Something that was looked at may be unseen.
    pub loud: Cell<bool>,
}

impl<'a> Eyes<'a> {
    pub fn see(&self, kind: Kind, name: &str) -> Option<&'a Object> {
        let states: Vec<_> = self.past.since(kind, name, self.since).collect();
        let made = self.past.versions(kind, name).first().is_some_and(|(at, _)| *at > self.since);
        let latest = states.first().copied().flatten();
        let same = |state: Option<&Object>| match (state, latest) {
            (None, None) => true,
            (Some(one), Some(other)) => {
                one.uid == other.uid && one.spec == other.spec && (!self.doubtful || one.status == other.status)
            }
            _ => false,
        };
        if made || !states.iter().copied().all(same) {
            self.loud.set(true);
        }
        latest
    }

    pub fn every(&self, kind: Kind) -> Vec<&'a Object> {
        self.past.names(kind).filter_map(|name| self.see(kind, name)).collect()
    }
}
