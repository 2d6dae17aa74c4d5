//! One turn after the other: take in, decide, act, wait.

use std::{
    collections::BTreeSet,
    future::Future,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio::{
    sync::mpsc::Receiver,
    task::JoinSet,
    time::{self, sleep_until, timeout},
};

use super::{
    ControllerError, answers,
    health::Health,
    pace::Pace,
    rights::Rights,
    trust::Trust,
    waits::{all_sent, another, wake},
};
use crate::{
    clock::Clock,
    execute::{Events, Queue, Settled, Writer},
    fleet::{Delivery, DeliveryKey, Fleet, ObjectKey, Tried, fold::Facts},
    lead::{Role, Seat},
    lifecycle::Fetcher,
    notify::Notifier,
    observe::{Life, Observation},
    plan::{Finding, Notice, Plan},
};

/// The loop turns at least so often: for `/livez`, and to see a watch grow stale.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// How long a stop waits for the answers to writes that were sent, and then for the last Events.
const LAST_ANSWERS: Duration = Duration::from_secs(10);
const LAST_EVENTS: Duration = Duration::from_secs(2);
/// A write that is held back for less than this is something to do.
const SOON: Duration = Duration::from_secs(15);

/// The rules: a plan for these facts at this time.
pub(super) type Planner = Box<dyn FnMut(&Fleet, Timestamp) -> Plan + Send>;

/// What the loop has and holds.
pub(super) struct Controller {
    pub(super) facts: Facts,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) life: Arc<Life>,
    pub(super) health: Arc<Health>,
    /// Whether it leads, and may write.
    pub(super) seat: Seat,
    pub(super) writer: Writer,
    pub(super) events: Events,
    pub(super) notifier: Notifier,
    pub(super) fetcher: Fetcher,
    pub(super) observations: Receiver<Observation>,
    pub(super) deliveries: Receiver<(DeliveryKey, Delivery)>,
    pub(super) planner: Planner,
    /// Parts that never end.
    pub(super) parts: JoinSet<&'static str>,
    pub(super) turning: Turning,
}

/// What the loop keeps from turn to turn.
#[derive(Default)]
pub(super) struct Turning {
    pub(super) queue: Queue,
    sending: JoinSet<Settled>,
    pace: Pace,
    /// When the plan may change with no event.
    wake_at: Option<Timestamp>,
    /// What the last plan could rely on.
    trust: Trust,
    /// For which time as the leader there is a plan; none: this process does not lead.
    term: Option<u64>,
    /// Whether the API server lets anything pass.
    pub(super) rights: Rights,
    /// Findings that were told.
    pub(super) findings: BTreeSet<Finding>,
}

enum Next {
    Turn,
    Stop,
}

impl Controller {
    /// Turns until `shutdown` ends or something breaks.
    pub(super) async fn run(mut self, shutdown: impl Future<Output = ()>) -> Result<(), ControllerError> {
        let mut shutdown = pin!(shutdown);
        loop {
            // A view that is stale is no view, and a wrong clock no clock: whoever looks at the probes should know before a
            // window opens.
            self.health.turned(self.not_ready());
            self.take_in()?;
            self.follow();
            self.decide();
            self.send();
            self.tell_the_clock();
            match self.wait(shutdown.as_mut()).await? {
                Next::Turn => {}
                Next::Stop => return self.finish().await,
            }
        }
    }

    /// All that has arrived, before anything is decided.
    fn take_in(&mut self) -> Result<(), ControllerError> {
        // What waits now and no more: a flood must not keep the loop here.
        for _ in 0..self.observations.len() {
            self.observations.try_recv().into_iter().for_each(|observation| self.observe(observation));
        }
        while let Ok(delivery) = self.deliveries.try_recv() {
            self.delivered(delivery);
        }
        while let Some(asked) = self.fetcher.try_next() {
            self.asked_source(asked?);
        }
        while let Some(settled) = self.turning.sending.try_join_next() {
            self.settle(&settled?);
        }
        Ok(())
    }

    /// What was decided in another time as the leader, or by one that leads no more, is never sent.
    fn follow(&mut self) {
        self.seat.leadership.mark_unchanged();
        let term = self.term();
        if term != self.turning.term {
            self.turning.term = term;
            self.turning.queue.set(vec![], instant());
            self.notifier.set(Vec::<Notice>::new());
            self.fetcher.forget();
            self.facts.term_changed();
            self.turning.rights = Rights::default();
            self.turning.wake_at = None;
            self.turning.pace.change(true);
        }
    }

    /// For which time this process leads; none: it does not, or is not certain to.
    fn term(&self) -> Option<u64> {
        let leadership = self.seat.leadership.borrow();
        let leads = leadership.role == Role::Leader && self.seat.permit.deadline(instant()).is_some();
        leads.then_some(leadership.term)
    }

    fn observe(&mut self, observation: Observation) {
        let shown = observation.object().map(|(object, meta)| (object, meta.resource_version.clone()));
        let changed = self.facts.observe(observation);
        // Only for news: the late echo of an own write must not take away what was decided since, with nothing to bring it back.
        if changed && let Some((object, version)) = shown {
            self.turning.queue.seen(&object, &version);
        }
        self.turning.pace.change(changed);
    }

    fn delivered(&mut self, (key, delivery): (DeliveryKey, Delivery)) {
        let news = self.facts.delivered(key, delivery);
        self.turning.pace.change(news);
    }

    fn asked_source(&mut self, (product, tried): (String, Tried)) {
        self.facts.asked_source(product, tried);
        self.turning.pace.change(true);
    }

