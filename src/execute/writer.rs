//! Sends one write, waits for its answer within a deadline, and reads the object again where the answer does not say how it stands.

use std::time::Duration;

use http::Request as HttpRequest;
use kube::Client;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{
    backoff::Steps,
    job,
    outcome::{Denial, Outcome, Seen, chain, names_an_object},
    permit::Permit,
    pods, request,
};
use crate::{
    fleet::{JobKey, ObjectKey, WorkloadKey},
    plan::{Change, Write},
};

/// The longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// The longest wait for the answer to a read.
const READ: Duration = Duration::from_secs(10);
/// The longest wait for what the pods of a workload say: a failure waits for it, and what follows from the failure.
const WHY: Duration = Duration::from_secs(5);
/// Between tries of a read.
const READ_AGAIN: Steps = Steps { first: Duration::from_millis(200), last: Duration::from_secs(15) };

/// So long after it was sent a write may still be committed that is not answered. The API server gives up [`request::GIVE_UP`]
/// after it got the request; the rest is for what is on its way to etcd by then.
const DOUBT: Duration = Duration::from_secs(10);
/// A server that stood still takes up reads and writes together when it goes on: an object must stay as it was for so long.
const STILL: Duration = Duration::from_secs(2);

/// The writer cannot work.
#[derive(Debug, thiserror::Error)]
pub enum WriterError {
    /// No client could be made of the configuration.
    #[error("make the client for writes")]
    Client(#[source] kube::Error),
}

/// Sends writes by a client of its own: nothing is ever sent twice by itself.
#[derive(Clone)]
pub struct Writer {
    client: Client,
}

/// A write that is not under way any more.
#[derive(Debug)]
pub struct Settled {
    /// The write.
    pub write: Write,
    /// What became of it.
    pub outcome: Outcome,
    /// The object as it was read after an outcome that does not say how it stands.
    pub read: Option<Seen>,
}

impl Settled {
    /// Whether the write is known to be committed: by its answer, or because the object shows it.
    pub fn committed(&self) -> bool {
        match (&self.outcome, &self.read) {
            (Outcome::Committed(_), _) => true,
            (Outcome::Unknown(_), Some(Seen::Present(text))) => request::shows(&self.write, text),
            _ => false,
        }
    }
}

impl Writer {
    /// A writer to this API server.
    pub fn new(mut config: kube::Config) -> Result<Self, WriterError> {
        config.default_retry = false; // kube's own retries would send a write up to 15 times
        config.connect_timeout = Some(CONNECT);
        Client::try_from(config).map(Self::by).map_err(WriterError::Client)
    }

    /// A writer by this client, which must send nothing twice.
    pub fn by(client: Client) -> Self {
        Self { client }
    }

    /// The client that sends nothing twice.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Sends a write under the permit, and does not end before it is known how the object stands.
    pub async fn settle(&self, write: Write, permit: Permit) -> Settled {
        if let Change::ReadJob { job, .. } = &write.change {
            let outcome = self.read_job(job).await;
            return Settled { write, outcome, read: None };
        }
        if let Change::AskJob { .. } = &write.change {
            let outcome = job::asked(self.send(&write, &permit).await);
            return Settled { write, outcome, read: None };
        }
        if let Change::ReadPods { workload, .. } = &write.change {
            let outcome = self.read_pods(workload).await;
            return Settled { write, outcome, read: None };
        }
        let sent = Instant::now();
        let outcome = match self.send(&write, &permit).await {
            Outcome::Committed(text) if !request::shows(&write, &text) => Outcome::Altered(text),
            outcome => outcome,
        };
        let read = match &outcome {
            Outcome::Unknown(_) if request::must_not_come_late(&write) => Some(self.read_until_certain(&write, sent).await),
            outcome if outcome.needs_reading() => Some(self.read_until_answered(&write.object()).await),
            _ => None,
        };
        let (outcome, read) = job::settled(&write, outcome, read);
        Settled { write, outcome, read }
    }

    /// Sends a write under the permit. Without it nothing is sent; when it is taken away the outcome is unknown.
    pub async fn send(&self, write: &Write, permit: &Permit) -> Outcome {
        let request = match self.request(write).await {
            Ok(request) => request,
            Err(outcome) => return outcome,
        };
        // Only now: what it is made of may have been read first.
        let Some(deadline) = permit.deadline(Instant::now().into()) else {
            return Outcome::NotSent("the permit to write was taken away".into());
        };
        tokio::select! {
            answer = timeout_at(deadline.into(), self.client.request_text(request)) => {
                answer.map_or_else(|_| Outcome::Unknown("no answer within the deadline".into()), Outcome::of)
            }
            () = permit.revoked() => Outcome::Unknown("the permit to write was taken away before the answer came".into()),
        }
    }

    async fn request(&self, write: &Write) -> Result<HttpRequest<Vec<u8>>, Outcome> {
        match &write.change {
            Change::Job { job, new } | Change::AskJob { job, new, .. } => {
                match self.get(unsendable(request::read(&job::template(job, new)))?).await? {
                    Seen::Present(text) => job::request(job, new, &text, matches!(write.change, Change::AskJob { .. })),
                    Seen::Absent => Err(Outcome::Conflict("what it is made from is gone".into())),
                }
            }
            _ => unsendable(request::write(write)),
        }
    }

