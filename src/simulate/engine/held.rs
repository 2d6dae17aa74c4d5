//! What the API server refused waits longer and longer, as in the operator's queue: 1 s, doubled up to 5 minutes.
//!
//! A try that would get the same answer changes nothing, and is not played: a namespace that grants nothing for weeks would cost thousands.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::{
    fleet::ObjectKey,
    plan::{Change, Write},
    simulate::world::{Answer, World},
};

const FIRST: SignedDuration = SignedDuration::from_secs(1);
const LONGEST: SignedDuration = SignedDuration::from_secs(300);

/// Writes that were refused.
#[derive(Clone, Debug, Default)]
pub(super) struct Holds(BTreeMap<ObjectKey, Held>);

#[derive(Clone, Debug)]
struct Held {
    write: Write,
    answer: Answer,
    since: Timestamp,
    /// When it is tried next; none: that would be in vain.
    again_at: Option<Timestamp>,
}

impl Holds {
    /// A write was answered.
    pub fn answered(&mut self, write: &Write, answer: &Answer, now: Timestamp) {
        if matches!(answer, Answer::Refused(..)) {
            self.0.insert(write.object(), Held { write: write.clone(), answer: answer.clone(), since: now, again_at: None });
        } else {
            self.0.remove(&write.object());
        }
    }

    /// Whether one may be tried again, that would get another answer.
    pub fn look(&mut self, world: &World, now: Timestamp) -> bool {
        for held in self.0.values_mut() {
            let same = world.refusal(&held.write).as_ref() == Some(&held.answer);
            held.again_at = if same { None } else { held.again_at.or_else(|| Some(next_try(held.since, now))) };
        }
        let before = self.0.len();
        self.0.retain(|_, held| held.again_at.is_none_or(|at| at > now));
        self.0.len() < before
    }

    /// Takes out what waits, and forgets what nobody wants any more.
    pub fn hold_back(&mut self, writes: &mut Vec<Write>) {
        if self.0.is_empty() {
            return;
        }
        let wanted: BTreeSet<_> = writes.iter().map(Write::object).collect();
        // A question is wanted again when it is due, and not before.
        let asks = |held: &Held| matches!(held.write.change, Change::AskJob { .. });
        self.0.retain(|object, held| wanted.contains(object) || asks(held));
        writes.retain(|write| !self.0.contains_key(&write.object()));
    }

    /// When one is tried next.
    pub fn next(&self) -> Option<Timestamp> {
        self.0.values().filter_map(|held| held.again_at).min()
    }
}

/// The first try after this instant of one that was refused then.
fn next_try(since: Timestamp, now: Timestamp) -> Timestamp {
    let (mut at, mut wait) = (since, FIRST);
    while at <= now {
        at += wait;
        wait = (wait * 2).min(LONGEST);
    }
    at
}
