//! `approve` and `reject`.

use anyhow::{Result, ensure};
use kube::ResourceExt;
use serde_json::Value;
use uplift::api::release::Decision;

use super::stage::{Stage, refused};

#[tokio::test]
async fn an_approver_decides_in_their_own_name_and_the_whole_decision_changes() -> Result<()> {
    let stage = Stage::set().await?;
    let name = stage.release("dec", "2026.12.7", &stage.namespace).await?;
    let bob = stage.plane.approver("bob@example.com").await?;
    let done = stage.by(&bob, &["approve", &name, "--change-ref", "CHG0031234"]).await?.ok()?;
    ensure!(done == format!("dashboardrelease.uplift.dev/{name} approved (CHG0031234)\n"), "{done}");
    let release = stage.releases().get(&name).await?;
    let approval = release.spec.approval.clone().unwrap();
    let expected = (Decision::Approved, Some("CHG0031234".into()), "bob@example.com".into());
    ensure!((approval.decision, approval.change_ref.clone(), approval.by.clone()) == expected, "{approval:?}");
    ensure!(release.managed_fields().iter().any(|entry| entry.manager.as_deref() == Some("uplift-approve")));

    let again = stage.by(&bob, &["approve", &name, "--change-ref", "CHG0031234"]).await?.ok()?;
    ensure!(again.ends_with("approved (CHG0031234) already\n"), "{again}");
    let eve = stage.plane.approver("eve@example.com").await?;
    let json = stage.by(&eve, &["reject", &name, "-o", "json"]).await?.ok()?;
    let printed: Value = serde_json::from_str(&json)?;
    ensure!(printed["kind"] == "DashboardRelease" && printed["metadata"]["managedFields"].is_null(), "{json}");
    ensure!(printed["spec"]["approval"] == serde_json::json!({"decision": "Rejected", "by": "eve@example.com"}), "{json}");
    Ok(())
}

#[tokio::test]
async fn a_release_is_named_by_its_version_and_an_ambiguous_one_is_refused() -> Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.plane.approver("bob@example.com").await?;
    let (one, two) = (stage.release("one", "2031.1.0", &stage.namespace).await?, stage.release("two", "2031.1.0", "beta").await?);
    let three = stage.release("three", "2031.2.0", &stage.namespace).await?;
    let done = stage.by(&bob, &["approve", "2031.2", "--change-ref", "CHG1", "-o", "name"]).await?.ok()?;
    ensure!(done == format!("dashboardrelease.uplift.dev/{three}\n"), "{done}");
    let told = refused(stage.by(&bob, &["approve", "2031.1.0", "--change-ref", "CHG1"]).await?, 1)?;
    ensure!(told.contains(&one) && told.contains(&two) && told.contains("channel beta"), "{told}");
    let told = refused(stage.by(&bob, &["reject", "2031.3.0"]).await?, 1)?;
    ensure!(told.contains(r#"there is no release "2031.3.0""#) && told.contains(&three), "{told}");
    let told = refused(stage.by(&bob, &["reject", "decembre"]).await?, 1)?;
    ensure!(told.contains("NotFound") && told.contains("decembre"), "{told}");
    Ok(())
}

#[tokio::test]
async fn who_may_not_approve_is_told_the_verb_and_the_role() -> Result<()> {
    let stage = Stage::set().await?;
    let name = stage.release("dec", "2026.12.0", &stage.namespace).await?;
    let engineer = stage.plane.platform_engineer("pat@example.com").await?;
    for user in [&engineer, &stage.sue] {
        let told = refused(stage.by(user, &["approve", &name, "--change-ref", "CHG1"]).await?, 1)?;
        ensure!(told.contains("Forbidden") && told.contains("approve on dashboardreleases.uplift.dev"), "{told}");
        ensure!(told.contains("ClusterRole uplift-approver"), "{told}");
    }
    ensure!(stage.releases().get(&name).await?.spec.approval.is_none());
    Ok(())
}

#[tokio::test]
async fn a_dry_run_is_judged_and_changes_nothing() -> Result<()> {
    let stage = Stage::set().await?;
    let name = stage.release("dec", "2026.12.0", &stage.namespace).await?;
    let bob = stage.plane.approver("bob@example.com").await?;
    let arguments = ["approve", &name, "--change-ref", "CHG1", "--dry-run=server"];
    let done = stage.by(&bob, &arguments).await?.ok()?;
    ensure!(done.ends_with("approved (CHG1) (server dry run)\n"), "{done}");
    refused(stage.by(&stage.plane.platform_engineer("pat@example.com").await?, &arguments).await?, 1)?;
    ensure!(stage.releases().get(&name).await?.spec.approval.is_none());
    Ok(())
}
