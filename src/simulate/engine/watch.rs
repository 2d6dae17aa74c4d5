//! What the watches of a process show, and when: the world's log, as it is or disturbed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::trouble::{Disturbed, How, Trouble};
use crate::{
    fleet::{ObjectKey, View},
    simulate::world::{Record, World},
};

/// What a watch shows.
#[derive(Clone, Debug)]
pub(super) enum Shown {
    /// A record of the world's log.
    Event(usize),
    /// A list has shown this object as it is.
    Listed(ObjectKey),
}

/// The watches of one process, from its start on.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    /// The first record that was not looked at yet.
    next: usize,
    /// What is shown, when, in this order.
    waiting: BTreeMap<(Timestamp, usize), Shown>,
    /// When a kind shows its last event: a watch keeps the order, however late it is.
    last: BTreeMap<View, Timestamp>,
}

impl Watch {
    /// Watches that open now, after a list.
    pub fn open(world: &World) -> Self {
        Self { next: world.log().len(), ..Self::default() }
    }

    /// The next thing that is shown by now.
    pub fn take(&mut self, world: &World, trouble: &Trouble) -> Option<Shown> {
        for (n, record) in world.log().iter().enumerate().skip(self.next) {
            if let Some((key, _)) = record.changed() {
                self.schedule(n, key, record, trouble);
            }
        }
        self.next = world.log().len();
        let first = self.waiting.first_entry()?;
        (first.key().0 <= world.now()).then(|| first.remove())
    }

    /// When something is shown next.
    pub fn next(&self) -> Option<Timestamp> {
        self.waiting.keys().next().map(|(at, _)| *at)
    }

    fn schedule(&mut self, n: usize, key: &ObjectKey, record: &Record, trouble: &Trouble) {
        let late = record.at + trouble.lag(key.view(), record.at);
        let last = self.last.entry(key.view()).or_insert(late);
        let at = late.max(*last);
        *last = at;
        let Some(disturbed) = trouble.of(n) else { return self.show(at, Shown::Event(n)) };
        let later = at + jiff::SignedDuration::from_secs(disturbed.seconds);
        if disturbed.how == How::Repeated {
            self.show(at, Shown::Event(n));
        }
        if disturbed.how != How::Lost {
            self.show(later, Shown::Event(n));
        }
        self.show(later + Disturbed::HEALED_AFTER, Shown::Listed(key.clone()));
    }

    fn show(&mut self, at: Timestamp, what: Shown) {
        let nth = self.waiting.range((at, 0)..).take_while(|((t, _), _)| *t == at).last().map_or(0, |((_, n), _)| n + 1);
        self.waiting.insert((at, nth), what);
    }
}
