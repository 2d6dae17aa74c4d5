//! R27 and R29 on a real API server: a software with an end date, what the statuses say of it at once, over a restart, and on the day; and that the
//! customer gets one letter of it.
//!
//! The chart's own account, roles and policies are in force; a platform engineer writes, support reads.

mod source;

use std::io::Write;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::events::v1::Event;
use kube::{Api, api::ListParams};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use uplift::api::{
    DashboardRelease, SoftwareProduct, condition,
    tenant::{Runway, Support},
};

use crate::{
    consent::stage::{SOON, Stage},
    control_plane::eventually,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_software_that_ends_is_told_at_once_over_a_restart_and_on_the_day() -> Result<()> {
    let mut stage = Stage::set(2026, &[], &["acme"], &[]).await?;
    let dependencies = json!({"spec": {"dependencies": [
        {"name": "db", "installation": "pg-eu-1"},
        {"name": "blog", "product": "wordpress", "version": "6.4.2", "responsibility": "Customer"},
    ]}});
    edit(&stage, &["ti", "dashboard", "-n", "acme"], &dependencies).await?;
    let said = support(&stage, &[("pg-eu-1", Runway::Unknown), ("wordpress", Runway::Unknown)]).await?;
    let missing = said[0].message.as_deref().unwrap_or_default();
    ensure!(missing.contains("no SoftwareProduct has an installation \"pg-eu-1\""), "{missing}");

    create(&stage, &product("postgresql", &json!([{"name": "13", "eolFrom": "2026-12-10"}, {"name": "17"}]), "13.14")).await?;
    create(&stage, &product("wordpress", &json!([{"name": "6.4", "eolFrom": "2027-02-20"}]), "6.4.1")).await?;
    let said = support(&stage, &[("postgresql", Runway::Supported), ("wordpress", Runway::Supported)]).await?;
    ensure!(said[1].ends_on == Some("2027-02-20".parse()?), "{said:?}");
    supported(&stage, "True", "Supported").await?;

    let release = product_of_release(&stage).await?;
    edit(&stage, &["drel", &release], &json!({"spec": {"contains": [{"product": "wordpress", "version": "6.4.2"}]}})).await?;
    eventually(SOON, "the release says what it contains ends", async || {
        let object: DashboardRelease = Api::all(stage.plane.admin().await?.client().await?).get(&release).await?;
        let status = object.status.unwrap_or_default();
        let said = condition::get(&status.conditions, condition::SUPPORTED).context("it says nothing")?;
        ensure!(said.status == "True" && said.message.contains("wordpress 6.4.2, on 2027-02-20"), "{said:?}");
        Ok(Some(()))
    })
    .await?;

    // Two that nobody knew, two that were known then, and one in the images. The blog ends in 80 days: the threshold of 90 is told.
    told(&stage, 5).await?;
    letters(&stage, "SupportEnding", 1).await?;
    stage.kill_operator().await?;
    stage.start_operator().await?;
    stage.caught_up("acme").await?;
    letters(&stage, "SupportEnding", 1).await?;

    stage.jump("12-10T00:00:00Z").await?;
    let said = support(&stage, &[("postgresql", Runway::Ended), ("wordpress", Runway::Supported)]).await?;
    ensure!(said[0].to_string().contains("the provider has to replace it"), "{}", said[0]);
    // One more: nothing was told again after the restart.
    told(&stage, 6).await?;
    supported(&stage, "False", "Ended").await?;
    let installations = json!({"spec": {"installations": [{"name": "pg-eu-1", "version": "17.2"}]}});
    edit(&stage, &["swp", "postgresql"], &installations).await?;
    support(&stage, &[("wordpress", Runway::Supported)]).await?;
    supported(&stage, "True", "Supported").await?;
    stage.end().await
}

/// Waits until so many changes were told of acme, and no more.
async fn told(stage: &Stage, times: usize) -> Result<()> {
    let events: Api<Event> = Api::namespaced(stage.plane.admin().await?.client().await?, "acme");
    eventually(SOON, &format!("acme was told {times} changes"), async || {
        let all = events.list(&ListParams::default()).await?.items;
        let told: Vec<_> = all.iter().filter(|event| event.reason.as_deref() == Some("RunwayChanged")).collect();
        ensure!(told.len() == times, "{:?}", told.iter().map(|event| &event.note).collect::<Vec<_>>());
        Ok(Some(()))
    })
    .await
}

/// Waits until the customer got so many letters of this kind, and no more.
async fn letters(stage: &Stage, kind: &str, times: usize) -> Result<()> {
    eventually(SOON, &format!("acme got {times} letters {kind}"), async || {
        let all = stage.receiver.deliveries();
        let got: Vec<_> = all.iter().filter(|one| one.data["kind"] == kind).map(|one| &one.data["text"]).collect();
        ensure!(got.len() == times, "{got:?}");
        let words = "WordPress 6.4.2 (listed as \"blog\"). It is not supported from Sat 20 Feb 2027 on. Please replace it before that day.";
        ensure!(got.iter().all(|text| text.as_str().is_some_and(|text| text.contains(words))), "{got:?}");
        Ok(Some(()))
    })
    .await
}

/// A product; the database is installed once, for all.
fn product(name: &str, releases: &Value, version: &str) -> Value {
    let installed = (name == "postgresql").then(|| json!([{"name": "pg-eu-1", "version": version}]));
    let label = if name == "wordpress" { "WordPress" } else { "PostgreSQL" };
    let spec = json!({"label": label, "releases": releases, "installations": installed.unwrap_or_else(|| json!([]))});
    json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "SoftwareProduct", "metadata": {"name": name}, "spec": spec})
}

