//! The notices of one tenant to one contact: sent one at a time, in the order in which they were written down.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;

pub(super) use super::turns::LaneKey;
use super::turns::{MAIL, Turn};
use crate::{
    api::notice_key::NoticeKey,
    fleet::delivery::Delivery,
    letters::{Outgoing, Waiting},
    plan::Address,
};

/// The two times that matter: back-off runs on the monotonic clock, deadlines on the operator's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Real time.
    pub real: Instant,
    /// The operator's time.
    pub clock: Timestamp,
}

/// The place of a notice in its lane: when it was written down, then its key.
pub(super) type Rank = (Timestamp, NoticeKey);

/// A notice and what is known of its sending.
#[derive(Debug)]
pub(super) struct Item {
    /// As it came first: repetitions are equal byte for byte, whatever the planner would write today.
    pub notice: Arc<Outgoing>,
    /// Whose turn the attempt takes.
    pub host: Arc<str>,
    /// What is known so far.
    pub delivery: Delivery,
    /// No attempt before.
    pub rests_until: Option<Instant>,
    /// The planner still wants it sent.
    pub wanted: bool,
    /// An attempt is in flight.
    pub in_flight: bool,
}

/// What a lane waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Nothing to send, or an attempt is in flight.
    Nothing,
    /// The end of a rest, or of the second of a deadline: then the next notice is due.
    Rest { until: Instant, last_second: i64 },
    /// A turn: the next notice is due.
    Go(Turn),
}

/// All notices of a lane.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub items: BTreeMap<Rank, Item>,
}

impl Item {
    fn new(notice: Outgoing) -> Self {
        let (host, delivery) = (host(&notice.address), Delivery::default());
        Self { notice: Arc::new(notice), host, delivery, rests_until: None, wanted: true, in_flight: false }
    }

    /// The planner wants it, still or again. Another address is tried at once, even after the first was given up.
    fn renew(&mut self, notice: &impl Waiting) {
        self.wanted = true;
        let same_address = self.notice.address == *notice.address();
        if same_address && self.notice.deliver_by == notice.deliver_by() {
            return;
        }
        let known = Arc::make_mut(&mut self.notice);
        known.deliver_by = notice.deliver_by();
        if !same_address {
            known.address = notice.address().clone();
            self.host = host(&known.address);
            (self.rests_until, self.delivery.gave_up) = (None, false);
        }
    }

    /// What the next attempt queues up for.
    pub fn turn(&self) -> Turn {
        Turn { host: Arc::clone(&self.host), repeats: self.delivery.attempts > 0 }
    }

    fn is_open(&self, now: Moment) -> bool {
        let ended = self.delivery.gave_up || self.delivery.delivered_at.is_some();
        self.wanted && !ended && now.clock.as_second() <= self.notice.deliver_by.as_second()
    }
}

impl Lane {
    /// Takes a notice up, or keeps what is known of it.
    pub fn put(&mut self, notice: impl Waiting) {
        let (created_at, key) = notice.written();
        let rank = (created_at, key.clone());
        match self.items.get_mut(&rank) {
            Some(item) => item.renew(&notice),
            None => _ = self.items.insert(rank, Item::new(notice.compose())),
        }
    }

    /// Forgets what nobody wants; an attempt in flight is remembered, since it may be accepted.
    pub fn forget(&mut self) {
        self.items.retain(|_, item| item.wanted || item.in_flight);
    }

    /// The first notice that is neither accepted, given up nor past its deadline; the later ones wait for it.
    pub fn head(&mut self, now: Moment) -> Option<(&Rank, &mut Item)> {
        if self.items.values().any(|item| item.in_flight) {
            return None;
        }
        self.items.iter_mut().find(|(_, item)| item.is_open(now))
    }

    /// What the lane waits for now.
    pub fn wish(&mut self, now: Moment) -> Wish {
        match self.head(now) {
            None => Wish::Nothing,
            Some((_, Item { rests_until: Some(until), notice, .. })) if *until > now.real => {
                Wish::Rest { until: *until, last_second: notice.deliver_by.as_second() }
            }
            Some((_, item)) => Wish::Go(item.turn()),
        }
    }
}

/// The URL's host without its port: a dead machine is dead on every port. What does not parse shares one turn, and so does all
/// e-mail: it goes to one server.
fn host(address: &Address) -> Arc<str> {
    let Address::Webhook(url) = address else { return Arc::from(MAIL) };
    Url::parse(url).ok().and_then(|url| url.host_str().map(Arc::from)).unwrap_or_else(|| Arc::from(""))
}
