//! `retry`.

use anyhow::{Result, ensure};
use serde_json::json;

use super::stage::{Stage, refused, uplift};

#[tokio::test]
async fn support_asks_for_the_failed_upgrade_by_its_id() -> Result<()> {
    let stage = Stage::set().await?;
    let told = refused(stage.sue(&["retry", "acme"]).await?, 1)?;
    ensure!(told.contains("no upgrade of acme failed"), "{told}");
    let id = "3f9a1c2b7d10-1";
    let entry = json!({"result": "Failed", "id": id, "from": "2026.11.0", "to": "2026.12.0", "slot": "2026-12-15T18:00+00:00",
        "noticed": true, "finishedAt": "2026-12-15T18:09:00Z"});
    stage.status(&json!({"history": [entry]})).await?;
    stage.sue(&["retry", "acme", "--dry-run=server"]).await?.ok()?;
    ensure!(stage.annotation("retry").await?.is_none());
    let done = stage.sue(&["retry", "acme"]).await?.ok()?;
    let expected =
        format!("tenantinstance.uplift.dev/acme retry of {id} to 2026.12.0 asked for; it failed at 2026-12-15T18:09:00Z\n");
    ensure!(done.starts_with(&expected) && done.contains("a new date, and the customer a new notice"), "{done}");
    ensure!(stage.annotation("retry").await?.as_deref() == Some(id));
    let again = stage.sue(&["retry", "acme"]).await?.ok()?;
    ensure!(again.contains("asked for already"), "{again}");
    Ok(())
}

#[tokio::test]
async fn an_approver_may_not_and_all_namespaces_name_no_tenant() -> Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.plane.approver("bob@example.com").await?;
    let told = refused(stage.by(&bob, &["retry", "acme"]).await?, 1)?;
    ensure!(told.contains("tenantinstances.uplift.dev (ClusterRole uplift-support)"), "{told}");
    let told = refused(uplift(stage.plane, &stage.sue, &["retry", "acme", "-A"]).await?, 2)?;
    ensure!(told.contains("--all-namespaces does not say which tenant"), "{told}");
    let told = refused(uplift(stage.plane, &stage.sue, &["retry", &format!("{}/acme", stage.namespace)]).await?, 1)?;
    ensure!(told.contains("no upgrade of acme failed"), "{told}");
    Ok(())
}
