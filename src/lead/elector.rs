//! Does what [`evaluate`] says about the Lease: reads it, watches it, writes it.

use std::{pin::Pin, sync::Arc, time::Duration};

use futures::{Stream, StreamExt};
use k8s_openapi::api::coordination::v1::Lease as KubeLease;
use kube::{
    Api, Client,
    api::{ObjectMeta, PostParams},
    runtime::{WatchStreamExt, watcher},
};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};

use super::{
    Leadership, Role,
    evaluate::{Todo, evaluate},
    known::Known,
    lease::{Intent, Lease},
};
use crate::{
    clock::Clock,
    execute::{Permit, PermitHolder, Standing, chain},
};

/// Between two tries after one that failed.
const AGAIN: Duration = Duration::from_secs(1);
/// The longest wait for an answer about the Lease, in parts of its duration: other tries must fit into what is certain.
const ANSWERS: u32 = 6;
/// How long the end of the process waits for the Lease to be given back.
const RESIGN: Duration = Duration::from_secs(4);

/// Where the Lease is, and who asks for it.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its namespace: the operator's.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The name of this process's pod.
    pub identity: String,
    /// How long it is held without being renewed.
    pub duration: Duration,
}

/// What the rest of the process has of the election.
pub struct Seat {
    /// The permit to write.
    pub permit: Permit,
    /// Who leads.
    pub leadership: watch::Receiver<Leadership>,
    pub(crate) resign: Option<oneshot::Sender<()>>,
    pub(crate) elector: Option<JoinHandle<()>>,
}

impl Seat {
    /// Of a process that nobody stands beside.
    pub fn alone() -> Self {
        Self { permit: Permit::always(), leadership: Leadership::alone(), resign: None, elector: None }
    }
    /// Gives the Lease back, so that another leads at once. Only when nothing that was sent is still under way.
    pub async fn resign(self) {
        let told = self.resign.and_then(|resign| resign.send(()).ok());
        if let (Some(()), Some(elector)) = (told, self.elector) {
            // Not given back, it ends by itself.
            let _ = timeout(RESIGN, elector).await;
        }
    }
}

/// Stands for election, until it resigns.
pub struct Elector {
    leases: Api<KubeLease>,
    watched: Pin<Box<dyn Stream<Item = watcher::Result<Option<KubeLease>>> + Send>>,
    place: Place,
    clock: Arc<dyn Clock>,
    known: Known,
    /// As it was seen last, with what is not of the election, which is written back as it was.
    object: KubeLease,
    permit: PermitHolder,
    leadership: watch::Sender<Leadership>,
    /// The last error, said once.
    trouble: Option<String>,
}

impl Elector {
    /// Begins. `reader` watches, `writer` sends nothing twice by itself.
    pub fn begin(place: Place, reader: Client, writer: Client, clock: Arc<dyn Clock>) -> Seat {
        let (holder, permit) = PermitHolder::new();
        let (sender, leadership) = watch::channel(Leadership::default());
        let (resign, resigned) = oneshot::channel();
        let watched = watcher::watch_object(Api::namespaced(reader, &place.namespace), &place.name);
        let elector = Self {
            leases: Api::namespaced(writer, &place.namespace),
            watched: watched.default_backoff().boxed(),
            known: Known::new(place.identity.clone(), place.duration),
            place,
            clock,
            object: KubeLease::default(),
            permit: holder,
            leadership: sender,
            trouble: None,
        };
        let elector = tokio::spawn(elector.run(resigned));
        Seat { permit, leadership, resign: Some(resign), elector: Some(elector) }
    }

    async fn run(mut self, resigned: oneshot::Receiver<()>) {
        let mut resigned = std::pin::pin!(async move {
            // Whoever is dropped without a word has not resigned: what it sent may be under way.
            if resigned.await.is_err() {
                std::future::pending::<()>().await;
            }
        });
        loop {
            let next = self.turn().await;
            tokio::select! {
                () = &mut resigned => return self.give_back().await,
                Some(seen) = self.watched.next() => self.watched(seen),
                () = sleep_until(next) => {}
            }
        }
    }

    /// Decides, and does what follows; when to decide again.
    async fn turn(&mut self) -> Instant {
        let now = Instant::now();
        let verdict = evaluate(&self.known, now.into());
        self.tell(verdict.standing, matches!(verdict.todo, Todo::Write(_)));
        let done = match verdict.todo {
            Todo::Wait(until) => return verdict.standing.until().map_or(until, |end| end.min(until)).into(),
            Todo::Read => self.read().await,
            Todo::Write(intent) => self.write(intent).await,
        };
        let failed = done.is_err();
        // That it can be read says nothing of whether it can be written.
        if failed || verdict.todo != Todo::Read || self.trouble.as_ref().is_some_and(|trouble| trouble.starts_with("read")) {
            self.say(done.err());
        }
        if failed { Instant::now() + AGAIN.min(self.place.duration / 15) } else { Instant::now() }
    }

