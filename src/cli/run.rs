//! `uplift run`.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use kube::config::{KubeConfigOptions, Kubeconfig};
use tokio::signal::unix::{SignalKind, signal};

use super::Failure;
use crate::{
    clock::RealClock,
    controller::{self, Config, ControllerError},
};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The kubeconfig; the default is $KUBECONFIG, ~/.kube/config or the pod's service account.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// The name of this pod, by which it holds the Lease (with `leaderElection` in the configuration).
    #[arg(long, value_name = "NAME", env = "POD_NAME")]
    pod_name: Option<String>,
}

pub(super) fn run(options: Options) -> Result<(), Failure> {
    let mut config = Config::load(&options.config).map_err(Failure::input)?;
    if let Some(election) = &mut config.leader_election {
        election.identity = election.identity.take().or(options.pod_name);
    }
    let runtime = tokio::runtime::Runtime::new().context("start the runtime").map_err(Failure::Runtime)?;
    die_of_panics();
    let ended = runtime.block_on(operate(config, options.kubeconfig));
    // Dropped, it would wait for every name that is still being resolved: minutes, where name servers are silent.
    runtime.shutdown_background();
    ended
}

async fn operate(config: Config, kubeconfig: Option<PathBuf>) -> Result<(), Failure> {
    let cluster = connection(kubeconfig).await.map_err(Failure::Input)?;
    let shutdown = shutdown().context("listen for signals").map_err(Failure::Runtime)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), api_server = %cluster.cluster_url, "starting");
    controller::run(config, cluster, Arc::new(RealClock), shutdown).await.map_err(|error| match error {
        ControllerError::Config(_) | ControllerError::Notices(_) => Failure::input(error),
        _ => Failure::runtime(error),
    })
}

async fn connection(kubeconfig: Option<PathBuf>) -> anyhow::Result<kube::Config> {
    let Some(file) = kubeconfig else {
        return kube::Config::infer().await.context("find out how to reach the cluster");
    };
    let read = Kubeconfig::read_from(&file).with_context(|| format!("read the kubeconfig {}", file.display()))?;
    let config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await;
    config.with_context(|| format!("use the kubeconfig {}", file.display()))
}

/// Ends at SIGTERM (Kubernetes) or SIGINT (a terminal).
fn shutdown() -> std::io::Result<impl Future<Output = ()> + Send> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}

/// A panic in any task ends the process, so that Kubernetes starts it anew: a runtime that lost one of its tasks looks alive and
/// does nothing.
fn die_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!(%panic, "a bug: the process ends");
        std::process::abort();
    }));
}
