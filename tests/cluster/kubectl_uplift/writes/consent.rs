//! `opt-out` and `opt-in` while no operator answers: what is written, and what is refused.

use std::time::Duration;

use anyhow::{Result, ensure};
use kube::ResourceExt;
use serde_json::json;

use super::stage::{Stage, refused, uplift};
use crate::control_plane::eventually;

#[tokio::test]
async fn a_no_is_written_by_its_own_manager_and_a_sync_leaves_it() -> Result<()> {
    let stage = Stage::set().await?;
    let arguments = ["opt-out", "acme", "--date", "2033-12-15", "--reason", "year end", "--wait=false"];
    let done = stage.sue(&arguments).await?.ok()?;
    ensure!(done == "tenantinstance.uplift.dev/acme opted out of 2033-12-15\n", "{done}");
    stage.plane.gitops_apply(&stage.manifest().to_string()).await?;
    ensure!(stage.annotation("opt-out").await?.as_deref() == Some("2033-12-15"));
    ensure!(stage.annotation("opt-out-reason").await?.as_deref() == Some("year end"));
    ensure!(stage.annotation("opt-out-by").await?.as_deref() == Some("sue@example.com"));
    let acme = stage.acme().await?;
    let owns = |fields: &serde_json::Value| fields.pointer("/f:metadata/f:annotations/f:uplift.dev~1opt-out").is_some();
    let owners = acme.managed_fields().iter().filter(|entry| entry.fields_v1.as_ref().is_some_and(|fields| owns(&fields.0)));
    let owners: Vec<_> = owners.filter_map(|entry| entry.manager.as_deref()).collect();
    ensure!(owners == ["uplift-opt-out"], "{owners:?}");

    stage.sue(&["opt-out", "acme", "--version", "2033.12.0", "--wait=false"]).await?.ok()?;
    ensure!(stage.annotation("opt-out").await?.as_deref() == Some("2033.12.0"));
    ensure!(stage.annotation("opt-out-reason").await?.is_none(), "the reason of the earlier no is not that of this one");
    Ok(())
}

#[tokio::test]
async fn without_an_operator_nobody_says_that_the_opt_out_counts() -> Result<()> {
    let stage = Stage::set().await?;
    let silent = stage.sue(&["opt-out", "acme", "--date", "2033-12-15"]).await?;
    ensure!(silent.code == 3 && silent.stdout.contains("No verdict within 5 s. The no is written since 20"), "{silent:?}");
    ensure!(silent.stdout.contains(&format!("kubectl uplift why acme -n {}", stage.namespace)), "{silent:?}");
    let done = stage.sue(&["opt-in", "acme"]).await?.ok()?;
    ensure!(done.contains("opted in to 2033-12-15") && done.contains("it has declined nothing"), "{done}");
    ensure!(stage.annotation("opt-out").await?.is_none() && stage.annotation("opt-in").await?.as_deref() == Some("2033-12-15"));
    let told = refused(stage.sue(&["opt-in", "acme"]).await?, 1)?;
    ensure!(told.contains("acme has no refusal to take back: nothing is declined"), "{told}");
    stage.sue(&["opt-out", "acme", "--date", "2033-12-15", "--wait=false"]).await?.ok()?;
    ensure!(stage.annotation("opt-in").await?.is_none(), "an opt-in that stands before the no could not take it back later");
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_an_opt_out_is_refused_before_anything_is_written() -> Result<()> {
    let stage = Stage::set().await?;
    let told = refused(stage.sue(&["opt-out", "acme"]).await?, 1)?;
    ensure!(told.contains("no date of acme is announced") && told.contains("--date") && told.contains("--version"), "{told}");
    for (arguments, says) in [
        (["--date", "15.12.2026"], "not a day: write it like 2026-12-15"),
        (["--version", "15.12.2026"], "not a version"),
        (["--version", "2026-12-15"], "not a version: write numbers joined by dots, like 2026.12.0"),
    ] {
        let told = refused(stage.sue(&[&["opt-out", "acme"], &arguments[..]].concat()).await?, 2)?;
        ensure!(told.contains(says), "{told}");
    }
    let both = ["opt-out", "acme", "--date", "2033-12-15", "--version", "2033.12.0"];
    ensure!(refused(stage.sue(&both).await?, 2)?.contains("cannot be used with"));
    let told = refused(stage.sue(&["opt-out", "acmee", "--date", "2033-12-15"]).await?, 1)?;
    ensure!(told.contains("NotFound") && told.contains("acmee"), "{told}");
    let bob = stage.plane.approver("bob@example.com").await?;
    let told = refused(stage.by(&bob, &["opt-out", "acme", "--date", "2033-12-15"]).await?, 1)?;
    ensure!(told.contains("Forbidden") && told.contains("(ClusterRole uplift-support)"), "{told}");
    let long = "x".repeat(501);
    let told = refused(stage.sue(&["opt-out", "acme", "--date", "2033-12-15", "--reason", &long]).await?, 1)?;
    ensure!(told.contains("longer than 500 characters"), "{told}");
    ensure!(stage.annotation("opt-out").await?.is_none());
    Ok(())
}

#[tokio::test]
async fn a_dry_run_of_an_opt_out_is_judged_and_neither_written_nor_waited_for() -> Result<()> {
    let stage = Stage::set().await?;
    let done = stage.sue(&["opt-out", "acme", "--date", "2033-12-15", "--dry-run=server"]).await?.ok()?;
    ensure!(done == "tenantinstance.uplift.dev/acme opted out of 2033-12-15 (server dry run)\n", "{done}");
    ensure!(stage.annotation("opt-out").await?.is_none());
    Ok(())
}

#[tokio::test]
async fn what_the_api_server_warns_of_is_shown() -> Result<()> {
    let stage = Stage::set().await?;
    let name = &stage.namespace;
    let rules =
        json!([{"apiGroups": ["uplift.dev"], "apiVersions": ["*"], "operations": ["UPDATE"], "resources": ["tenantinstances"]}]);
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": rules},
            "validations": [{"expression": format!("request.namespace != '{name}'"), "message": r#"the customer said "call first""#}],
        },
    });
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Warn"]},
    });
    for object in [policy, binding] {
        stage.plane.gitops_apply(&object.to_string()).await?;
    }
    eventually(Duration::from_secs(20), "the warning is shown", async || {
        let done = stage.sue(&["opt-out", "acme", "--date", "2033-12-15", "--dry-run=server"]).await?;
        let shown = done.stderr.starts_with("Warning: ") && done.stderr.contains(r#"the customer said "call first""#);
        ensure!(done.code == 0, "{done:?}");
        Ok(shown.then_some(()))
    })
    .await?;
    let other = uplift(stage.plane, &stage.sue, &["releases"]).await?;
    ensure!(!other.stderr.contains("Warning"), "{other:?}");
    Ok(())
}
