//! What does not work is told as kubectl tells it.

use anyhow::{Result, ensure};

use super::super::writes::stage::{Stage, uplift};
use crate::control_plane::ControlPlane;

async fn role_in(stage: &Stage, user: &str) -> Result<()> {
    let rules = "--resource=tenantinstances.uplift.dev";
    let kubectl = async |arguments: &[&str]| {
        let all = [&["-n", &stage.namespace], arguments].concat();
        stage.plane.kubectl(&stage.plane.admin().await?, &all).await?.ok()
    };
    kubectl(&["create", "role", "reader", "--verb=get,list", rules]).await?;
    kubectl(&["create", "rolebinding", "reader", "--role=reader", &format!("--user={user}")]).await?;
    Ok(())
}

#[tokio::test]
async fn who_may_read_one_namespace_sees_its_status_and_is_told_what_else_is_forbidden() -> Result<()> {
    let stage = Stage::set().await?;
    let tina = stage.plane.user("tina@acme.example", "acme").await?;
    role_in(&stage, "tina@acme.example").await?;
    let status = stage.by(&tina, &["status"]).await?.ok()?;
    ensure!(status.contains("/acme"), "{status}");
    for arguments in [["status", "-A"], ["releases", "-owide"]] {
        let refused = uplift(stage.plane, &tina, &arguments).await?;
        let told = refused.stderr.starts_with("Error from server (Forbidden): ")
            && refused.stderr.contains(r#"User "tina@acme.example" cannot list"#);
        ensure!(refused.code == 1 && refused.stdout.is_empty() && told, "{refused:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_is_named() -> Result<()> {
    let stage = Stage::set().await?;
    let nobody = stage.sue(&["why", "nobody"]).await?;
    let told = "Error from server (NotFound): tenantinstances.uplift.dev \"nobody\" not found\n";
    ensure!(nobody.code == 1 && nobody.stderr == told, "{nobody:?}");
    let empty = uplift(stage.plane, &stage.sue, &["status", "-n", "no-such-namespace"]).await?;
    ensure!(empty.code == 0 && empty.stderr.contains("No tenants found in namespace no-such-namespace"), "{empty:?}");
    let usage = stage.sue(&["why"]).await?;
    ensure!(usage.code == 2 && usage.stderr.contains("Usage: kubectl uplift why"), "{usage:?}");
    Ok(())
}

#[tokio::test]
async fn a_server_that_does_not_answer_and_one_without_the_definitions_are_told_apart() -> Result<()> {
    let plane = ControlPlane::start().await?;
    let admin = plane.admin().await?;
    let missing = uplift(&plane, &admin, &["status"]).await?;
    ensure!(
        missing.code == 1 && missing.stderr.contains("not installed") && missing.stderr.contains("helm install"),
        "{missing:?}"
    );
    plane.kill_api_server().await?;
    let unreachable = uplift(&plane, &admin, &["status", "--request-timeout=5s"]).await?;
    ensure!(unreachable.code == 1 && unreachable.stderr.starts_with("Unable to connect to the server"), "{unreachable:?}");
    plane.stop().await
}

#[tokio::test]
async fn a_completion_script_needs_no_cluster() -> Result<()> {
    let stage = Stage::set().await?;
    let script = uplift(stage.plane, &stage.sue, &["completion", "bash", "--kubeconfig", "/no/such/file"]).await?.ok()?;
    ensure!(script.contains("complete -F") && script.contains("kubectl-uplift") && script.contains("calendar"), "{script}");
    Ok(())
}
