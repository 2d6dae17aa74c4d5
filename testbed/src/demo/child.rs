//! The operator as a process of its own: so SIGKILL is real, and nothing is shared with the demo but the clock's socket.

use std::{path::PathBuf, process::Stdio, sync::Arc};

use anyhow::{Context, Result};
use kube::config::{KubeConfigOptions, Kubeconfig};
use tokio::process::{Child, Command};
use tracing_subscriber::EnvFilter;
use uplift::controller::{self, Config};

use super::stage::Stage;
use crate::{clock::SteppedClock, control_plane::POD};

/// The word that makes this program the operator.
const WORD: &str = "operator";

/// Whether this process was started as the operator: then it has been one, and has ended.
pub async fn was_operator() -> Result<bool> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((word, rest)) if word == WORD => run(rest).await.map(|()| true),
        _ => Ok(false),
    }
}

/// Starts the operator: this program again, with nothing but files and the socket.
pub fn start(stage: &Stage) -> Result<Child> {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(log_file()?).context("opening the operator's log")?;
    let program = std::env::current_exe().context("finding this program")?;
    let mut command = Command::new(program);
    command.arg(WORD).arg(&stage.config).arg(&stage.operator.kubeconfig).arg(&stage.socket);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
    command.spawn().context("starting the operator")
}

/// Where the operator's log goes; a test may run two demos at once.
pub fn log_file() -> Result<PathBuf> {
    Ok(super::report::folder()?.join("operator.log"))
}

/// What that process does: the library's operator, with a clock that the demo steps.
async fn run(arguments: &[String]) -> Result<()> {
    let [config, kubeconfig, socket] = arguments else { anyhow::bail!("usage: demo {WORD} CONFIG KUBECONFIG SOCKET") };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,uplift=debug"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    let mut config = Config::load(config.as_ref()).context("reading the configuration")?;
    config.leader_election.iter_mut().for_each(|election| election.identity = Some(POD.into()));
    let kubeconfig = Kubeconfig::read_from(kubeconfig).context("reading the kubeconfig")?;
    let mut cluster = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    cluster.proxy_url = None; // a proxy of the machine's is not for loopback
    let clock = Arc::new(SteppedClock::connect(socket.as_ref()).await?);
    let time = clock.clone();
    controller::run(config, cluster, clock, async move { time.ended().await }).await.context("running the operator")
}
