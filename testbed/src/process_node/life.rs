//! One pod's life: volumes, init containers in their order, containers, the end, and the word to the API server.

use std::collections::BTreeMap;
use std::fs;
use std::future::pending;
use std::path::PathBuf;
use std::time::Duration;

use futures::future::select_all;
use k8s_openapi::api::core::v1::{Container as Wanted, Pod, PodSpec};
use kube::ResourceExt;
use rustix::mount::{UnmountFlags, unmount};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::container::Container;
use super::node::{Node, now};
use super::plan::{message, spec_of};
use super::status::{Seen, State, Story, Verdict};
use super::volumes::{self, Made};
use super::word::{AGAIN, Word};
use super::{environment, limits, namespaces};

/// What was asked of a pod: its end, within this grace.
pub type Order = Option<Duration>;

/// A pod that lives here.
pub struct Life {
    node: Node,
    pod: Pod,
    spec: PodSpec,
    folder: PathBuf,
    orders: watch::Receiver<Order>,
    story: Story,
    word: Word,
    /// When what still runs is killed.
    kill_at: Option<Instant>,
    deadline: Option<Instant>,
}

/// A container that runs, and its place in the story.
struct Running {
    init: bool,
    index: usize,
    container: Container,
}

impl Life {
    pub fn new(node: Node, pod: Pod, orders: watch::Receiver<Order>) -> Self {
        let spec = pod.spec.clone().unwrap_or_default();
        let seconds = spec.active_deadline_seconds.and_then(|seconds| seconds.try_into().ok());
        let deadline = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
        let (folder, story, word) =
            (node.place.pod(&pod.uid().unwrap_or_default()), Story::new(&pod, now()), Word::new(node.client.clone(), &pod));
        Self { node, pod, spec, folder, orders, story, word, kill_at: None, deadline }
    }

    /// From the first sight to the last word.
    pub async fn live(mut self) {
        if !matches!(phase(&self.pod), "Succeeded" | "Failed") {
            if let Err(verdict) = self.run().await {
                self.story.verdict = Some(verdict);
            }
            self.word.tell(&self.story).await;
        }
        self.clean_up();
        ordered(&mut self.orders).await;
        self.word.bury().await;
    }

    async fn run(&mut self) -> Result<(), Verdict> {
        if self.pod.status.as_ref().is_some_and(|status| status.start_time.is_some()) {
            return Err(Verdict::new("NodeLost", "the node was started anew, and what ran before is gone"));
        }
        if let Some(why) = limits::refused(&self.pod) {
            return Err(Verdict::new("NotForProcessNode", why));
        }
        self.word.tell(&self.story).await; // before anything runs: a node that is started anew must know that it did
        fs::create_dir_all(&self.folder).map_err(anyhow::Error::from)?;
        let network = self.folder.join("net");
        if self.spec.host_network != Some(true) {
            namespaces::network(&network)?;
        }
        let volumes = self.volumes().await?;
        for (index, wanted) in self.spec.init_containers.clone().unwrap_or_default().iter().enumerate() {
            let running = self.start(true, index, wanted, &volumes).await?;
            self.follow(vec![running]).await?;
            if self.story.phase() == "Failed" {
                return Ok(());
            }
        }
        let mut running = vec![];
        for (index, wanted) in self.spec.containers.clone().iter().enumerate() {
            running.push(self.start(false, index, wanted, &volumes).await?);
        }
        self.follow(running).await
    }

    /// What a volume needs may come later, as with a kubelet.
    async fn volumes(&mut self) -> Result<BTreeMap<String, Made>, Verdict> {
        loop {
            match volumes::make(&self.node, &self.pod, &self.folder.join("volumes")).await {
                Ok(made) => return Ok(made),
                Err(error) => self.wait_again("ContainerCreating", &format!("{error:#}")).await?,
            }
        }
    }

    async fn start(
        &mut self,
        init: bool,
        index: usize,
        wanted: &Wanted,
        volumes: &BTreeMap<String, Made>,
    ) -> Result<Running, Verdict> {
        let environment = loop {
            match environment::of(&self.node, &self.pod, wanted).await {
                Ok(all) => break all,
                Err(error) => self.wait_again("CreateContainerConfigError", &format!("{error:#}")).await?,
            }
        };
        let folder = self.folder.join(&wanted.name);
        let spec = spec_of(&self.spec, wanted, environment, volumes, (&folder, self.node.place.root()))?;
        let network = (self.spec.host_network != Some(true)).then(|| self.folder.join("net"));
        let container = Container::start(&spec, network.as_deref(), &self.log(&wanted.name))?;
        self.seen(init, index).state = State::Running { since: now() };
        Ok(Running { init, index, container })
    }

