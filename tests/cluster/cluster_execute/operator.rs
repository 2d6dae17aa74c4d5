//! The whole operator.

use std::{io::Write, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use uplift::{
    clock::RealClock,
    controller::{self, Config},
};

use super::stage::Stage;
use crate::control_plane::{ControlPlane, eventually};

async fn probe(address: &str, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn is_ready(address: &str) -> Result<()> {
    eventually(Duration::from_secs(20), "the operator is ready", async || {
        Ok(probe(address, "/readyz").await?.starts_with("HTTP/1.1 200").then_some(()))
    })
    .await
}

/// A tenant whose window does not exist, and whose Deployment was seen meanwhile.
async fn has_said_its_word(stage: &Stage) -> Result<()> {
    eventually(Duration::from_secs(30), "the tenant has a status by the operator", async || {
        let status = stage.tenants().get_status("dash").await?.status.unwrap_or_default();
        let reasons: Vec<_> = status.blockers.iter().map(|blocker| blocker.reason.word()).collect();
        let stalled = status.conditions.iter().any(|c| c.type_ == "Stalled" && c.status == "True");
        Ok((stalled && reasons.contains(&"UnknownWindow") && !reasons.contains(&"WorkloadMissing")).then_some(()))
    })
    .await
}

async fn writes_nothing_when_idle(stage: &Stage) -> Result<()> {
    let before = stage.tenants().get("dash").await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let after = stage.tenants().get("dash").await?;
    let same = before.metadata.resource_version == after.metadata.resource_version;
    ensure!(same, "the operator wrote although nothing happened: {:?}\n{:?}", before.status, after.status);
    Ok(())
}

/// Its watches go on, so nothing else would show it.
async fn an_operator_that_may_write_nothing_is_not_ready(plane: &ControlPlane, stage: &Stage, address: &str) -> Result<()> {
    let admin = plane.admin().await?;
    let may = async |verb: &str| -> Result<String> {
        let patch = format!(r#"[{{"op": "replace", "path": "/rules/1/verbs", "value": ["{verb}"]}}]"#);
        plane.kubectl(&admin, &["patch", "clusterrole", "uplift-operator", "--type=json", "-p", &patch]).await?.ok()
    };
    may("get").await?;
    let edit = r#"{"spec": {"customer": {"displayName": "Acme Limited"}}}"#;
    plane.kubectl(&admin, &["patch", "ti", "dash", "-n", &stage.namespace, "--type=merge", "-p", edit]).await?.ok()?;
    eventually(Duration::from_secs(30), "it says why it is not ready", async || {
        let answer = probe(address, "/readyz").await?;
        Ok((answer.starts_with("HTTP/1.1 503") && answer.contains("forbids every write (403)")).then_some(()))
    })
    .await?;
    may("update").await?;
    is_ready(address).await
}

#[tokio::test]
async fn the_operator_gets_ready_outlives_the_api_server_and_stops_cleanly() -> Result<()> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let plane = ControlPlane::start().await?;
    plane.install_chart(&[]).await?;
    let mut secret = tempfile::NamedTempFile::new()?;
    secret.write_all(b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")?;
    let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let mut config = Config::default();
    config.health.listen = address;
    config.notices.signing_secret_file = Some(secret.path().into());
    let (stop, stopped) = oneshot::channel::<()>();
    let kube_config = plane.operator().await?.config().await?;
    let operator = tokio::spawn(controller::run(config, kube_config, Arc::new(RealClock), async { drop(stopped.await) }));

    let address = address.to_string();
    is_ready(&address).await?;
    let stage = Stage::on(&plane).await?;
    has_said_its_word(&stage).await?;
    plane.restart_api_server().await?;
    is_ready(&address).await?;
    ensure!(probe(&address, "/livez").await?.starts_with("HTTP/1.1 200"));
    ensure!(!operator.is_finished());
    an_operator_that_may_write_nothing_is_not_ready(&plane, &stage, &address).await?;
    writes_nothing_when_idle(&stage).await?;
    drop(stop);
    tokio::time::timeout(Duration::from_secs(15), operator).await.context("it does not stop")???;
    plane.stop().await
}

#[tokio::test]
async fn the_definitions_are_served_and_take_a_tenant() -> Result<()> {
    let stage = Stage::set().await?;
    ensure!(stage.tenants().get("dash").await?.spec.channel == "stable", "defaults are filled in");
    Ok(())
}
