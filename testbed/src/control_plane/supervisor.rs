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
        // One write: a line in two pieces is read in two.
        pipe.write_all(format!("{command}\n").as_bytes()).with_context(|| format!("telling the supervisor: {command}"))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

    use std::fs;
    use std::io::Write;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    /// The script waits a second for a line; here the line takes longer.
    #[test]
    fn a_command_that_comes_in_two_pieces_is_carried_out() {
        let folder = tempfile::tempdir().unwrap();
        let (dir, done) = (folder.path().join("plane"), folder.path().join("done"));
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("x.args"), format!("touch\n{}\n", done.display())).unwrap();
        let mut script = Command::new(crate::folder().join("supervise")).arg(&dir).stdin(Stdio::piped()).spawn().unwrap();
        let mut pipe = script.stdin.take().unwrap();
        pipe.write_all(b"start ").unwrap();
        std::thread::sleep(Duration::from_millis(1500));
        pipe.write_all(b"x\n").unwrap();
        let begun = std::time::Instant::now();
        while !done.exists() && begun.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(10));
        }
        drop(pipe);
        script.wait().unwrap();
        assert!(done.exists(), "the command was lost");
    }
}
