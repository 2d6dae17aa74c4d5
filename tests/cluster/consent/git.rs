//! Consent beside a GitOps tool, which owns what it applied and removes what it does not know.

use anyhow::{Context, Result, ensure};
use kube::ResourceExt;
use serde_json::json;
use uplift::api::tenant::Verdict;

use super::{
    manifests,
    stage::{SOON, Stage},
};
use crate::control_plane::eventually;

const FLUX: &str = "system:serviceaccount:flux-system:kustomize-controller";

/// Syncs the tenant from Git, with an opt-out in it or without.
async fn sync(stage: &Stage, tenant: &str, declined: Option<&str>) -> Result<()> {
    let mut manifest = manifests::tenant(tenant, &stage.hooks);
    if let Some(day) = declined {
        manifest["metadata"]["annotations"] = json!({"uplift.dev/opt-out": stage.day(day)});
    }
    let manifest = manifest.to_string();
    // As Flux does: a write of the operator in between, and the next reconciliation tries again.
    let synced = eventually(SOON, "Git is synced", async || stage.plane.gitops_apply(&manifest).await.map(Some)).await;
    stage.clock.wrote();
    synced.map(drop)
}

pub async fn a_no_by_a_gitops_manager_counts_like_any_other(stage: &Stage) -> Result<()> {
    sync(stage, "relay", Some("12-15")).await?;
    let record = stage.verdict("relay", "12-15", Verdict::Accepted).await?;
    ensure!(record.by.as_deref() == Some(FLUX), "the person stands in Git, the tool in the cluster: {record:?}");
    stage.told("relay", "OptOutAccepted").await
}

/// What a name that begins with kubectl wrote becomes the tool's: managedFields are merged into one entry.
pub async fn a_take_over_of_kubectls_fields_changes_no_verdict(stage: &Stage) -> Result<()> {
    let no = format!("uplift.dev/opt-out={}", stage.day("12-15"));
    stage.annotate_as("merged", "kubectl-annotate", &[&no]).await?.ok()?;
    let judged = stage.verdict("merged", "12-15", Verdict::Accepted).await?;
    stage.told("merged", "OptOutAccepted").await?;
    sync(stage, "merged", Some("12-15")).await?;
    let owners = stage.tenant("merged").await?;
    let owners: Vec<_> = owners.managed_fields().iter().filter_map(|entry| entry.manager.as_deref()).collect();
    ensure!(!owners.contains(&"kubectl-annotate"), "it was not taken over: {owners:?}");
    stage.caught_up("merged").await?;
    let status = stage.status("merged").await?;
    ensure!(*status.opt_outs == [judged], "{:?}", status.opt_outs);
    Ok(())
}

/// Nothing: the verdict stands, no slot comes, and the operator writes not a word.
pub async fn a_sync_that_removes_the_annotation_changes_nothing(stage: &Stage) -> Result<()> {
    let no = format!("uplift.dev/opt-out={}", stage.day("12-15"));
    stage.annotate_as("pruned", "kubectl-annotate", &[&no]).await?.ok()?;
    stage.verdict("pruned", "12-15", Verdict::Accepted).await?;
    stage.told("pruned", "OptOutAccepted").await?;
    stage.caught_up("typo").await?;
    let (before, since) = (stage.status("pruned").await?, stage.plane.audit_events(0)?.next);
    sync(stage, "pruned", None).await?;
    let notes = stage.tenant("pruned").await?.annotations().clone();
    ensure!(!notes.contains_key("uplift.dev/opt-out"), "Flux removed it: {notes:?}");
    stage.caught_up("typo").await?;
    ensure!(stage.status("pruned").await? == before, "{:?}", stage.status("pruned").await?);
    let writes = stage.writes_since(since, "pruned")?;
    ensure!(writes.is_empty(), "the operator wrote {writes:?}");
    before.opt_outs.first().context("its verdict is gone").map(drop)
}

/// What a name that begins with kubectl wrote goes with the next sync, and whoever typed it was told so at once.
pub async fn a_suspension_stays_only_under_a_manager_of_its_own(stage: &Stage) -> Result<()> {
    let suspended = async || Ok::<_, anyhow::Error>(stage.tenant("stopped").await?.spec.suspend.map(|suspend| suspend.reason));
    let suspend = async |manager: &[&str], reason: &str| {
        let patch = json!({"spec": {"suspend": {"reason": reason}}}).to_string();
        let arguments = [&["patch", "ti", "dashboard", "-n", "stopped", "--type=merge", "-p", &patch], manager].concat();
        let output = stage.plane.kubectl(&stage.sue, &arguments).await?;
        stage.clock.wrote();
        Ok::<_, anyhow::Error>(output)
    };
    let typed = suspend(&[], "late").await?;
    ensure!(typed.stderr.contains("--field-manager=uplift-suspend"), "no warning: {}", typed.stderr);
    typed.ok()?;
    sync(stage, "stopped", None).await?;
    ensure!(suspended().await?.is_none(), "Flux would have dropped it");

    let kept = suspend(&["--field-manager=uplift-suspend"], "late").await?;
    ensure!(!kept.stderr.contains("Warning"), "{}", kept.stderr);
    kept.ok()?;
    sync(stage, "stopped", None).await?;
    ensure!(suspended().await?.as_deref() == Some("late"), "it went with the sync");
    Ok(())
}
