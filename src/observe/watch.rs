//! The watch streams.

use std::{pin::pin, sync::Arc};

use futures::{FutureExt, StreamExt};
use jiff::{SignedDuration, Timestamp};
use kube::{
    Api, Client,
    runtime::watcher::{Event, watcher},
};
use tokio::sync::{
    mpsc::{Sender, error::SendError},
    watch,
};

use super::{
    Observation,
    life::Life,
    slim::{DaemonSets, Deployments, Jobs, Kind, Products, Releases, Slim, StatefulSets, Templates, Tenants, Trials, Windows},
    stamps,
    stream::config,
    trouble::Trouble,
};
use crate::{
    clock::Clock,
    lead::{Leadership, Role},
};

/// Watches everything that a rule reads, and tells it, until nobody listens. Errors are waited out.
///
/// `client` is the one of [`super::client`] over the same `life`; `policy` names the policies that stamp opt-outs. Whenever this process
/// becomes the leader every kind is listed anew: a watch may lack what the leader before it did last.
pub async fn run(
    client: Client,
    clock: Arc<dyn Clock>,
    life: Arc<Life>,
    policy: &str,
    mut leadership: watch::Receiver<Leadership>,
    tx: Sender<Observation>,
) {
    let out = Out { client, clock, life, tx: tx.clone() };
    // A first list before that would be read a second time by whoever leads from its start on.
    if leadership.wait_for(|known| known.role != Role::Candidate).await.is_err() {
        return;
    }
    loop {
        let term = leadership.borrow_and_update().term;
        if tx.send(Observation::Term(term)).await.is_err() {
            return;
        }
        // Whoever waits for an event would not notice that nobody listens any more.
        tokio::select! {
            () = tx.closed() => return,
            () = out.follow_all(policy) => return,
            () = another_term(&mut leadership, term) => {}
        }
    }
}

async fn another_term(leadership: &mut watch::Receiver<Leadership>, term: u64) {
    if leadership.wait_for(|known| known.term != term).await.is_err() {
        std::future::pending::<()>().await; // nobody elects any more
    }
}

struct Out {
    client: Client,
    clock: Arc<dyn Clock>,
    life: Arc<Life>,
    tx: Sender<Observation>,
}

type Sent = Result<(), SendError<Observation>>;

impl Out {
    async fn follow_all(&self, policy: &str) {
        let _: (Sent, Sent, Sent, Sent, Sent, Sent, Sent, Sent, Sent, Sent, _) = tokio::join!(
            self.follow::<Releases>().boxed(),
            self.follow::<Windows>().boxed(),
            self.follow::<Products>().boxed(),
            self.follow::<Tenants>().boxed(),
            self.follow::<Trials>().boxed(),
            self.follow::<Deployments>().boxed(),
            self.follow::<StatefulSets>().boxed(),
            self.follow::<DaemonSets>().boxed(),
            self.follow::<Templates>().boxed(),
            self.follow::<Jobs>().boxed(),
            stamps::follow(&self.client, policy, &self.tx).boxed(),
        );
    }

    /// Follows one kind.
    async fn follow<K: Kind>(&self) -> Sent {
        let mut events = pin!(watcher(Api::<Slim<K>>::all(self.client.clone()), config(K::LABEL)));
        let mut trouble = Trouble::new(format!("watch {}", K::NAMES[3]));
        let mut listing_since = self.clock.now();
        // One of a watch before this one says nothing of what this one has shown.
        let _ = self.life.bookmark(K::VIEW).now_or_never();
        loop {
            tokio::select! {
                // A bookmark is older than what comes after it.
                biased;
                age = self.life.bookmark(K::VIEW) => self.tx.send(Observation::Current(K::VIEW, self.ago(age))).await?,
                event = events.next() => match event {
                    Some(Ok(event)) => self.tell::<K>(event, &mut trouble, &mut listing_since).await?,
                    Some(Err(error)) => tokio::time::sleep(trouble.pause(&error)).await,
                    None => return Ok(()),
                },
            }
        }
    }

    async fn tell<K: Kind>(&self, event: Event<Slim<K>>, trouble: &mut Trouble, listing_since: &mut Timestamp) -> Sent {
        // Init comes before the list is asked for: it says nothing of whether that works.
        if !matches!(event, Event::Init) {
            trouble.over();
        }
        match event {
            Event::Init => {
                *listing_since = self.clock.now();
                self.tx.send(Observation::Listing(K::VIEW)).await
            }
            Event::InitApply(object) | Event::Apply(object) => self.tell_object(&object).await,
            Event::Delete(object) => self.tx.send(object.gone()).await,
            Event::InitDone => {
                self.tx.send(Observation::Listed(K::VIEW)).await?;
                self.tx.send(Observation::Current(K::VIEW, *listing_since)).await
            }
        }
    }

    async fn tell_object<K: Kind>(&self, object: &Slim<K>) -> Sent {
        match object.read(&*self.clock, self.clock.now()) {
            Ok(observation) => self.tx.send(observation).await,
            Err(error) => {
                tracing::error!(operation = "read object", %error, "is left out");
                Ok(())
            }
        }
    }

    fn ago(&self, age: std::time::Duration) -> Timestamp {
        let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
        self.clock.now().checked_sub(age).unwrap_or(Timestamp::MIN)
    }
}
