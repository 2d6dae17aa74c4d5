//! All notices that wait, and which of them is due. Synchronous: time enters as an argument.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    lane::{Lane, LaneKey, Moment, Rank, Wish},
    reply::Attempt,
    timing::Timing,
    turns::{Limits, Turn, Turns},
};
use crate::{
    fleet::delivery::{Delivery, DeliveryKey},
    letters::{Outgoing, Waiting},
};

/// The lanes, and indexes of what each waits for: one entry a lane, so memory is what the planner passes in.
#[derive(Debug)]
pub(super) struct Queue {
    lanes: BTreeMap<Arc<LaneKey>, (Lane, Place)>,
    turns: Turns,
    rests: BTreeSet<(Instant, Arc<LaneKey>)>,
    deadlines: BTreeSet<(i64, Arc<LaneKey>)>,
}

/// Where a lane stands in the indexes.
#[derive(Debug)]
struct Place {
    wish: Wish,
    ticket: u64,
}

/// An attempt in flight.
#[derive(Debug)]
pub(super) struct Flight {
    pub notice: Arc<Outgoing>,
    lane: Arc<LaneKey>,
    rank: Rank,
    turn: Turn,
}

impl Queue {
    pub fn new(limits: Limits) -> Self {
        Self { lanes: BTreeMap::new(), turns: Turns::new(limits), rests: BTreeSet::new(), deadlines: BTreeSet::new() }
    }

    /// Takes new notices up, keeps known ones with all that is known of them, forgets the others.
    pub fn set(&mut self, notices: Vec<impl Waiting>, now: Moment) {
        self.lanes.values_mut().flat_map(|(lane, _)| lane.items.values_mut()).for_each(|item| item.wanted = false);
        for notice in notices {
            let key = LaneKey::of(&notice);
            let nowhere = || (Lane::default(), Place { wish: Wish::Nothing, ticket: 0 });
            self.lanes.entry(Arc::new(key)).or_insert_with(nowhere).0.put(notice);
        }
        self.lanes.values_mut().for_each(|(lane, _)| lane.forget());
        let keys: Vec<_> = self.lanes.keys().cloned().collect();
        for key in &keys {
            self.place(key, now);
        }
        self.lanes.retain(|_, (lane, _)| !lane.items.is_empty());
    }

    /// Ends the rests and deadlines that are over.
    pub fn wake(&mut self, now: Moment) {
        while self.rests.first().is_some_and(|(at, _)| *at <= now.real)
            && let Some((_, key)) = self.rests.pop_first()
        {
            self.place(&key, now);
        }
        while self.deadlines.first().is_some_and(|(second, _)| *second < now.clock.as_second())
            && let Some((_, key)) = self.deadlines.pop_first()
        {
            self.place(&key, now);
        }
    }

    /// Starts the next attempt whose turn it is.
    pub fn next(&mut self, now: Moment) -> Option<Flight> {
        while let Some(key) = self.turns.pop() {
            let Some((lane, place)) = self.lanes.get_mut(&key) else { continue };
            let Wish::Go(turn) = std::mem::replace(&mut place.wish, Wish::Nothing) else { continue };
            if let Wish::Go(due) = lane.wish(now)
                && due == turn
                && let Some((rank, item)) = lane.head(now)
            {
                item.in_flight = true;
                return Some(Flight { notice: Arc::clone(&item.notice), lane: key, rank: rank.clone(), turn });
            }
            self.turns.end(&turn); // its deadline passed while it waited
            self.place(&key, now);
        }
        None
    }

    /// Learns what became of an attempt, and tells what is known of the notice now.
    pub fn settle(&mut self, flight: &Flight, attempt: Attempt, now: Moment, timing: &Timing) -> Option<(DeliveryKey, Delivery)> {
        self.turns.end(&flight.turn);
        let item = self.lanes.get_mut(&flight.lane)?.0.items.get_mut(&flight.rank)?;
        let same_address = flight.notice.address == item.notice.address;
        let asked = learn(&mut item.delivery, attempt, same_address);
        item.in_flight = false;
        item.rests_until = same_address.then(|| now.real + timing.rest(item.delivery.attempts, asked));
        let delivery = item.delivery.clone();
        self.place(&flight.lane, now);
        let LaneKey { tenant, tenant_uid, contact, .. } = flight.lane.as_ref().clone();
        Some((DeliveryKey { tenant, tenant_uid, key: flight.notice.key.clone(), contact }, delivery))
    }

    /// When the next rest ends, in real time.
    pub fn next_rest(&self) -> Option<Instant> {
        self.rests.first().map(|(at, _)| *at)
    }

    /// The instant, on the operator's clock, at which the next deadline of a resting notice is over.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().and_then(|(second, _)| Timestamp::from_second(second + 1).ok())
    }

    /// Whether a notice waits for nothing but its turn.
    pub fn has_due(&self) -> bool {
        !self.turns.is_empty()
    }

    /// Puts a lane where it belongs now; a lane that is there already keeps its turn.
    fn place(&mut self, key: &Arc<LaneKey>, now: Moment) {
        let Some((lane, place)) = self.lanes.get_mut(key) else { return };
        let wish = lane.wish(now);
        if wish == place.wish {
            return;
        }
        match &place.wish {
            Wish::Nothing => {}
            Wish::Go(turn) => self.turns.remove(turn, place.ticket),
            Wish::Rest { until, last_second } => {
                self.rests.remove(&(*until, Arc::clone(key)));
                self.deadlines.remove(&(*last_second, Arc::clone(key)));
            }
        }
        match &wish {
            Wish::Nothing => {}
            Wish::Go(turn) => place.ticket = self.turns.push(turn, Arc::clone(key)),
            Wish::Rest { until, last_second } => {
                self.rests.insert((*until, Arc::clone(key)));
                self.deadlines.insert((*last_second, Arc::clone(key)));
            }
        }
        place.wish = wish;
    }
}

/// Adds an attempt to what is known; the answer is how long the receiver asked to be left alone.
///
/// An acceptance counts wherever it was sent; a refusal only if the address is still the same.
fn learn(delivery: &mut Delivery, attempt: Attempt, same_address: bool) -> Option<std::time::Duration> {
    delivery.attempts = delivery.attempts.saturating_add(1);
    match attempt {
        Attempt::Accepted { at } => {
            delivery.delivered_at = Some(Timestamp::from_second(at.as_second()).unwrap_or(at));
            delivery.last_error = None;
            None
        }
        Attempt::Retry { error, after } => {
            delivery.last_error = Some(error);
            after
        }
        Attempt::Permanent { error } => {
            delivery.last_error = Some(error);
            delivery.gave_up = same_address;
            None
        }
    }
}
