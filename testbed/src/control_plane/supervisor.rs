//! The parent of the processes: a small shell script at the other end of a pipe.
//!
//! The kernel closes the pipe however this process ends, SIGKILL included, and the script then ends everything.

use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};

use super::eventually;

pub struct Supervisor {
    /// A std child and not a tokio one: its pipe must outlive the runtime of the test that made it.
    child: Mutex<Child>,
}

impl Supervisor {
    pub fn start(dir: &Path) -> Result<Self> {
        let log = File::create(dir.join("supervise.log")).context("making the supervisor's log")?;
        let child = Command::new(crate::folder().join("supervise"))
            .arg(dir)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().context("sharing the log")?)
            .stderr(log)
            // A group of its own: Ctrl-C goes to the test only, and the pipe does the rest, in order.
            .process_group(0)
            .spawn()
            .context("starting testbed/supervise")?;
        Ok(Self { child: Mutex::new(child) })
    }

    /// Sends one command. It is carried out soon; its effect shows in the `.pid` files.
    pub fn send(&self, command: &str) -> Result<()> {
        let mut child = self.child();
        let pipe = child.stdin.as_mut().context("the supervisor has no pipe")?;
        writeln!(pipe, "{command}").with_context(|| format!("telling the supervisor: {command}"))
    }

    /// Ends the pipe and waits for the script, which waits for the processes.
    pub async fn stop(&self) -> Result<()> {
        drop(self.child().stdin.take());
        eventually(Duration::from_secs(10), "the control plane ends", async || Ok(self.child().try_wait()?.map(drop))).await
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
