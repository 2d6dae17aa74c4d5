//! How long a pass of the planner takes, as the program `plan-pass` says. It stands beside this one.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use tokio::process::Command;

/// One point of the month.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pass {
    pub tenants: usize,
    pub what: String,
    /// The median of its passes.
    pub milliseconds: f64,
}

/// Plays the month with so many tenants.
pub async fn passes(tenants: usize) -> Result<Vec<Pass>> {
    let program = std::env::current_exe().context("finding this program")?.with_file_name("plan-pass");
    let output = Command::new(&program).arg(tenants.to_string()).stdin(Stdio::null()).output().await;
    let output = output.with_context(|| format!("running {}; build it too: --bin plan-pass", program.display()))?;
    ensure!(output.status.success(), "plan-pass failed: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).context("reading what plan-pass says")?;
    let passes: Vec<_> = text.lines().filter_map(|line| pass(tenants, line)).collect();
    ensure!(!passes.is_empty(), "plan-pass says nothing that looks like a time:\n{text}");
    Ok(passes)
}

/// `waiting for the slot        37.62 ms  (least …)`.
fn pass(tenants: usize, line: &str) -> Option<Pass> {
    let (before, _) = line.split_once(" ms")?;
    let (what, time) = before.rsplit_once(' ')?;
    Some(Pass { tenants, what: what.trim().to_owned(), milliseconds: time.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_plan_pass_is_read() {
        let line = "giving all slots            3.16 ms  (least 3.02; 1000 writes, 0 notices)";
        assert_eq!(pass(1000, line), Some(Pass { tenants: 1000, what: "giving all slots".into(), milliseconds: 3.16 }));
        assert_eq!(pass(1000, "played in 5 s"), None);
    }
}
