//! A plan before it happens.

use std::io::Write;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::super::writes::{
    operated::{announced, slot},
    stage::Stage,
};

fn file(text: &str) -> Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().suffix(".yaml").tempfile()?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

async fn window(stage: &Stage) -> Result<Value> {
    let spec = serde_json::to_value(stage.windows().get(&stage.namespace).await?.spec)?;
    Ok(json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "UpgradeWindow", "metadata": {"name": stage.namespace}, "spec": spec}))
}

#[tokio::test]
async fn a_plan_of_what_stands_is_what_stands() -> Result<()> {
    let stage = announced(&json!({})).await?;
    let opens = slot(&stage, |_| true).await?;
    let plan: Value = serde_json::from_str(&stage.sue(&["plan", "-o", "json"]).await?.ok()?)?;
    let line = &plan["items"][0];
    ensure!(plan["items"].as_array().map(Vec::len) == Some(1), "only the namespace that was named: {plan}");
    ensure!(line["from"] == "2026.11.0" && line["to"] == "2026.12.0" && line["slot"]["opens"] == opens.as_str(), "{plan}");
    ensure!(line["blockers"] == json!([]), "{plan}");
    Ok(())
}

#[tokio::test]
async fn a_change_is_shown_before_it_is_made_and_nothing_is_written() -> Result<()> {
    let stage = announced(&json!({})).await?;
    let opens = slot(&stage, |_| true).await?;
    let before = stage.acme().await?;
    let day = opens.get(..10).context("a slot without a day")?;
    let mut frozen = window(&stage).await?;
    frozen["spec"]["freezes"] = json!([{"from": day, "to": day, "reason": "stocktaking"}]);
    let frozen = file(&frozen.to_string())?;
    let frozen = frozen.path().to_str().context("a path")?;

    let changed = stage.sue(&["plan", "--with", frozen, "--exit-code"]).await?;
    ensure!(changed.code == 3, "{changed:?}");
    let row = changed.stdout.lines().nth(1).context("no row")?;
    ensure!(row.contains("/acme") && row.contains("slot") && row.contains(&opens), "{}", changed.stdout);
    ensure!(changed.stdout.contains("1 tenant changes, 0 as before"), "{}", changed.stdout);
    ensure!(
        stage.sue(&["plan", "--with", frozen]).await?.code == 0,
        "without --exit-code a difference is an answer like any other"
    );

    let same = file(&window(&stage).await?.to_string())?;
    let same = stage.sue(&["plan", "--exit-code", "--with", same.path().to_str().context("a path")?]).await?;
    ensure!(same.code == 0 && same.stdout == "0 tenants change, 1 as before\n", "{same:?}");

    let after = stage.acme().await?;
    ensure!(before.metadata.resource_version == after.metadata.resource_version && before == after, "something was written");
    ensure!(stage.windows().get(&stage.namespace).await?.spec.freezes.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_manifest_that_does_not_do_ends_with_code_2_and_names_the_field() -> Result<()> {
    let stage = Stage::set().await?;
    let wrong = file("{apiVersion: uplift.dev/v1alpha1, kind: UpgradeWindow, metadata: {name: w}, spec: {timeZone: UTC}}")?;
    let refused = stage.sue(&["plan", "--with", wrong.path().to_str().context("a path")?]).await?;
    ensure!(refused.code == 2 && refused.stderr.contains("UpgradeWindow w: spec.schedule: missing field"), "{refused:?}");
    let over = stage.sue(&["plan", "--until", "2020-01-01T00:00:00Z"]).await?;
    ensure!(over.code == 2 && over.stderr.contains("is over"), "{over:?}");
    Ok(())
}
