//! The loop that starts attempts when they are due and reports what became of them.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::mpsc,
    task::{Id, JoinError, JoinSet},
    time::Instant,
};

use super::{
    address::{Lookup, SystemLookup},
    lane::Moment,
    queue::{Flight, Queue},
    reply::Attempt,
    settings::{NotifyError, Settings},
    timing::Timing,
    turns::Limits,
    ways::Ways,
};
use crate::{
    clock::Clock,
    fleet::delivery::{Delivery, DeliveryKey},
    letters::Waiting,
};

/// Sends what the planner wants sent, and nothing else.
///
/// The controller owns it: it calls [`Self::set`] after each pass of the planner and polls [`Self::drive`] in its select loop.
/// So the queue needs no lock, and no notice is sent in between that the last pass took back. The attempts themselves are tasks:
/// a slow pass delays no answer's time, and the drop of the notifier ends them.
///
/// Back-off and time-outs run in real time on tokio's monotonic clock, because receivers live in real time: a clock that jumps
/// neither floods them nor freezes a repetition. The operator's clock is asked for three things only: the times in a message, the
/// time left until a deadline when an attempt starts, and to wake when the deadline of a resting notice is over, so that a clock
/// that jumps frees the next notice at once.
#[derive(Debug)]
pub struct Notifier {
    ways: Arc<Ways>,
    timing: Timing,
    max_in_flight: usize,
    clock: ClockHandle,
    queue: Queue,
    attempts: JoinSet<Attempt>,
    flights: HashMap<Id, Flight>,
    /// Results that the channel had no room for yet; while there are any, nothing starts.
    unreported: VecDeque<(DeliveryKey, Delivery)>,
    results: mpsc::Sender<(DeliveryKey, Delivery)>,
}

/// A clock that can stand in a struct with `Debug`.
#[derive(Clone)]
struct ClockHandle(Arc<dyn Clock>);

impl std::fmt::Debug for ClockHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl Notifier {
    /// A notifier that has nothing to send yet. Each attempt's outcome goes to `results`: all that is known of the notice then.
    pub fn new(
        settings: Settings,
        clock: Arc<dyn Clock>,
        results: mpsc::Sender<(DeliveryKey, Delivery)>,
    ) -> Result<Self, NotifyError> {
        Self::with(settings, Timing::default(), Arc::new(SystemLookup), clock, results)
    }

    /// Like [`Self::new`], with other times and another way to resolve names: for tests.
    pub fn with(
        settings: Settings,
        timing: Timing,
        lookup: Arc<dyn Lookup>,
        clock: Arc<dyn Clock>,
        results: mpsc::Sender<(DeliveryKey, Delivery)>,
    ) -> Result<Self, NotifyError> {
        let max_in_flight = settings.max_in_flight.max(1);
        let limits = Limits { all: max_in_flight, host: settings.max_per_host, mail: settings.max_mails };
        Ok(Self {
            queue: Queue::new(limits),
            ways: Arc::new(Ways::new(settings, lookup)?),
            timing,
            max_in_flight,
            clock: ClockHandle(clock),
            attempts: JoinSet::new(),
            flights: HashMap::new(),
            unreported: VecDeque::new(),
            results,
        })
    }

    /// What is to be sent now, all of it: new notices are taken up, missing ones are forgotten with their back-off, known ones go
    /// on with the message they came with first. A known notice with another address is tried there at once.
    ///
    /// A notice is put into words when it is taken up, and not in each pass.
    ///
    /// An accepted or given-up notice that is still listed is not sent again. An attempt in flight is never broken off: the
    /// receiver may have accepted it.
    pub fn set(&mut self, notices: Vec<impl Waiting>) {
        self.queue.set(notices, self.now());
    }

    /// Starts what is due and reports what ended. It is to be polled all the time and may be dropped and called again at any
    /// point: nothing gets lost. It ends only when nobody listens to the results any more.
    pub async fn drive(&mut self) {
        while self.report().await {
            self.start();
            self.wait().await;
        }
    }

    /// How many attempts are in flight.
    pub fn in_flight(&self) -> usize {
        self.attempts.len()
    }

    /// Nothing is in flight, unreported, due, or due again within a few seconds of real time ([`Timing::quiet`]).
    ///
    /// A clock that jumps when all is quiet thus waits for the first repetitions, but not for a contact that stays broken.
    pub fn idle(&self) -> bool {
        let soon = Instant::now() + self.timing.quiet;
        let rests = self.queue.next_rest().is_none_or(|at| at > soon);
        rests && self.attempts.is_empty() && self.unreported.is_empty() && !self.queue.has_due()
    }

    fn now(&self) -> Moment {
        Moment { real: Instant::now(), clock: self.clock.0.now() }
    }

    /// Whether somebody listens.
    async fn report(&mut self) -> bool {
        while !self.unreported.is_empty() {
            let Ok(room) = self.results.reserve().await else { return false };
            if let Some(result) = self.unreported.pop_front() {
                room.send(result);
            }
        }
        !self.results.is_closed()
    }

    fn start(&mut self) {
        let now = self.now();
        self.queue.wake(now);
        while self.attempts.len() < self.max_in_flight
            && let Some(flight) = self.queue.next(now)
        {
            let (ways, clock, notice) = (Arc::clone(&self.ways), self.clock.clone(), Arc::clone(&flight.notice));
            let limit = time_left(notice.deliver_by, now.clock).min(self.timing.attempt);
            let attempt = self.attempts.spawn(async move { ways.send(&notice, limit, &clock.0).await });
            self.flights.insert(attempt.id(), flight);
        }
    }

    async fn wait(&mut self) {
        let (rest, deadline) = (self.queue.next_rest(), self.queue.next_deadline());
        tokio::select! {
            Some(ended) = self.attempts.join_next_with_id() => self.settle(ended),
            () = tokio::time::sleep_until(rest.unwrap_or_else(Instant::now)), if rest.is_some() => {}
            () = self.clock.0.sleep_until(deadline.unwrap_or_default()), if deadline.is_some() => {}
            () = self.results.closed() => {}
        }
    }

    fn settle(&mut self, ended: Result<(Id, Attempt), JoinError>) {
        let (id, attempt) = ended.unwrap_or_else(|error| {
            (error.id(), Attempt::Retry { error: "the attempt broke off inside the operator".into(), after: None })
        });
        if let Some(flight) = self.flights.remove(&id) {
            let result = self.queue.settle(&flight, attempt, self.now(), &self.timing);
            self.unreported.extend(result);
        }
    }
}

/// The time until the second of the deadline is over.
fn time_left(deliver_by: Timestamp, now: Timestamp) -> Duration {
    let end = Timestamp::from_second(deliver_by.as_second().saturating_add(1)).unwrap_or(deliver_by);
    Duration::try_from(end.duration_since(now)).unwrap_or_default()
}