    /// Tells the rest of the process. Who stops is told to stop first, and who begins reads anew before it may write.
    fn tell(&self, standing: Standing, writes: bool) {
        let leads = standing != Standing::Revoked;
        if !leads {
            self.permit.set(standing);
        }
        self.leadership.send_if_modified(|known| {
            let new = self.seen(known, leads, writes);
            let changed = *known != new;
            if known.role != new.role {
                tracing::info!(lease = self.place.name, role = ?new.role, leader = new.leader, term = new.term, "leadership");
            }
            *known = new;
            changed
        });
        if leads {
            self.permit.set(standing);
        }
    }

    fn seen(&self, before: &Leadership, leads: bool, writes: bool) -> Leadership {
        // Who is about to take it is no standby yet: everything would be listed twice.
        let undecided = before.role == Role::Candidate && (writes || !self.known.is_known());
        let role = match leads {
            true => Role::Leader,
            false if undecided => Role::Candidate,
            false => Role::Standby,
        };
        let lease = self.known.lease();
        Leadership {
            role,
            term: before.term + u64::from(leads && before.role != Role::Leader),
            leader: lease.and_then(|lease| lease.holder.clone()),
            since: lease.and_then(|lease| lease.acquired),
            fails: self.trouble.is_some(),
        }
    }

    async fn read(&mut self) -> Result<(), String> {
        let lease = answer(self.patience(), self.leases.get_opt(&self.place.name))
            .await
            .map_err(|error| format!("read: {}", error.text))?;
        self.known.read(lease.as_ref().map(Lease::of), Instant::now().into());
        self.object = lease.unwrap_or_default();
        Ok(())
    }

    async fn write(&mut self, intent: Intent) -> Result<(), String> {
        let known = self.known.lease().cloned().unwrap_or_default();
        let lease = known.written(intent, &self.place.identity, self.place.duration, self.clock.machine());
        let asked = Instant::now();
        match answer(self.patience(), send(&self.leases, &self.place.name, intent, &lease, self.object.clone())).await {
            Ok(lease) => {
                self.known.wrote(Lease::of(&lease), asked.into());
                self.object = lease;
            }
            Err(error) => {
                self.known.doubt();
                // Another one was there first: it is read, and that is all. No namespace to make it in is another matter.
                if !error.lost || intent == Intent::Create && error.missing {
                    return Err(format!("{intent:?}: {}", error.text));
                }
            }
        }
        Ok(())
    }

    fn watched(&mut self, seen: watcher::Result<Option<KubeLease>>) {
        match seen {
            Ok(lease) => {
                self.known.watched(lease.as_ref().map(Lease::of), Instant::now().into());
                let version = self.known.lease().map(|lease| lease.version.as_str());
                self.object = lease
                    .filter(|lease| lease.metadata.resource_version.as_deref() == version)
                    .unwrap_or_else(|| self.object.clone());
            }
            // Whatever it does not show is found by the write that it would have spared.
            Err(error) => tracing::debug!(lease = self.place.name, %error, "the watch of the Lease fails"),
        }
    }

    fn patience(&self) -> Duration {
        self.place.duration / ANSWERS
    }

    async fn give_back(mut self) {
        self.permit.set(Standing::Revoked);
        let holds = self.known.lease().is_some_and(|lease| lease.holder.as_ref() == Some(&self.place.identity));
        if holds && let Err(error) = self.write(Intent::GiveBack).await {
            tracing::warn!(lease = self.place.name, error, "the Lease was not given back; it ends by itself");
        }
    }

    /// An error is said when it is another one, and when it is over.
    fn say(&mut self, error: Option<String>) {
        match &error {
            Some(error) if self.trouble.as_ref() != Some(error) => {
                tracing::warn!(
                    lease = self.place.name,
                    namespace = self.place.namespace,
                    error,
                    "the Lease cannot be had; tried again"
                );
            }
            None if self.trouble.is_some() => tracing::info!(lease = self.place.name, "the Lease can be had again"),
            _ => {}
        }
        self.trouble = error;
    }
}

/// On what was seen, and only on that: whoever changed the Lease meanwhile wins.
async fn send(leases: &Api<KubeLease>, name: &str, intent: Intent, lease: &Lease, object: KubeLease) -> kube::Result<KubeLease> {
    if intent == Intent::Create {
        let metadata = ObjectMeta { name: Some(name.into()), ..ObjectMeta::default() };
        return leases.create(&PostParams::default(), &KubeLease { metadata, spec: Some(lease.spec()) }).await;
    }
    let metadata = ObjectMeta { resource_version: Some(lease.version.clone()), ..object.metadata };
    leases.replace(name, &PostParams::default(), &KubeLease { metadata, spec: Some(lease.spec()) }).await
}

/// Why a request about the Lease came to nothing.
struct Failure {
    text: String,
    /// It was written by another meanwhile, or is gone, or is there already.
    lost: bool,
    missing: bool,
}

async fn answer<T>(within: Duration, request: impl Future<Output = kube::Result<T>>) -> Result<T, Failure> {
    let none = |_| Failure { text: "no answer".into(), lost: false, missing: false };
    let answer = timeout(within, request).await.map_err(none)?;
    answer.map_err(|error| Failure {
        lost: matches!(&error, kube::Error::Api(status) if [404, 409].contains(&status.code)),
        missing: matches!(&error, kube::Error::Api(status) if status.code == 404),
        text: chain(&error),
    })
}

#[cfg(test)]
#[path = "elector_tests.rs"]
mod tests;
