//! A container: a command in namespaces of its own. Its first moments are this program's, which makes the root and becomes the command.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use tokio::process::{Child, Command};

use super::namespaces;
use super::root::{Mount, Root};

/// What runtimes say when the command itself cannot be started.
const CANNOT_START: i32 = 128;

/// All that the inner half must know.
#[derive(Serialize, Deserialize)]
pub struct Spec {
    pub command: Vec<String>,
    pub environment: BTreeMap<String, String>,
    pub working_dir: PathBuf,
    pub mounts: Vec<Mount>,
    pub user: Option<u32>,
    pub group: Option<u32>,
    /// An empty folder for the root.
    pub scratch: PathBuf,
    /// A folder of the machine that is empty for the container: the node's own, with everybody's claims.
    pub hidden: PathBuf,
}

/// A container that runs.
pub struct Container {
    child: Child,
}

impl Container {
    /// Starts it. What it prints goes to the file `log`.
    pub fn start(spec: &Spec, network: Option<&Path>, log: &Path) -> Result<Self> {
        fs::create_dir_all(log.parent().context("a log without a folder")?)?;
        let log = File::create(log)?;
        let file = spec.scratch.with_extension("json");
        fs::create_dir_all(&spec.scratch)?;
        fs::write(&file, serde_json::to_vec(spec)?)?;
        let mut command = namespaces::container(network)?;
        command.arg("container").arg(file);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
        let child = Command::from(command).kill_on_drop(true).spawn().context("starting a container")?;
        Ok(Self { child })
    }

    /// The exit code, by the rule of shells for signals.
    pub async fn ended(&mut self) -> i32 {
        self.child.wait().await.map_or(CANNOT_START, exit_code)
    }

    /// Asks the command to end. As process 1 it ends only when it handles the signal: so it is in real containers.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends all its processes: the kernel lets process 1 take the rest of its namespace along, and `unshare` ends after them.
    pub fn kill(&mut self) {
        if !self.signal(Signal::KILL) {
            let _ = self.child.start_kill(); // before its first moment, or after its last
        }
    }

    fn signal(&self, signal: Signal) -> bool {
        let command = self.child.id().and_then(first_process);
        command.is_some_and(|pid| kill_process(pid, signal).is_ok())
    }
}

fn exit_code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(CANNOT_START)
}

/// The command is the only child of `unshare`.
fn first_process(unshare: u32) -> Option<Pid> {
    let children = fs::read_to_string(format!("/proc/{unshare}/task/{unshare}/children")).ok()?;
    Pid::from_raw(children.split_whitespace().next()?.parse().ok()?)
}

/// The inner half: makes the root and becomes the command. Returns only when that fails.
pub fn become_command(file: &Path) -> Result<()> {
    let spec: Spec = serde_json::from_slice(&fs::read(file)?).context("reading what to run")?;
    Root::new(&spec.scratch)?.enter(&spec.hidden, &spec.mounts)?;
    fs::create_dir_all(&spec.working_dir)?;
    let (program, arguments) = spec.command.split_first().context("a container without a command")?;
    let mut command = std::process::Command::new(program);
    command.args(arguments).env_clear().envs(&spec.environment).current_dir(&spec.working_dir);
    // The group first: afterwards the user may not change it. std clears the other groups.
    spec.group.map(|group| command.gid(group));
    spec.user.map(|user| command.uid(user));
    Err(command.exec()).with_context(|| format!("running {program}"))
}