    fn settle(&mut self, settled: &Settled) {
        answers::settle(&mut self.facts, settled, &*self.clock);
        self.turning.queue.settled(&settled.write.object(), settled.outcome.after(), instant(), rand::random());
        // In whose namespace it may make Jobs is granted one by one.
        if !matches!(settled.write.object(), ObjectKey::Job(_)) {
            self.turning.rights.settled(&settled.outcome, instant());
        }
        self.turning.pace.change(true);
        self.report(settled);
    }

    /// One plan for the whole fleet, when something changed. Never on a part of the facts.
    fn decide(&mut self) {
        let now = instant();
        if self.turning.term.is_none() {
            return self.facts.planned();
        }
        let trust = self.trust();
        self.turning.pace.change(trust != self.turning.trust);
        if !self.may_plan() || !self.turning.pace.due(now) {
            return;
        }
        self.turning.trust = trust;
        let (views, clock_ahead, resting) = (self.life.views(), self.clock_ahead(), self.turning.queue.resting(now));
        let plan = (self.planner)(self.facts.for_plan(views, clock_ahead, resting), self.clock.now());
        self.facts.planned();
        self.turning.queue.set(plan.writes, now);
        self.notifier.set(plan.notices);
        self.fetcher.set(plan.fetches);
        self.turning.wake_at = plan.wake_at;
        self.tell_findings(plan.findings.into_iter().collect());
        self.turning.pace.took(now, instant());
        tracing::trace!(took = ?now.elapsed(), "planned");
    }

    /// Whether it leads, and knows all that a decision depends on.
    fn may_plan(&self) -> bool {
        self.turning.term.is_some_and(|term| self.facts.ready(term))
    }

    /// Sends what may be sent now, as tasks: no write blocks the next turn.
    fn send(&mut self) {
        // Whatever was decided is of the time that it was decided in.
        while self.turning.term.is_some()
            && self.term() == self.turning.term
            && let Some(write) = self.turning.queue.next(instant())
        {
            self.facts.sending(&write.object(), write.change.effect(), self.clock.now());
            let (writer, permit) = (self.writer.clone(), self.seat.permit.clone());
            self.turning.sending.spawn(async move { writer.settle(write, permit).await });
        }
        self.tell_floods();
    }

    /// A clock that jumps does so when there is nothing to do before `wake_at`.
    fn tell_the_clock(&self) {
        if self.quiet() {
            self.clock.quiet(self.turning.wake_at, self.facts.fleet.under_way());
        }
    }

    fn quiet(&self) -> bool {
        let now = instant();
        let nothing_waits = self.observations.is_empty() && self.deliveries.is_empty();
        let nothing_to_do = self.turning.pace.due_at(now).is_none()
            && self.turning.queue.idle(now, SOON)
            && self.notifier.idle()
            && self.fetcher.idle();
        // What a stale view holds goes on when that watch shows life, whatever the time.
        self.may_plan() && nothing_waits && nothing_to_do && self.trust().stale.is_empty()
    }

    /// Until something happens, at most until the next heartbeat.
    async fn wait(&mut self, shutdown: std::pin::Pin<&mut impl Future<Output = ()>>) -> Result<Next, ControllerError> {
        let now = instant();
        let heartbeat = now + HEARTBEAT;
        let held = self.turning.queue.wake_at(now).unwrap_or(heartbeat);
        // Before the facts are complete a change is no reason to turn: it would only spin.
        let pace = self.turning.pace.due_at(now).filter(|_| self.may_plan()).unwrap_or(heartbeat);
        tokio::select! {
            () = shutdown => return Ok(Next::Stop),
            Some(part) = self.parts.join_next() => return Err(ControllerError::Ended(part?)),
            observation = self.observations.recv() => self.observe(observation.ok_or(ControllerError::Ended("watching"))?),
            Some(delivery) = self.deliveries.recv() => self.delivered(delivery),
            Some(settled) = self.turning.sending.join_next() => self.settle(&settled?),
            Some(asked) = self.fetcher.next() => self.asked_source(asked?),
            () = self.notifier.drive() => return Err(ControllerError::Ended("sending notices")),
            () = wake(&*self.clock, self.turning.wake_at) => {
                self.turning.wake_at = None;
                self.turning.pace.change(true);
            }
            () = self.seat.permit.changed() => {}
            () = another(&mut self.seat.leadership) => {}
            () = sleep_until(heartbeat.min(held).min(pace).into()) => {}
        }
        Ok(Next::Turn)
    }

    /// A clean stop: nothing more is sent, what was sent is waited for. What is not answered by then is found by the next start.
    async fn finish(mut self) -> Result<(), ControllerError> {
        tracing::info!(under_way = self.turning.sending.len(), "stopping");
        let answers = async {
            while let Some(settled) = self.turning.sending.join_next().await {
                self.report(&settled?);
            }
            Ok::<_, ControllerError>(())
        };
        let answered = timeout(LAST_ANSWERS, answers).await;
        let _ = timeout(LAST_EVENTS, all_sent(&self.events)).await;
        // Only now: what is still under way could be committed beside what the next leader does.
        if let Ok(answered) = answered {
            answered.map(|()| self.seat)?.resign().await;
        } else {
            tracing::warn!("stopped before every write was answered: the Lease is kept until it ends");
        }
        Ok(())
    }
}

/// The monotonic clock, as tokio shows it: a test stops it.
pub(super) fn instant() -> Instant {
    time::Instant::now().into_std()
}

#[cfg(test)]
#[path = "turns_tests.rs"]
mod tests;
