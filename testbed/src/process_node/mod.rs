//! process-node: a node beside KWOK's whose pods are real.
//!
//! A container's command runs as a process of this machine, in a network, pid and mount namespace of its own, with its environment, its
//! `ConfigMaps` and Secrets; exit code and termination message go into the pod's status. Hooks, probes and backups are real programs so.
//!
//! - **Who comes here.** A pod with the node selector and the toleration of [`place`]. All others stay KWOK's.
//! - **Network.** Each pod has loopback and nothing else. `hostNetwork: true` is the machine's network. A unix socket in a claim's folder
//!   reaches whoever listens there: so a hook talks to its `PostgreSQL`.
//! - **Files.** No image is pulled, `image` is a name only: a container sees the machine's files, with a layer of its own over them, gone when it ends.
//!   The node's own folder is hidden, so a claim is seen by those that mount it only. Sockets of the machine do not answer through a layer.
//! - **Claims** of the class [`CLASS`] are folders, `claims/NAMESPACE/NAME` in the node's.
//! - **Output** is `logs/NAMESPACE/POD/CONTAINER` there; `kubectl logs`, exec and port-forward are not served.
//! - **Nothing is started again.** A pod with `restartPolicy: Always` whose container ends is over, and its `ReplicaSet` makes another.
//! - **Its death**, in whatever way, ends all that it runs. Started anew, it reports those pods as failed (`NodeLost`).
//! - **No root?** Then it works in a user namespace. Where namespaces are refused it ends at once and says so.
//! - **Not here**: limits of memory and CPU, capabilities, seccomp, read-only roots. What would make a test pass by accident is refused
//!   (`limits.rs`): the pod fails with the reason `NotForProcessNode`.

mod beside;
mod claims;
mod container;
mod environment;
mod life;
mod limits;
mod namespaces;
mod node;
mod objects;
mod place;
mod plan;
mod pods;
mod root;
mod status;
mod volumes;
mod word;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};

pub use container::become_command;
pub use place::Place;

use container::{Container, Spec};
use node::Node;

/// The node's name.
pub const NAME: &str = "process-0";
/// The node's label and taint, and the provisioner of its claims.
pub const KEY: &str = "uplift.test/process-node";
/// The storage class whose claims are folders of the node.
pub const CLASS: &str = "process-node";

const LOOPBACK: &str = "127.0.0.1";

/// Lets the pods of this spec come here: its `nodeSelector` and `tolerations`.
pub fn place(pod: &mut Value) {
    pod["nodeSelector"] = json!({KEY: "true"});
    pod["tolerations"] = json!([{"key": KEY, "operator": "Exists"}]);
}

/// The outer half: becomes process 1 of the node's namespaces, with these arguments.
pub fn enter(arguments: &[&OsStr]) -> Result<()> {
    namespaces::enter(arguments)
}

/// The inner half: is the node, until it is killed.
pub async fn serve(kubeconfig: &Path, folder: &Path) -> Result<()> {
    works(folder).await?;
    let mut config = Config::from_custom_kubeconfig(Kubeconfig::read_from(kubeconfig)?, &KubeConfigOptions::default()).await?;
    config.proxy_url = None; // a proxy of the machine's is not for loopback
    let node = Node { client: Client::try_from(config)?, place: Place::new(folder) };
    node.register().await?;
    tokio::try_join!(pods::watch(node.clone()), claims::watch(node))?;
    Ok(())
}

/// A container like any other, before any pod is promised one.
async fn works(folder: &Path) -> Result<()> {
    let own = folder.join("self-test");
    fs::create_dir_all(&own)?;
    let (network, log) = (own.join("net"), own.join("log"));
    namespaces::network(&network)?;
    let spec = Spec {
        command: vec!["/bin/true".into()],
        environment: environment::Environment::new(),
        working_dir: "/".into(),
        mounts: vec![],
        user: None,
        group: None,
        scratch: own.join("root"),
        hidden: folder.to_owned(),
    };
    let code = Container::start(&spec, Some(&network), &log)?.ended().await;
    ensure!(code == 0, "{}: {}", namespaces::ADVICE, fs::read_to_string(&log).context("reading the self-test's log")?.trim());
    Ok(())
}
