//! One replica: a process of its own with the token of a pod of its own, and a wire to the API server.

use std::process::Stdio;

use anyhow::{Context, Result, bail};
use kube::config::{KubeConfigOptions, Kubeconfig};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::process::{Child, Command};
use tracing_subscriber::EnvFilter;
use uplift::controller::{self, Config};

use super::{stage::Stage, wire::Wire};
use crate::clock::SteppedClock;

/// The word that makes this program a replica.
const WORD: &str = "replica";

/// Whether this process was started as a replica: then it has been one, and has ended.
pub async fn was_replica() -> Result<bool> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((word, rest)) if word == WORD => run(rest).await.map(|()| true),
        _ => Ok(false),
    }
}

/// A running replica.
pub struct Replica {
    /// Its pod.
    pub name: String,
    pub wire: Wire,
    child: Child,
}

impl Replica {
    /// Starts it, as a pod of this name that was not there before.
    pub async fn start(stage: &Stage, name: String) -> Result<Self> {
        let wire = Wire::to(&stage.plane.url()).await?;
        let user = stage.plane.operator_pod(&name).await?;
        let kubeconfig = stage.plane.dir().join(format!("{name}.kubeconfig"));
        std::fs::write(&kubeconfig, through(&std::fs::read_to_string(&user.kubeconfig)?, &wire.url)?)
            .context("writing a kubeconfig")?;
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&stage.log).context("opening the replicas' log")?;
        let mut command = Command::new(std::env::current_exe().context("finding this program")?);
        command.arg(WORD).arg(&stage.config).arg(&kubeconfig).arg(&name).arg(&stage.socket);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        Ok(Self { name, wire, child: command.spawn().context("starting a replica")? })
    }

    /// SIGKILL: its node is gone.
    pub async fn kill(mut self) -> Result<()> {
        self.child.kill().await.context("killing a replica")
    }

    /// SIGSTOP: it stands still with whatever it was about to send.
    pub fn stop(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// SIGCONT.
    pub fn go_on(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// SIGTERM, and the end.
    pub async fn end(mut self) -> Result<()> {
        self.signal(Signal::TERM)?;
        let status = self.child.wait().await.context("waiting for a replica")?;
        if !status.success() {
            bail!("{} ended with {status}", self.name);
        }
        Ok(())
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid =
            self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)).context("the replica has ended by itself")?;
        kill_process(pid, signal).context("signalling a replica")
    }
}

/// The same kubeconfig, by another way. The API server's certificate is for this machine, whatever the port.
fn through(kubeconfig: &str, url: &str) -> Result<String> {
    let mut value: Value = serde_json::from_str(kubeconfig).context("parsing the kubeconfig")?;
    value["clusters"][0]["cluster"]["server"] = url.into();
    Ok(value.to_string())
}

async fn run(arguments: &[String]) -> Result<()> {
    let [config, kubeconfig, name, socket] = arguments else { bail!("usage: takeover {WORD} CONFIG KUBECONFIG POD SOCKET") };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    let mut config = Config::load(config.as_ref()).context("reading the configuration")?;
    config.leader_election.as_mut().context("the chart's configuration has no leaderElection")?.identity = Some(name.clone());
    let kubeconfig = Kubeconfig::read_from(kubeconfig).context("reading the kubeconfig")?;
    let mut cluster = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    cluster.proxy_url = None; // a proxy of the machine's is not for loopback
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).context("listening for SIGTERM")?;
    let clock = std::sync::Arc::new(SteppedClock::connect(socket.as_ref()).await?);
    controller::run(config, cluster, clock, async move { _ = term.recv().await }).await.context("running the operator")
}