    /// Says why nothing begins yet, and waits a moment; a pod that is to end ends.
    async fn wait_again(&mut self, reason: &'static str, message: &str) -> Result<(), Verdict> {
        self.story.waits(reason, message);
        self.word.tell(&self.story).await;
        tokio::select! {
            _ = ordered(&mut self.orders) => Err(Verdict::new("Terminated", "it was deleted before it ran")),
            () = until(self.deadline) => Err(deadline_exceeded()),
            () = sleep(AGAIN) => Ok(()),
        }
    }

    /// Until all of them have ended.
    async fn follow(&mut self, mut running: Vec<Running>) -> Result<(), Verdict> {
        let mut verdict = None;
        self.word.tell(&self.story).await;
        while !running.is_empty() {
            tokio::select! {
                (place, code) = first_end(&mut running) => {
                    let ended = running.remove(place);
                    self.note_end(&ended, code);
                    self.word.tell(&self.story).await;
                }
                grace = next_order(&mut self.orders) => self.end(&running, grace),
                () = until(self.deadline) => {
                    self.deadline = None;
                    verdict = Some(deadline_exceeded());
                    self.end(&running, self.grace());
                }
                () = until(self.kill_at) => {
                    self.kill_at = Some(Instant::now() + AGAIN);
                    for one in &mut running {
                        one.container.kill();
                    }
                }
            }
        }
        let early = self.story.phase() == "Pending" && self.kill_at.is_some();
        let terminated = || Verdict::new("Terminated", "it was deleted before all of it ran");
        verdict.or_else(|| early.then(terminated)).map_or(Ok(()), Err)
    }

    fn end(&mut self, running: &[Running], grace: Duration) {
        let at = Instant::now() + grace;
        self.kill_at = Some(self.kill_at.map_or(at, |earlier| earlier.min(at)));
        for one in running {
            one.container.terminate();
        }
    }

    fn grace(&self) -> Duration {
        Duration::from_secs(self.spec.termination_grace_period_seconds.and_then(|seconds| seconds.try_into().ok()).unwrap_or(30))
    }

    fn seen(&mut self, init: bool, index: usize) -> &mut Seen {
        if init { &mut self.story.init[index] } else { &mut self.story.containers[index] }
    }

    fn note_end(&mut self, ended: &Running, exit_code: i32) {
        let spec = if ended.init { self.spec.init_containers.as_deref().unwrap_or_default() } else { &self.spec.containers };
        let wanted = &spec[ended.index];
        let message = message(wanted, exit_code, &self.folder.join(&wanted.name), &self.log(&wanted.name));
        let seen = self.seen(ended.init, ended.index);
        let started = if let State::Running { since } = seen.state { since } else { now() };
        seen.state = State::Ended { exit_code, message, started, finished: now() };
    }

    fn log(&self, container: &str) -> PathBuf {
        self.node.place.log(&self.pod.namespace().unwrap_or_default(), &self.pod.name_any(), container)
    }

    /// Logs and claims stay.
    fn clean_up(&self) {
        let _ = unmount(self.folder.join("net"), UnmountFlags::DETACH);
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Ends when the pod is to end, or was. Never when only the node ends.
async fn ordered(orders: &mut watch::Receiver<Order>) -> Duration {
    let order = orders.wait_for(Option::is_some).await.ok().and_then(|order| *order);
    match order {
        Some(grace) => grace,
        None => pending().await,
    }
}

/// An order that was not heard before: an end may be asked for again, with less grace.
async fn next_order(orders: &mut watch::Receiver<Order>) -> Duration {
    while orders.changed().await.is_ok() {
        if let Some(grace) = *orders.borrow_and_update() {
            return grace;
        }
    }
    pending().await
}

async fn first_end(running: &mut [Running]) -> (usize, i32) {
    let ends = running.iter_mut().map(|one| Box::pin(one.container.ended()));
    let (code, place, _) = select_all(ends).await;
    (place, code)
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => pending().await,
    }
}

fn deadline_exceeded() -> Verdict {
    Verdict::new("DeadlineExceeded", "Pod was active on the node longer than the specified deadline")
}

fn phase(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}
