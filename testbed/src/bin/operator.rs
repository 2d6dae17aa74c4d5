//! The operator as a process of its own, for tests that kill it: SIGKILL is real then. `operator KUBECONFIG SECRET`
#![allow(missing_docs)] // a program, not an interface

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Parser;
use kube::config::{KubeConfigOptions, Kubeconfig};
use uplift::api::Duration;
use uplift::clock::RealClock;
use uplift::controller::{self, Config, LeaderElection};
use uplift_testbed::takeover::LEASE;

#[derive(Parser)]
struct Options {
    /// Of the chart's own account.
    kubeconfig: PathBuf,
    /// The file with the secret that signs notices.
    secret: PathBuf,
    /// How many trials may run at once.
    #[arg(long, default_value_t = 3)]
    trials: u16,
    /// One of several replicas: the pod whose token the kubeconfig has. Else it takes for granted that it leads.
    #[arg(long)]
    pod: Option<String>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Options { kubeconfig, secret, trials, pod } = Options::parse();
    let mut config = Config::default();
    config.health.listen = "127.0.0.1:0".parse()?;
    config.notices.signing_secret_file = Some(secret);
    config.trials.max_running = trials;
    let lease_duration = Duration::from_secs(LEASE.as_secs().try_into()?);
    config.leader_election = pod.map(|pod| LeaderElection {
        lease_name: "uplift".into(),
        lease_namespace: "uplift-system".into(),
        lease_duration,
        identity: Some(pod),
    });
    let kubeconfig = Kubeconfig::read_from(kubeconfig).context("reading the kubeconfig")?;
    let mut cluster = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    cluster.proxy_url = None; // a proxy of the machine's is not for loopback
    controller::run(config, cluster, Arc::new(RealClock), std::future::pending()).await.context("running the operator")
}
