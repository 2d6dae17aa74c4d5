//! The raw loop: PATCH the image, wait until the workload is rolled out, go on with the next. One watch, so many in flight.
//!
//! Nothing that upgrades a fleet can be faster for long: it leaves out whatever else an upgrade needs.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, pin_mut};
use kube::api::{Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client, ResourceExt};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Kind, Workload, is_current, resource};
use crate::bench::machine;

/// What to roll out.
#[derive(Debug, Serialize, Deserialize)]
pub struct Job {
    pub kubeconfig: PathBuf,
    pub kind: Kind,
    /// Of the workloads that are meant.
    pub label: String,
    /// So many there must be.
    pub workloads: usize,
    pub image: String,
    pub in_flight: usize,
}

/// How long it took.
#[derive(Debug, Serialize, Deserialize)]
pub struct Rolled {
    pub seconds: f64,
    pub peak_mib: f64,
}

/// What it prints when it knows its workloads. Then it waits for a line on stdin.
pub const READY: &str = "ready";

/// Prints how long it took, as JSON.
pub async fn run(job: &Job) -> Result<()> {
    let kubeconfig = Kubeconfig::read_from(&job.kubeconfig).context("reading the kubeconfig")?;
    let mut config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    config.default_retry = false; // as Uplift's writer: nothing is sent twice by itself
    config.proxy_url = None; // a proxy of the machine's is not for loopback
    let client = Client::try_from(config).context("making a client")?;
    let mut roll = Roll { job, client, waiting: vec![], open: BTreeSet::new(), sending: JoinSet::new() };
    let seconds = roll.all().await?;
    let rolled = Rolled { seconds, peak_mib: machine::peak_mib(std::process::id())? };
    println!("{}", serde_json::to_string(&rolled)?);
    Ok(())
}

struct Roll<'a> {
    job: &'a Job,
    client: Client,
    /// Namespace and name, the next one last.
    waiting: Vec<(String, String)>,
    open: BTreeSet<(String, String)>,
    sending: JoinSet<Result<()>>,
}

impl Roll<'_> {
    async fn all(&mut self) -> Result<f64> {
        let watched = Api::<Workload>::all_with(self.client.clone(), &resource(self.job.kind));
        let events = watcher(watched, watcher::Config::default().labels(&self.job.label));
        pin_mut!(events);
        let mut begun = None;
        loop {
            tokio::select! {
                event = events.next() => match event.context("the watch ended")?.context("watching the workloads")? {
                    Event::InitApply(workload) if begun.is_none() => self.waiting.push(key(&workload)),
                    Event::InitDone if begun.is_none() => {
                        ensure!(self.waiting.len() == self.job.workloads, "there are {} workloads", self.waiting.len());
                        wait_for_the_word()?;
                        begun = Some(Instant::now());
                    }
                    // A watch that broke lists again.
                    Event::Apply(workload) | Event::InitApply(workload) if self.is_done(&workload) => _ = self.open.remove(&key(&workload)),
                    _ => {}
                },
                Some(sent) = self.sending.join_next() => sent??,
            }
            let Some(begun) = begun else { continue };
            self.send();
            if self.open.is_empty() && self.waiting.is_empty() {
                return Ok(begun.elapsed().as_secs_f64());
            }
        }
    }

    fn send(&mut self) {
        while self.open.len() < self.job.in_flight
            && let Some((namespace, name)) = self.waiting.pop()
        {
            self.open.insert((namespace.clone(), name.clone()));
            let api = Api::<Workload>::namespaced_with(self.client.clone(), &namespace, &resource(self.job.kind));
            let patch = self.patch();
            self.sending.spawn(async move {
                let params = PatchParams { field_manager: Some("raw".into()), ..PatchParams::default() };
                api.patch(&name, &params, &patch).await.with_context(|| format!("patching {namespace}/{name}"))?;
                Ok(())
            });
        }
    }

    /// A custom kind knows no strategic merge; a list of one container is the same in both.
    fn patch(&self) -> Patch<Value> {
        let containers = json!([{"name": "dashboard", "image": self.job.image}]);
        let body = json!({"spec": {"template": {"spec": {"containers": containers}}}});
        match self.job.kind {
            Kind::Deployment => Patch::Strategic(body),
            Kind::Rollout => Patch::Merge(body),
        }
    }

    /// As `kubectl rollout status` and Uplift see it: the spec observed, every pod updated and available, none of the old left.
    fn is_done(&self, workload: &Workload) -> bool {
        let wanted = workload.spec.replicas.unwrap_or(1);
        let new = workload.spec.template.spec.containers.iter().all(|container| container.image == self.job.image);
        let count = |status: &super::Status| [status.replicas, status.updated_replicas, status.available_replicas];
        new && is_current(workload) && workload.status.as_ref().map(count) == Some([wanted; 3])
    }
}

/// Nothing else is to do meanwhile, so it may block.
fn wait_for_the_word() -> Result<()> {
    println!("{READY}");
    std::io::stdin().read_line(&mut String::new()).context("waiting for the word to go")?;
    Ok(())
}

fn key(workload: &Workload) -> (String, String) {
    (workload.namespace().unwrap_or_default(), workload.name_any())
}
