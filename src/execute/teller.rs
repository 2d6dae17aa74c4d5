//! Sends Events, as best it can: bounded, beside the writes and never before one.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use kube::{Api, Client, api::PostParams};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use super::{Event, outcome::chain, permit::Permit};

/// So many Events may wait; then the oldest go, and warnings last. Ten thousand tenants that get their slots in one pass make more
/// than can be sent meanwhile: what is normal stands in their statuses as well, a refusal may stand nowhere else (I10).
const WAITING: usize = 4096;
/// That Events were dropped is said at most so often.
const SAID_EVERY: Duration = Duration::from_secs(10);
/// So many requests at a time, beside those of the writes.
const AT_A_TIME: usize = 4;
const TRIES: u32 = 3;
const DEADLINE: Duration = Duration::from_secs(5);

/// Where Events are put, to be sent by [`Events::run`].
#[derive(Clone, Default)]
pub struct Events(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    more: Notify,
}

#[derive(Default)]
struct Waiting {
    warnings: VecDeque<Event>,
    normal: VecDeque<Event>,
    /// Not said yet.
    dropped: u64,
    said: Option<Instant>,
    sending: usize,
}

impl Waiting {
    fn len(&self) -> usize {
        self.warnings.len() + self.normal.len()
    }

    fn push(&mut self, event: Event) {
        if self.len() == WAITING {
            let _ = self.normal.pop_front().or_else(|| self.warnings.pop_front());
            self.dropped += 1;
        }
        if event.warning { &mut self.warnings } else { &mut self.normal }.push_back(event);
    }

    fn pop(&mut self) -> Option<Event> {
        self.warnings.pop_front().or_else(|| self.normal.pop_front())
    }

    /// How many were dropped, if that is to be said now.
    fn dropped(&mut self, now: Instant) -> Option<u64> {
        let due = self.dropped > 0 && self.said.is_none_or(|said| now >= said + SAID_EVERY);
        due.then(|| {
            self.said = Some(now);
            std::mem::take(&mut self.dropped)
        })
    }
}

impl Events {
    /// Puts Events in the line. Never waits.
    pub fn tell(&self, events: impl IntoIterator<Item = Event>) {
        let mut waiting = self.waiting();
        events.into_iter().for_each(|event| waiting.push(event));
        drop(waiting);
        self.0.more.notify_one();
    }

    /// Sends what is in the line, under the permit. Never ends.
    pub async fn run(&self, client: Client, permit: Permit) {
        futures::future::join_all((0..AT_A_TIME).map(|_| self.work(&client, permit.clone()))).await;
    }

    /// Whether all that was put in the line was sent, or given up.
    pub fn all_sent(&self) -> bool {
        let waiting = self.waiting();
        waiting.len() == 0 && waiting.sending == 0
    }

    async fn work(&self, client: &Client, mut permit: Permit) {
        loop {
            permit.granted().await;
            match self.take() {
                Some(event) => {
                    send(client, &event).await;
                    self.waiting().sending -= 1;
                }
                None => self.0.more.notified().await,
            }
        }
    }

    fn take(&self) -> Option<Event> {
        let mut waiting = self.waiting();
        let dropped = waiting.dropped(Instant::now());
        let (event, left) = (waiting.pop(), waiting.len());
        waiting.sending += usize::from(event.is_some());
        drop(waiting);
        if let Some(dropped) = dropped {
            tracing::warn!(dropped, "too many Events waited; the oldest were dropped");
        }
        // One wake-up may stand for many Events: the next worker is woken by this one.
        if left > 0 {
            self.0.more.notify_one();
        }
        event
    }

    // A panic elsewhere leaves a line of Events behind that is still a line of Events.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn send(client: &Client, event: &Event) {
    for tried in 1..=TRIES {
        match create(client, event).await {
            Ok(()) => return,
            Err(error) if tried == TRIES || !error.passes => {
                return tracing::warn!(object = %event.regarding, reason = event.reason, error = error.text, "could not create an Event");
            }
            Err(_) => sleep(Duration::from_secs(u64::from(tried))).await,
        }
    }
}

struct Failure {
    text: String,
    /// It may pass by itself.
    passes: bool,
}

async fn create(client: &Client, event: &Event) -> Result<(), Failure> {
    let api = Api::namespaced(client.clone(), event.namespace());
    match timeout(DEADLINE, api.create(&PostParams::default(), &event.to_kube())).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(kube::Error::Api(status))) if status.is_already_exists() => Ok(()), // told before; the name is the occasion's
        Ok(Err(error)) => Err(Failure { passes: !refused(&error), text: chain(&error) }),
        Err(_) => Err(Failure { passes: true, text: "no answer within the deadline".into() }),
    }
}

fn refused(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if (400..500).contains(&status.code) && status.code != 429)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::fleet::ObjectKey;

    fn event(n: usize) -> Event {
        let (regarding, at) = (ObjectKey::Window("w".into()), Timestamp::UNIX_EPOCH);
        let (uid, note, occasion) = ("u".into(), n.to_string(), n.to_string());
        Event { regarding, uid, reason: "R", action: "A", warning: false, note, at, occasion }
    }

    #[test]
    fn the_line_is_bounded_and_the_oldest_go_first() {
        let events = Events::default();
        events.tell((0..WAITING + 10).map(event));
        let waiting = events.waiting();
        assert_eq!((waiting.len(), waiting.dropped), (WAITING, 10));
        drop(waiting); // a second guard in one thread waits for ever
        assert_eq!(events.take().unwrap().note, "10");
    }

    #[test]
    fn a_warning_outlives_a_flood_and_goes_first() {
        let events = Events::default();
        events.tell([Event { warning: true, ..event(0) }]);
        events.tell((1..=2 * WAITING).map(event));
        assert_eq!(events.take().unwrap().note, "0");
        assert_eq!(events.take().unwrap().note, (WAITING + 2).to_string());
    }

    #[test]
    fn that_events_were_dropped_is_said_once_in_a_while() {
        let (mut waiting, now) = (Waiting::default(), Instant::now());
        (0..WAITING + 3).for_each(|n| waiting.push(event(n)));
        assert_eq!(waiting.dropped(now), Some(3));
        (0..2).for_each(|n| waiting.push(event(n)));
        assert_eq!(waiting.dropped(now), None);
        assert_eq!(waiting.dropped(now + SAID_EVERY), Some(2));
    }
}
