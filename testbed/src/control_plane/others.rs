//! Processes beside the five: what else a test needs for as long as its control plane lives.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{ControlPlane, eventually};

/// How long a program may take until it is ready, on a busy machine.
const READY: Duration = Duration::from_mins(1);

impl ControlPlane {
    /// Starts a program under a name of its own. Its output is `NAME.log`, and it ends with the control plane, before its parts.
    pub(crate) fn start_process(&self, name: &str, command: &[&Path]) -> Result<()> {
        let _ = fs::remove_file(self.dir.join(format!("{name}.pid"))); // of one that ended by itself
        let lines: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
        fs::write(self.dir.join(format!("{name}.args")), lines.join("\n") + "\n")
            .with_context(|| format!("writing {name}.args"))?;
        self.supervisor.send(&format!("start {name}"))
    }

    /// Asks until it is ready. One that has ended is told at once, with the end of its log.
    pub(crate) async fn until_ready<F: Future<Output = Result<bool>>>(&self, name: &str, ask: impl Fn() -> F) -> Result<()> {
        let what = format!("{name} is ready");
        let ready =
            eventually(
                READY,
                &what,
                async || {
                    if self.has_ended(name) { Ok(Some(false)) } else { Ok(ask().await?.then_some(true)) }
                },
            );
        let ready = ready.await.with_context(|| self.log_end(name))?;
        ensure!(ready, "{name} has ended; {}", self.log_end(name));
        Ok(())
    }

    /// The supervisor knows its id, and nobody else takes that so soon.
    fn has_ended(&self, name: &str) -> bool {
        let pid = fs::read_to_string(self.dir.join(format!("{name}.pid"))).unwrap_or_default();
        !pid.is_empty() && !Path::new("/proc").join(pid.trim()).exists()
    }

    /// Ends it by SIGKILL and returns when it is gone.
    pub(crate) async fn kill_process(&self, name: &str) -> Result<()> {
        let pid = self.dir.join(format!("{name}.pid"));
        eventually(Duration::from_secs(10), &format!("{name} has begun"), async || Ok(pid.exists().then_some(()))).await?;
        self.supervisor.send(&format!("kill {name}"))?;
        eventually(Duration::from_secs(10), &format!("{name} ends"), async || Ok((!pid.exists()).then_some(()))).await
    }
}
