//! A status that others own too: by a restore, by an emptied record of owners. What the operator leaves out must go all the same, to the end of
//! the upgrade.

use anyhow::{Context, Result, ensure};
use kube::ResourceExt;
use serde_json::{Value, json};
use uplift::api::tenant::SlotResult;

use super::{
    manifests,
    stage::{SOON, Stage},
};
use crate::control_plane::eventually;

/// What guards the statuses and their record.
const GUARDS: [&str; 2] = ["uplift-owned-status", "uplift-field-owners"];

/// The steps of the chart's README, with the operator stopped.
pub async fn restore(stage: &mut Stage, chart: &[&str]) -> Result<()> {
    stage.kill_operator().await?;
    for binding in GUARDS {
        kubectl(stage, &["delete", "validatingadmissionpolicybinding", binding], "").await?;
    }
    let admin = stage.plane.admin().await?.client().await?;
    eventually(SOON, "statuses may be written", async || {
        let status = json!({"status": {"observedGeneration": 1}});
        let tenants = kube::Api::<uplift::api::TenantInstance>::namespaced(admin.clone(), "probe");
        let params = kube::api::PatchParams::default();
        Ok(tenants.patch_status("dashboard", &params, &kube::api::Patch::Merge(status)).await.ok().map(drop))
    })
    .await?;
    emptied(stage, "emptied").await?;
    replaced(stage, "replaced").await?;
    made_anew(stage, "anew").await?;
    stage.plane.install_chart(chart).await?;
    stage.clock.wrote();
    stage.start_operator().await
}

/// The next apply finds every field owned by `before-first-apply`.
async fn emptied(stage: &Stage, tenant: &str) -> Result<()> {
    let patch = json!([{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}]).to_string();
    let patch = ["patch", "ti", "dashboard", "-n", tenant, "--type=json", "-p", &patch];
    eventually(SOON, "the record may be emptied", async || Ok(kubectl(stage, &patch, "").await.ok().map(drop))).await?;
    stage.plane.gitops_apply(&manifests::tenant(tenant, &stage.hooks).to_string()).await?;
    ensure!(owners(stage, tenant).await?.contains(&"before-first-apply".into()), "nobody else owns the status");
    Ok(())
}

/// From a backup over the object that is there.
async fn replaced(stage: &Stage, tenant: &str) -> Result<()> {
    let backup = backup(stage, tenant).await?;
    let mut other = backup.clone();
    other["status"]["deferrals"] = json!({"count": 1, "since": stage.time("12-01T00:00:00Z")?});
    kubectl(stage, &["replace", "--subresource=status", "-f", "-"], &other.to_string()).await?;
    ensure!(owners(stage, tenant).await?.contains(&"kubectl-replace".into()), "nobody else owns the status");
    Ok(())
}

/// From a backup after the object was lost.
async fn made_anew(stage: &Stage, tenant: &str) -> Result<()> {
    let backup = backup(stage, tenant).await?;
    kubectl(stage, &["delete", "ti", "dashboard", "-n", tenant], "").await?;
    kubectl(stage, &["create", "-f", "-"], &backup.to_string()).await?;
    kubectl(stage, &["replace", "--subresource=status", "-f", "-"], &backup.to_string()).await?;
    ensure!(stage.status(tenant).await?.upgrade.is_some(), "its status is not back");
    Ok(())
}

async fn backup(stage: &Stage, tenant: &str) -> Result<Value> {
    let text = kubectl(stage, &["get", "ti", "dashboard", "-n", tenant, "-o", "json"], "").await?;
    let mut backup: Value = serde_json::from_str(&text)?;
    let meta = backup["metadata"].as_object_mut().context("an object without metadata")?;
    meta.retain(|key, _| key != "resourceVersion" && key != "uid");
    Ok(backup)
}

async fn owners(stage: &Stage, tenant: &str) -> Result<Vec<String>> {
    Ok(stage.tenant(tenant).await?.managed_fields().iter().filter_map(|entry| entry.manager.clone()).collect())
}

async fn kubectl(stage: &Stage, arguments: &[&str], input: &str) -> Result<String> {
    let admin = stage.plane.admin().await?;
    stage.plane.kubectl_with_input(&admin, arguments, input).await?.ok()
}

/// What was left out is gone, and nothing was written again and again on the way.
pub async fn succeeds(stage: &Stage, tenant: &str, since: u64) -> Result<()> {
    let status = eventually(SOON, &format!("{tenant} runs {}", manifests::COMES), async || {
        let status = stage.status(tenant).await?;
        let succeeded = status.history.first().is_some_and(|last| last.result == SlotResult::Succeeded);
        ensure!(succeeded && status.upgrade.is_none(), "{:?}, {:?}", status.upgrade, status.history);
        Ok(Some(status))
    })
    .await?;
    ensure!(status.version.as_deref() == Some(manifests::COMES) && status.deferrals.is_none(), "{status:?}");
    ensure!(status.conditions.iter().all(|c| c.type_ != "Reconciling"), "{:?}", status.conditions);
    let writes = stage.writes_since(since, tenant)?;
    let writes: Vec<_> = writes.iter().filter(|write| write.contains("/status")).collect();
    ensure!(writes.len() <= 16 && writes.iter().all(|write| write.starts_with("\"update\"")), "{writes:#?}");
    Ok(())
}

/// Its tenant's Events go with it: what happened stands at the window.
pub async fn a_namespace_that_goes_with_an_announced_date_is_told_of(stage: &Stage, tenant: &str) -> Result<()> {
    kubectl(stage, &["delete", "namespace", tenant, "--wait=false"], "").await?;
    let about = format!("TenantInstance {tenant}/dashboard was deleted while its upgrade to {} was announced", manifests::COMES);
    eventually(SOON, "the Event stands at the window", async || {
        let events = kubectl(stage, &["get", "events", "-n", "default", "-o", "json"], "").await?;
        let events: Value = serde_json::from_str(&events)?;
        let of_it = |event: &&Value| {
            event["reason"] == "TenantDeleted"
                && event["involvedObject"]["kind"] == "UpgradeWindow"
                && event["message"].as_str().is_some_and(|text| text.contains(&about))
        };
        Ok(events["items"].as_array().into_iter().flatten().find(of_it).map(drop))
    })
    .await
}
