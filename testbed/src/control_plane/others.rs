//! Processes beside the five: what else a test needs for as long as its control plane lives.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::{ControlPlane, eventually};

impl ControlPlane {
    /// Starts a program under a name of its own. Its output is `NAME.log`, and it ends with the control plane, before its parts.
    pub(crate) fn start_process(&self, name: &str, command: &[&Path]) -> Result<()> {
        let lines: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
        fs::write(self.dir.join(format!("{name}.args")), lines.join("\n") + "\n")
            .with_context(|| format!("writing {name}.args"))?;
        self.supervisor.send(&format!("start {name}"))
    }

    /// Ends it by SIGKILL and returns when it is gone.
    pub(crate) async fn kill_process(&self, name: &str) -> Result<()> {
        let pid = self.dir.join(format!("{name}.pid"));
        eventually(Duration::from_secs(10), &format!("{name} has begun"), async || Ok(pid.exists().then_some(()))).await?;
        self.supervisor.send(&format!("kill {name}"))?;
        eventually(Duration::from_secs(10), &format!("{name} ends"), async || Ok((!pid.exists()).then_some(()))).await
    }
}
