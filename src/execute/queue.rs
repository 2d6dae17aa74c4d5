//! Which write is next. Pure and synchronous: instants and jitter come in as arguments.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{
    backoff::{Held, Steps},
    bound::Bound,
};
use crate::{
    fleet::ObjectKey,
    plan::{Class, Write},
};

/// Waits of one object after its write failed.
const OBJECT: Steps = Steps { first: Duration::from_secs(1), last: Duration::from_mins(5) };
/// Waits of the whole queue after the API server was not reached. Short: an outage is the server's failure and not the
/// objects', and after it a verdict must not wait minutes.
const SERVER: Steps = Steps { first: Duration::from_millis(250), last: Duration::from_secs(5) };
/// So long after its end a hold of an object that nobody wants to write is remembered, and its number of failures with it.
const MEMORY: Duration = Duration::from_mins(10);

/// How much may be under way.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Writes under way, whatever their class.
    pub in_flight: usize,
    /// Places that each class leaves free for the classes above it.
    pub reserved: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { in_flight: 32, reserved: 2 }
    }
}

impl Limits {
    /// How many writes may be under way before one of this class is sent. A higher class always finds places that the lower
    /// ones could not take: none waits for a lower one.
    fn places(self, class: Class) -> usize {
        let below_the_top = match class {
            Class::StopOrVerdict => 0,
            Class::StartOrResult => 1,
            Class::Receipt => 2,
            Class::Rest => 3,
        };
        self.in_flight.saturating_sub(self.reserved * below_the_top).max(1)
    }
}

/// What became of a write, as far as the next write of its object depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It is written, or the object is gone: nothing holds the next one.
    Done,
    /// The precondition failed, or nobody knows, and the object was read since: the next write goes as soon as it carries
    /// another resourceVersion, and after the back-off if the object still has the same.
    Moved,
    /// The API server refused it, or stored something else than was sent: back-off, whatever the object looks like.
    Refused,
    /// The API server was not reached: the whole queue waits a little.
    Unreached,
}

/// The class, then the place in the plan.
type Rank = (Class, usize);

#[derive(Debug)]
struct Hold {
    held: Held,
    /// Holds only a write with this precondition; none: every write.
    version: Option<String>,
}

/// A write that the latest plan wants, beside its object: that is asked for again and again.
#[derive(Debug)]
struct Wanted {
    object: ObjectKey,
    write: Write,
}

/// The writes that the latest plan wants, and what is under way.
#[derive(Debug, Default)]
pub struct Queue {
    limits: Limits,
    wanted: BTreeMap<Rank, Wanted>,
    ranks: BTreeMap<ObjectKey, Rank>,
    in_flight: BTreeMap<ObjectKey, String>,
    holds: BTreeMap<ObjectKey, Hold>,
    server: Option<Held>,
    bound: Bound,
}

impl Queue {
    /// An empty queue.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Replaces all that is wanted by the writes of a newer plan.
    pub fn set(&mut self, writes: Vec<Write>, now: Instant) {
        let wanted = |(at, write): (usize, Write)| ((write.class, at), Wanted { object: write.object(), write });
        self.wanted = writes.into_iter().enumerate().map(wanted).collect();
        self.ranks = self.wanted.iter().map(|(rank, wanted)| (wanted.object.clone(), *rank)).collect();
        self.forget_old_holds(now);
        self.bound.forget(now);
    }

    /// Writes that wait for the bound of their object, and of which that was not told lately: something makes the operator write the same
    /// object again and again.
    pub fn over_the_bound(&mut self, now: Instant) -> Vec<Write> {
        let Self { wanted, bound, .. } = self;
        let mut over = |object: &ObjectKey| bound.held_until(object).is_some_and(|until| until > now) && bound.tell(object, now);
        wanted.values().filter(|wanted| over(&wanted.object)).map(|wanted| wanted.write.clone()).collect()
    }

