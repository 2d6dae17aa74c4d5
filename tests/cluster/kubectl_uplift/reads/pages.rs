//! More tenants than a page holds.

use anyhow::{Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use kube::api::PostParams;

use super::super::writes::stage::Stage;

/// A page has 500.
const MANY: usize = 520;

#[tokio::test]
async fn more_tenants_than_a_page_holds_are_all_there() -> Result<()> {
    let stage = Stage::set().await?;
    let create = |n: usize| {
        let (mut tenant, tenants) = (stage.manifest(), stage.tenants());
        tenant["metadata"]["name"] = format!("tenant-{n:03}").into();
        async move { tenants.create(&PostParams::default(), &serde_json::from_value(tenant)?).await.map_err(anyhow::Error::from) }
    };
    stream::iter(1..MANY).map(create).buffer_unordered(16).try_collect::<Vec<_>>().await?;
    let names = stage.sue(&["status", "-o", "name"]).await?.ok()?;
    ensure!(names.lines().count() == MANY, "acme and the others: {}", names.lines().count());
    let of_window = stage.sue(&["status", "--window", &stage.namespace]).await?.ok()?;
    let last: Vec<_> = of_window.lines().rev().take(2).collect();
    let counted = last.get(1).is_some_and(|line| *line == "520 tenants: 520 not seen by the operator yet");
    ensure!(counted && last[0].starts_with("Leader of the operator: "), "{last:?}");
    ensure!(stage.sue(&["status", "--window", "another"]).await?.stdout.is_empty());
    Ok(())
}
