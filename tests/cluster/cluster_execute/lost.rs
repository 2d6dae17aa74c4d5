//! Answers that never arrive.

use std::time::Duration;

use anyhow::{Result, ensure};
use uplift::execute::{Outcome, Permit, PermitHolder, Seen, Standing, Writer};

use super::{
    proxy::Proxy,
    stage::{Stage, plane},
};
use crate::control_plane::eventually;

/// The stage, with a writer whose answers can be lost, and a first answer so that the connection stands.
async fn wired() -> Result<(Stage, Proxy)> {
    let (stage, plane) = (Stage::set().await?, plane().await?);
    let proxy = Proxy::to(&plane.url()).await?;
    let mut config = plane.operator().await?.config().await?;
    config.cluster_url = format!("https://127.0.0.1:{}", proxy.port).parse()?;
    let stage = Stage { writer: Writer::new(config)?, ..stage };
    let first = stage.writer.send(&stage.status_write("2026.10.0").await?, &Permit::always()).await;
    ensure!(matches!(first, Outcome::Committed(_)), "{first:?}");
    Ok((stage, proxy))
}

#[tokio::test]
async fn a_lost_answer_is_unknown_until_the_object_was_read() -> Result<()> {
    let (stage, proxy) = wired().await?;
    let write = stage.status_write("2026.11.0").await?;
    proxy.lose_next();
    let settled = stage.writer.settle(write, Permit::always()).await;
    ensure!(matches!(settled.outcome, Outcome::Unknown(_)), "{settled:?}");
    ensure!(settled.committed(), "the object shows it: {settled:?}");
    let Some(Seen::Present(text)) = &settled.read else { anyhow::bail!("it was not read") };
    ensure!(text.contains("2026.11.0"), "{text}");
    Ok(())
}

#[tokio::test]
async fn what_is_under_way_when_the_permit_is_taken_away_is_unknown() -> Result<()> {
    let (stage, proxy) = wired().await?;
    let write = stage.status_write("2026.11.0").await?;
    let (holder, permit) = PermitHolder::new();
    holder.set(Standing::Always);
    proxy.hold();
    let writer = stage.writer.clone();
    let settling = tokio::spawn(async move { writer.settle(write, permit).await });
    let committed = async || Ok((stage.version().await?.as_deref() == Some("2026.11.0")).then_some(()));
    eventually(Duration::from_secs(10), "the write is committed", committed).await?;
    holder.set(Standing::Revoked);
    proxy.pass();
    let settled = tokio::time::timeout(Duration::from_secs(10), settling).await??;
    ensure!(matches!(settled.outcome, Outcome::Unknown(_)) && settled.committed(), "{settled:?}");
    Ok(())
}