    /// Reads a Job, then its pods: a pod that is seen to have ended has ended for good.
    async fn read_job(&self, key: &JobKey) -> Outcome {
        let read = async {
            let job = self.get(unsendable(request::read(&ObjectKey::Job(key.clone())))?).await?;
            Ok((job, self.get(unsendable(job::pods(key))?).await?))
        };
        let (job, pods) = match read.await {
            Ok((job, Seen::Present(pods))) => (job, pods),
            Ok((_, Seen::Absent)) => return Outcome::NotSent("pods cannot be listed".into()),
            Err(outcome) => return outcome,
        };
        match job {
            _ if job::run(&pods) => Outcome::NotYet("a pod of it is left running".into()),
            Seen::Present(job) => Outcome::JobRead(Some(job), pods),
            Seen::Absent => Outcome::JobRead(None, pods),
        }
    }

    /// Reads a workload for its selector, then its pods. One try: whatever goes wrong is the answer.
    async fn read_pods(&self, workload: &WorkloadKey) -> Outcome {
        let late = format!("the API server gave no answer within {} s", WHY.as_secs());
        let mut seen = None;
        let Ok(read) = timeout(WHY, self.pods_of(workload, &mut seen)).await else {
            // Nothing fails by a deadline before the workload was seen as it is now.
            return if seen.is_none() { Outcome::NotSent(late) } else { Outcome::PodsRead(seen, Err(Denial::of_request(late))) };
        };
        match read {
            // Nobody can be told of the failure before the API server is back: it is asked then.
            Err(not @ (Outcome::NotSent(_) | Outcome::Gone)) => not,
            read => Outcome::PodsRead(seen, read.map_err(Outcome::denial)),
        }
    }

    /// Leaves the workload in `seen`: it counts whatever becomes of the list.
    async fn pods_of(&self, workload: &WorkloadKey, seen: &mut Option<String>) -> Result<String, Outcome> {
        let object = ObjectKey::Workload(workload.clone());
        let Seen::Present(text) = self.get(unsendable(request::read(&object))?).await? else {
            return Err(Outcome::Gone);
        };
        let list = pods::list(workload, seen.insert(text));
        match self.get(list.map_err(Outcome::Refused)?).await? {
            Seen::Present(pods) => Ok(pods),
            Seen::Absent => Err(refused("pods cannot be listed".into())),
        }
    }

    /// What a read answers; an error is what becomes of a write that waits for it.
    pub(super) async fn get(&self, request: HttpRequest<Vec<u8>>) -> Result<Seen, Outcome> {
        match timeout(READ, self.client.request_text(request)).await {
            Ok(Ok(text)) => Ok(Seen::Present(text)),
            Ok(Err(kube::Error::Api(status))) if status.code == 404 && names_an_object(&status) => Ok(Seen::Absent),
            // Nothing was written, so nothing is in doubt.
            Ok(Err(error)) => Err(match Outcome::of(Err(error)) {
                Outcome::Unknown(error) => Outcome::NotSent(error),
                outcome => outcome,
            }),
            Err(_) => Err(Outcome::NotSent("no answer within the deadline".into())),
        }
    }

    /// Reads an object, again and again until the API server says how it stands.
    pub async fn read_until_answered(&self, object: &ObjectKey) -> Seen {
        let mut failures = 0;
        loop {
            match self.read(object).await {
                Ok(seen) => return seen,
                Err(error) => tracing::warn!(%object, error, "could not read the object after a write; trying again"),
            }
            failures += 1;
            sleep(READ_AGAIN.wait(failures, rand::random())).await;
        }
    }

    /// Reads the object of a write without an answer until it has moved on, which the write cannot survive, or has stood still
    /// for longer than the write may take.
    async fn read_until_certain(&self, write: &Write, sent: Instant) -> Seen {
        let mut looks = 0;
        let mut certain = sent + DOUBT;
        loop {
            let asked = Instant::now();
            let seen = self.read_until_answered(&write.object()).await;
            if asked >= certain && looks > 0 || !request::stands_still(write, &seen) {
                return seen;
            }
            if looks == 0 {
                certain = certain.max(Instant::now() + STILL);
            }
            looks += 1;
            sleep(READ_AGAIN.wait(looks, rand::random()).min(STILL)).await;
        }
    }

    async fn read(&self, object: &ObjectKey) -> Result<Seen, String> {
        let request = request::read(object).map_err(|e| chain(&e))?;
        self.get(request).await.map_err(Outcome::words)
    }
}

fn unsendable<T>(request: Result<T, request::Unsendable>) -> Result<T, Outcome> {
    request.map_err(|error| Outcome::Refused(Denial::of_request(chain(&error))))
}

fn refused(why: String) -> Outcome {
    Outcome::Refused(Denial::of_request(why))
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
