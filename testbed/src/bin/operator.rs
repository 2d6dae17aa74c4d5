//! The operator as a process of its own, for tests that kill it: SIGKILL is real then. `operator KUBECONFIG SECRET`
#![allow(missing_docs)] // a program, not an interface

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Parser;
use kube::config::{KubeConfigOptions, Kubeconfig};
use uplift::clock::RealClock;
use uplift::controller::{self, Config};

#[derive(Parser)]
struct Options {
    /// Of the chart's own account.
    kubeconfig: PathBuf,
    /// The file with the secret that signs notices.
    secret: PathBuf,
    /// How many trials may run at once.
    #[arg(long, default_value_t = 3)]
    trials: u16,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Options { kubeconfig, secret, trials } = Options::parse();
    let mut config = Config::default();
    config.health.listen = "127.0.0.1:0".parse()?;
    config.notices.signing_secret_file = Some(secret);
    config.trials.max_running = trials;
    let kubeconfig = Kubeconfig::read_from(kubeconfig).context("reading the kubeconfig")?;
    let mut cluster = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    cluster.proxy_url = None; // a proxy of the machine's is not for loopback
    controller::run(config, cluster, Arc::new(RealClock), std::future::pending()).await.context("running the operator")
}