async fn create(stage: &Stage, object: &Value) -> Result<()> {
    let mut file = NamedTempFile::new()?;
    write!(file, "{object}")?;
    let path = file.path().to_str().context("the path is no text")?;
    stage.plane.kubectl(&stage.alice, &["create", "-f", path]).await?.ok().map(drop)
}

async fn edit(stage: &Stage, what: &[&str], patch: &Value) -> Result<()> {
    let patch = patch.to_string();
    let how = ["--type=merge", "--field-manager=uplift-people", "-p", &patch];
    stage.plane.kubectl(&stage.alice, &[&["patch"], what, &how].concat()).await?.ok().map(drop)
}

/// The release that acme runs.
async fn product_of_release(stage: &Stage) -> Result<String> {
    let all = Api::<DashboardRelease>::all(stage.plane.admin().await?.client().await?).list(&ListParams::default()).await?;
    let runs = stage.status("acme").await?.version;
    let own = all.items.into_iter().find(|release| Some(&release.spec.version) == runs.as_ref());
    own.and_then(|release| release.metadata.name).context("no release has its version")
}

async fn support(stage: &Stage, states: &[(&str, Runway)]) -> Result<Vec<Support>> {
    eventually(SOON, &format!("acme's support is {states:?}"), async || {
        let support = stage.status("acme").await?.support;
        let said: Vec<_> = support.iter().filter(|one| one.dependency.is_some()).collect();
        let now: Vec<_> = said.iter().map(|one| (one.subject.as_str(), one.state)).collect();
        ensure!(now == states, "{support:?}");
        Ok(Some(said.into_iter().cloned().collect()))
    })
    .await
}

async fn supported(stage: &Stage, status: &str, reason: &str) -> Result<()> {
    eventually(SOON, &format!("PostgreSQL is Supported={status}"), async || {
        let object: SoftwareProduct = Api::all(stage.plane.admin().await?.client().await?).get("postgresql").await?;
        let seen = object.status.unwrap_or_default();
        let said = condition::get(&seen.conditions, condition::SUPPORTED).context("it says nothing")?;
        ensure!(said.status == status && said.reason == reason, "{said:?}");
        Ok(Some(()))
    })
    .await
}
