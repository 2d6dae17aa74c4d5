//! Which pods are here: each gets a task that lives its life, and hears of its deletion.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::time::Duration;

use anyhow::Result;
use futures::TryStreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::Api;
use kube::runtime::{WatchStreamExt, watcher, watcher::Event};
use tokio::sync::watch;

use super::NAME;
use super::life::{Life, Order};
use super::node::Node;

/// The pods of the node, by UID.
struct Pods {
    node: Node,
    lives: BTreeMap<String, watch::Sender<Order>>,
    /// Those of the list that is being read.
    listed: BTreeSet<String>,
}

/// Lets pods live until the node ends.
pub async fn watch(node: Node) -> Result<()> {
    let here = watcher::Config::default().fields(&format!("spec.nodeName={NAME}"));
    let mut events = pin!(watcher(Api::<Pod>::all(node.client.clone()), here).default_backoff());
    let mut pods = Pods { node, lives: BTreeMap::new(), listed: BTreeSet::new() };
    loop {
        match events.try_next().await {
            Ok(Some(event)) => pods.hear(event),
            Ok(None) => return Ok(()),
            Err(error) => eprintln!("watching pods: {error}"),
        }
    }
}

impl Pods {
    fn hear(&mut self, event: Event<Pod>) {
        match event {
            Event::Init => self.listed.clear(),
            Event::InitApply(pod) => {
                self.listed.insert(pod.uid().unwrap_or_default());
                self.see(pod);
            }
            Event::InitDone => {
                let gone: Vec<_> = self.lives.keys().filter(|uid| !self.listed.contains(*uid)).cloned().collect();
                for uid in gone {
                    self.gone(&uid);
                }
            }
            Event::Apply(pod) => self.see(pod),
            Event::Delete(pod) => self.gone(&pod.uid().unwrap_or_default()),
        }
    }

    fn see(&mut self, pod: Pod) {
        let grace = pod.metadata.deletion_timestamp.is_some().then(|| grace(&pod));
        let life = self.lives.entry(pod.uid().unwrap_or_default()).or_insert_with(|| {
            let (sender, orders) = watch::channel(None);
            tokio::spawn(Life::new(self.node.clone(), pod, orders).live());
            sender
        });
        life.send_if_modified(|order| grace.is_some() && std::mem::replace(order, grace) != grace);
    }

    /// It was taken away by force, or by its own life at its end: nothing is left to wait for.
    fn gone(&mut self, uid: &str) {
        if let Some(life) = self.lives.remove(uid) {
            life.send_replace(Some(Duration::ZERO));
        }
    }
}

fn grace(pod: &Pod) -> Duration {
    Duration::from_secs(pod.metadata.deletion_grace_period_seconds.unwrap_or_default().try_into().unwrap_or_default())
}
