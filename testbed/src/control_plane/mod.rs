//! One real control plane for a test: etcd, kube-apiserver, kube-controller-manager, kube-scheduler and KWOK.
//!
//! `testbed/README.md` has the traps.

mod apply;
mod audit;
mod certificates;
mod chart;
mod cluster;
mod commands;
mod others;
mod pods;
mod poll;
mod postgres;
mod probe;
mod processes;
mod supervisor;
mod users;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::OnceCell;

pub use audit::AuditPage;
pub use commands::Output;
pub use poll::eventually;
pub use postgres::Postgres;
pub use users::{OPERATOR, POD, User};

use certificates::Authority;
use processes::Port;
use supervisor::Supervisor;

/// How long the API server may take until it is ready, on a busy machine.
const READY: Duration = Duration::from_mins(1);

/// What reconciles: without these nobody makes pods, and whoever asks for rollouts must play them.
const CONTROLLERS: [&str; 3] = ["kcm", "scheduler", "kwok"];

/// Of what a control plane is made.
pub struct Made {
    /// What the audit log keeps.
    pub audit_policy: PathBuf,
    /// Whether the controllers, the scheduler and the fake node run.
    pub controllers: bool,
}

impl Default for Made {
    fn default() -> Self {
        Self { audit_policy: crate::folder().join("audit-policy.yaml"), controllers: true }
    }
}

/// A running control plane. Dropping it, or the death of this process in whatever way, ends all its processes.
///
/// It holds no client and nothing of a tokio runtime, since every test has a runtime of its own: a client made in
/// one test and used in the next fails once the first runtime is gone.
pub struct ControlPlane {
    dir: PathBuf,
    build: PathBuf,
    authority: Authority,
    port: Port,
    supervisor: Supervisor,
}

impl ControlPlane {
    /// Starts a control plane on a free port, in a directory of its own.
    pub async fn start() -> Result<Self> {
        Self::start_as(&Made::default()).await
    }

    /// The same of other parts.
    pub async fn start_as(made: &Made) -> Result<Self> {
        let build = commands::build().await?;
        let dir = tempfile::Builder::new().prefix("uplift-testbed-").tempdir().context("making a directory")?;
        let authority = Authority::write(dir.path())?;
        let port = Port::reserve()?;
        processes::write_commands(dir.path(), &build, port.number(), &made.audit_policy)?;
        let supervisor = Supervisor::start(dir.path())?;
        // From here on the supervisor removes the directory: it outlives a test that is killed.
        let plane = Self { dir: dir.keep(), build, authority, port, supervisor };
        plane.bring_up(made.controllers).await?;
        Ok(plane)
    }

    async fn bring_up(&self, controllers: bool) -> Result<()> {
        for master in processes::MASTERS {
            self.authority.user(&self.dir, master, "system:masters")?.write(&self.url())?;
        }
        self.supervisor.send("start etcd")?;
        self.start_api_server().await?;
        for name in CONTROLLERS.iter().filter(|_| controllers) {
            self.supervisor.send(&format!("start {name}"))?;
        }
        self.furnish().await
    }

    /// Ends the API server by SIGKILL and returns when it is gone. Etcd and the port stay.
    pub async fn kill_api_server(&self) -> Result<()> {
        self.kill_process("apiserver").await
    }

    /// Starts the API server, on the same etcd and port when it ran before, and returns when it is ready.
    pub async fn start_api_server(&self) -> Result<()> {
        self.seal_audit_log()?;
        self.supervisor.send("start apiserver")?;
        let admin = self.admin().await?.client().await?;
        eventually(READY, "the API server is ready", async || {
            let request = http::Request::get("/readyz").body(Vec::new())?;
            Ok(Some(admin.request_text(request).await?))
        })
        .await
        .with_context(|| self.log_end("apiserver"))?;
        Ok(())
    }

    /// An outage: SIGKILL, then the same API server again.
    pub async fn restart_api_server(&self) -> Result<()> {
        self.kill_api_server().await?;
        self.start_api_server().await
    }

    /// Ends everything and waits until it is gone. Without it the end comes by itself a moment after the drop.
    pub async fn stop(self) -> Result<()> {
        self.supervisor.stop().await
    }

    /// The API server's address.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port.number())
    }

    /// The control plane's own directory: logs, kubeconfigs, audit log.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder with kubectl, helm and the control plane's binaries.
    pub fn binaries(&self) -> PathBuf {
        self.build.join("bin")
    }

    /// The ids of its processes that run, by name.
    pub fn processes(&self) -> Vec<(&'static str, u32)> {
        ["etcd", "apiserver"].into_iter().chain(CONTROLLERS).filter_map(|name| Some((name, self.process(name)?))).collect()
    }

    /// The id of a process that runs.
    pub(crate) fn process(&self, name: &str) -> Option<u32> {
        std::fs::read_to_string(self.dir.join(format!("{name}.pid"))).ok()?.trim().parse().ok()
    }

    pub(crate) fn log_end(&self, name: &str) -> String {
        let log = std::fs::read_to_string(self.dir.join(format!("{name}.log"))).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(8).collect();
        format!("{name}.log ends, newest line first:\n{}", lines.join("\n"))
    }
}

/// One control plane that several tests share; each of them makes namespaces of its own.
///
/// It stands in a static, and a static is never dropped: the processes end because the supervisor's pipe ends with this process.
#[derive(Default)]
pub struct Shared(OnceCell<ControlPlane>);

impl Shared {
    /// Nothing runs before the first test asks.
    pub const fn new() -> Self {
        Self(OnceCell::const_new())
    }

    /// The control plane, started by whoever asks first.
    pub async fn plane(&self) -> Result<&ControlPlane> {
        self.0.get_or_try_init(ControlPlane::start).await
    }
}
