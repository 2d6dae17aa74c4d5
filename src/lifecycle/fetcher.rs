//! Asks what is due: one question at a time for each host, few altogether, and none twice at once.

use std::{collections::BTreeMap, fmt, sync::Arc};

use jiff::Timestamp;
use tokio::task::{JoinError, JoinSet};
use url::Url;

use super::client::{Client, LifecycleError, Limits};
use crate::{
    api::address::canonical,
    clock::Clock,
    fleet::Tried,
    notify::address::{Lookup, SystemLookup},
    plan::Fetch,
};

/// So many questions are under way at most: an answer takes memory until it is read.
const MOST: usize = 4;

/// Asks the sources that a plan names, and nothing else.
///
/// The controller owns it, sets it after each plan, and takes its answers in as it takes those to writes: a question is under way until its
/// answer is a fact. So the next plan knows it, and nothing is asked twice.
pub struct Fetcher {
    client: Arc<Client>,
    clock: Arc<dyn Clock>,
    wanted: Vec<Fetch>,
    /// The host of each question that is under way, by product.
    busy: BTreeMap<String, String>,
    questions: JoinSet<(String, Tried)>,
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").field("wanted", &self.wanted).field("busy", &self.busy).finish_non_exhaustive()
    }
}

impl Fetcher {
    /// A fetcher that has nothing to ask yet. `hosts` are checked only: which of them may be asked the plan has judged.
    pub fn new(hosts: &[String], ca_pem: Option<&[u8]>, clock: Arc<dyn Clock>) -> Result<Self, LifecycleError> {
        Self::with(hosts, ca_pem, Limits::default(), Arc::new(SystemLookup), clock)
    }

    /// Like [`Self::new`], with other limits and another way to resolve names: for tests.
    pub fn with(
        hosts: &[String],
        ca_pem: Option<&[u8]>,
        limits: Limits,
        lookup: Arc<dyn Lookup>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, LifecycleError> {
        let client = Arc::new(Client::new(hosts, ca_pem, lookup, limits)?);
        Ok(Self { client, clock, wanted: vec![], busy: BTreeMap::new(), questions: JoinSet::new() })
    }

    /// What is due now, all of it. A question that is under way is never broken off.
    pub fn set(&mut self, fetches: Vec<Fetch>) {
        self.wanted = fetches;
        self.start();
    }

    /// What an earlier term as the leader wanted, and asked: another leader may know better by now.
    pub fn forget(&mut self) {
        self.wanted.clear();
        self.busy.clear();
        self.questions = JoinSet::new();
    }

    /// The next answer; none: nothing is under way.
    pub async fn next(&mut self) -> Option<Result<(String, Tried), JoinError>> {
        let answer = self.questions.join_next().await;
        self.end(answer)
    }

    /// An answer that has arrived.
    pub fn try_next(&mut self) -> Option<Result<(String, Tried), JoinError>> {
        let answer = self.questions.try_join_next();
        self.end(answer)
    }

    /// Whether nothing is under way.
    pub fn idle(&self) -> bool {
        self.questions.is_empty()
    }

    fn end(&mut self, answer: Option<Result<(String, Tried), JoinError>>) -> Option<Result<(String, Tried), JoinError>> {
        if let Some(Ok((product, _))) = &answer {
            self.busy.remove(product);
            // The next plan knows the answer, and says whether to ask again.
            self.wanted.retain(|fetch| fetch.product != *product);
            self.start();
        }
        answer
    }

    fn start(&mut self) {
        for fetch in std::mem::take(&mut self.wanted) {
            let host = host(&fetch.url);
            if self.busy.len() >= MOST || self.busy.contains_key(&fetch.product) || self.busy.values().any(|busy| *busy == host) {
                self.wanted.push(fetch);
                continue;
            }
            self.busy.insert(fetch.product.clone(), host);
            let (client, clock) = (Arc::clone(&self.client), Arc::clone(&self.clock));
            self.questions.spawn(async move {
                let reply = client.ask(&fetch, &*clock).await;
                let (Fetch { product, uid, url, .. }, now) = (fetch, clock.now());
                // As it stands in a status.
                let at = Timestamp::from_second(now.as_second()).unwrap_or(now);
                (product, Tried { uid, url, at, reply, failures: 0 })
            });
        }
    }
}

/// Without its port, as for notices: a machine is one on every port.
fn host(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| Some(canonical(&url.host()?))).unwrap_or_default()
}
