//! How long a pass of the planner takes, as the program `plan-pass` says. It stands beside this one.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

/// One point of the month: the medians of its passes, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pass {
    pub tenants: usize,
    pub what: String,
    /// With nothing remembered of the pass before.
    pub anew: f64,
    /// While nothing has changed since.
    pub settled: f64,
    /// While the workloads of 1,000 tenants have.
    pub changed: f64,
}

/// Plays the month with so many tenants.
pub async fn passes(tenants: usize) -> Result<Vec<Pass>> {
    let program = std::env::current_exe().context("finding this program")?.with_file_name("plan-pass");
    let output = Command::new(&program).args([&tenants.to_string(), "--json"]).stdin(Stdio::null()).output().await;
    let output = output.with_context(|| format!("running {}; build it too: --bin plan-pass", program.display()))?;
    ensure!(output.status.success(), "plan-pass failed: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("reading what plan-pass says")
}
