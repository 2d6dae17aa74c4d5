//! The operator is down while the cut-off passes.

use anyhow::{Result, ensure};
use serde_json::json;
use uplift::api::tenant::Verdict;

use super::{manifests, stage::Stage};

/// Both are seen first long after the cut-off, and so is an opt-out whose managedFields a GitOps tool merged meanwhile.
pub async fn a_no_that_was_set_while_the_operator_was_down_is_judged_by_its_stamp(stage: &mut Stage) -> Result<()> {
    stage.jump("12-15T12:30:00Z").await?;
    stage.kill_operator().await?;
    stage.jump("12-15T12:50:00Z").await?;
    stage.decline("before", "12-15").await?;
    let no = format!("uplift.dev/opt-out={}", stage.day("12-15"));
    stage.annotate_as("taken-over", "kubectl-annotate", &[&no]).await?.ok()?;
    stage.jump("12-15T13:10:00Z").await?;
    stage.decline("after", "12-15").await?;
    let mut synced = manifests::tenant("taken-over", &stage.hooks);
    synced["metadata"]["annotations"] = json!({"uplift.dev/opt-out": stage.day("12-15"), "example.com/synced": "13:10"});
    stage.plane.gitops_apply(&synced.to_string()).await?;
    stage.clock.wrote();
    stage.jump("12-15T13:30:00Z").await?;
    stage.start_operator().await?;

    for in_time in ["before", "taken-over"] {
        let record = stage.verdict(in_time, "12-15", Verdict::Accepted).await?;
        let said = record.at.duration_since(stage.time("12-15T12:50:00Z")?).as_secs();
        ensure!((0..60).contains(&said), "{in_time} said it at 12:50, not at {}", record.at);
        ensure!(record.by.as_deref() == Some("sue@corp.example"), "{record:?}");
    }
    let record = stage.verdict("after", "12-15", Verdict::TooLate).await?;
    ensure!(record.at >= stage.time("12-15T13:10:00Z")?, "{record:?}");
    stage.told("after", "OptOutTooLate").await
}