    /// The write to send now, from then on under way; none: nothing may be sent before [`Queue::wake_at`], an answer, or a
    /// newer plan.
    pub fn next(&mut self, now: Instant) -> Option<Write> {
        let under_way = self.in_flight.len();
        let room = |class| under_way < self.limits.places(class);
        let (_, first) = self.wanted.iter().find(|((class, _), wanted)| room(*class) && self.free(wanted, now))?;
        let object = first.object.clone();
        let write = self.forget(&object)?;
        self.bound.spend(&object, now);
        self.in_flight.insert(object, write.resource_version.clone());
        Some(write)
    }

    /// The object was seen in this version: a wanted write that is based on another would only be a conflict. The next plan
    /// brings its successor.
    pub fn seen(&mut self, object: &ObjectKey, resource_version: &str) {
        let wanted = self.ranks.get(object).and_then(|rank| self.wanted.get(rank));
        if wanted.is_some_and(|wanted| wanted.write.resource_version != resource_version) {
            self.forget(object);
        }
    }

    /// The write of this object is not under way any more.
    pub fn settled(&mut self, object: &ObjectKey, after: After, now: Instant, spread: f64) {
        let sent = self.in_flight.remove(object);
        // What was wanted beside a write under way was decided without its answer.
        self.forget(object);
        match after {
            After::Done => _ = self.holds.remove(object),
            After::Moved => self.hold(object, sent, now, spread),
            After::Refused => self.hold(object, None, now, spread),
            After::Unreached => return self.pause(now, spread),
        }
        self.server = None;
    }

    /// When a write that is held back now may be sent.
    pub fn wake_at(&self, now: Instant) -> Option<Instant> {
        self.wanted.values().filter_map(|wanted| self.held_until(wanted)).filter(|until| *until > now).min()
    }

    /// Nothing is under way, and nothing is to be sent within this time.
    pub fn idle(&self, now: Instant, within: Duration) -> bool {
        let later = |wanted| self.held_until(wanted).is_some_and(|until| until > now + within);
        self.in_flight.is_empty() && self.wanted.values().all(later)
    }

    /// How many objects wait for the end of a back-off, or for their bound.
    pub fn resting(&self, now: Instant) -> usize {
        self.holds.values().filter(|hold| hold.held.until > now).count() + self.bound.holding(now)
    }

    /// How many writes are under way.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    fn forget(&mut self, object: &ObjectKey) -> Option<Write> {
        self.ranks.remove(object).and_then(|rank| self.wanted.remove(&rank)).map(|wanted| wanted.write)
    }

    fn free(&self, wanted: &Wanted, now: Instant) -> bool {
        !self.in_flight.contains_key(&wanted.object) && self.held_until(wanted).is_none_or(|until| until <= now)
    }

    fn held_until(&self, Wanted { object, write }: &Wanted) -> Option<Instant> {
        let server = self.server.map(|held| held.until);
        // A failure waits for this read, and the way back for the failure.
        if write.change.waits_for_nothing() {
            return server;
        }
        let own = self.holds.get(object).filter(|hold| hold.version.as_ref().is_none_or(|v| *v == write.resource_version));
        let own = own.map(|hold| hold.held.until).max(self.bound.held_until(object));
        own.max(server)
    }

    fn hold(&mut self, object: &ObjectKey, version: Option<String>, now: Instant, spread: f64) {
        let held = Held::again(self.holds.get(object).map(|hold| hold.held), OBJECT, now, spread);
        self.holds.insert(object.clone(), Hold { held, version });
    }

    fn pause(&mut self, now: Instant, spread: f64) {
        // All that was under way fails together: that is one failure, not thirty.
        if self.server.is_none_or(|held| held.until <= now) {
            self.server = Some(Held::again(self.server, SERVER, now, spread));
        }
    }

    fn forget_old_holds(&mut self, now: Instant) {
        self.holds.retain(|object, hold| self.ranks.contains_key(object) || hold.held.until + MEMORY > now);
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
