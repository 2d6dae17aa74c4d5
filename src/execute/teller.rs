//! Sends Events, as best it can: bounded, beside the writes and never before one.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kube::{Api, Client, api::PostParams};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use super::{Event, outcome::chain};

/// So many Events may wait; then the oldest go. A fleet of ten thousand in one night makes fewer in a minute.
const WAITING: usize = 4096;
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
    events: VecDeque<Event>,
    dropped: u64,
    sending: usize,
}

impl Waiting {
    fn push(&mut self, event: Event) {
        if self.events.len() == WAITING {
            self.events.pop_front();
            self.dropped += 1;
        }
        self.events.push_back(event);
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

    /// Sends what is in the line. Never ends.
    pub async fn run(&self, client: Client) {
        futures::future::join_all((0..AT_A_TIME).map(|_| self.work(&client))).await;
    }

    /// Whether all that was put in the line was sent, or given up.
    pub fn all_sent(&self) -> bool {
        let waiting = self.waiting();
        waiting.events.is_empty() && waiting.sending == 0
    }

    async fn work(&self, client: &Client) {
        loop {
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
        let dropped = std::mem::take(&mut waiting.dropped);
        let (event, left) = (waiting.events.pop_front(), waiting.events.len());
        waiting.sending += usize::from(event.is_some());
        drop(waiting);
        if dropped > 0 {
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
        assert_eq!((waiting.events.len(), waiting.dropped), (WAITING, 10));
        drop(waiting); // a second guard in one thread waits for ever
        assert_eq!(events.take().unwrap().note, "10");
    }
}
