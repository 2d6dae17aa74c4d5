//! R31 on a real API server: an issue that nobody accepted holds exactly the tenants that have it; accepting it, which takes a verb and one's own
//! name, lets them go; its day holds them again.

use anyhow::{Context, Result, ensure};
use kube::Api;
use serde_json::{Value, json};
use uplift::api::{DashboardRelease, SoftwareProduct, release::CountedIssue};

use crate::{
    consent::{
        manifests::COMES,
        stage::{SOON, Stage},
    },
    control_plane::{User, eventually},
};

const ISSUE: &str = "IncompatibleDependency/postgresql";

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_holds_whom_it_concerns_until_somebody_takes_it_on_and_again_from_its_day_on() -> Result<()> {
    let stage = Stage::set(2026, &[], &["acme", "birch"], &[]).await?;
    let bob = stage.plane.approver("bob@corp.example").await?;
    stage.apply([product()]).await?;
    uses(&stage, "acme", "pg-eu-1").await?;
    uses(&stage, "birch", "pg-eu-2").await?;
    let release = format!("r-{COMES}");
    let requires = json!({"spec": {"requires": [{"product": "postgresql", "versions": ">=14, <18"}]}});
    patch(&stage, &stage.alice, &["drel", &release], &requires).await?.ok()?;

    held(&stage, "acme", true).await?;
    let counted = counted(&stage, &release, |one| one.tenants == 1).await?;
    ensure!(counted.first == ["acme/dashboard"] && counted.accepted_until.is_none(), "{counted:?}");
    ensure!(stage.status("birch").await?.blockers.is_empty(), "its database is new enough");

    let accept = |until: &str| json!({"spec": {"acceptedIssues": [accepted(until)]}});
    let refused = patch(&stage, &stage.alice, &["drel", &release], &accept("2026-12-15")).await?;
    ensure!(refused.code != 0 && refused.stderr.contains("takes the verb accept-issue"), "{refused:?}");
    patch(&stage, &bob, &["drel", &release], &accept("2026-12-15")).await?.ok()?;
    held(&stage, "acme", false).await?;
    let counted = self::counted(&stage, &release, |one| one.accepted_until.is_some()).await?;
    ensure!(counted.tenants == 1, "it has the issue still: {counted:?}");

    stage.jump("12-15T00:00:00Z").await?;
    held(&stage, "acme", true).await?;
    patch(&stage, &bob, &["drel", &release], &accept("2026-12-20")).await?.ok()?;
    held(&stage, "acme", false).await?;
    stage.jump("12-15T18:00:00Z").await?;
    for tenant in ["acme", "birch"] {
        eventually(SOON, &format!("{tenant} is upgraded"), async || {
            Ok((stage.status(tenant).await?.version.as_deref() == Some(COMES)).then_some(()))
        })
        .await?;
    }
    stage.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_left_behind_by_a_service_that_moves_is_told_and_counted_and_held_by_nothing() -> Result<()> {
    let stage = Stage::set(2026, &[], &["acme", "birch"], &[]).await?;
    stage.apply([product()]).await?;
    uses(&stage, "birch", "pg-eu-1").await?;
    let declares = json!({"spec": {"dependencies": [{"name": "db", "installation": "pg-eu-1", "versions": ">=13, <17"}]}});
    patch(&stage, &stage.alice, &["ti", "dashboard", "-n", "acme"], &declares).await?.ok()?;
    let planned = json!({"version": "17.2", "notBefore": "2027-02-01"});
    let plans = json!({"spec": {"installations": [{"name": "pg-eu-1", "version": "13.14", "planned": planned}]}});
    patch(&stage, &stage.alice, &["swp", "postgresql"], &plans).await?.ok()?;
    eventually(SOON, "acme is told of it, and held by nothing", async || {
        let status = stage.status("acme").await?;
        let told: Vec<_> = status.issues.iter().map(|issue| (issue.issue.as_str(), issue.release.as_ref())).collect();
        Ok((told == [("SharedServiceMoves/pg-eu-1", None)] && status.blockers.is_empty()).then_some(()))
    })
    .await?;
    ensure!(stage.status("birch").await?.issues.is_empty(), "it declares nothing");
    // It is counted at most every ten seconds.
    stage.jump("12-02T10:00:00Z").await?;
    eventually(SOON, "the product counts it", async || {
        let object: SoftwareProduct = Api::all(stage.plane.admin().await?.client().await?).get("postgresql").await?;
        let said = object.status.context("it has no status")?.installations;
        Ok(said[0].planned.as_ref().is_some_and(|planned| planned.left_behind == 1).then_some(()))
    })
    .await?;
    stage.end().await
}

fn product() -> Value {
    let installations = json!([{"name": "pg-eu-1", "version": "13.14"}, {"name": "pg-eu-2", "version": "17.2-1.pgdg120"}]);
    let spec = json!({"releases": [{"name": "13"}, {"name": "17"}], "installations": installations});
    json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "SoftwareProduct", "metadata": {"name": "postgresql"}, "spec": spec})
}

fn accepted(until: &str) -> Value {
    json!({"issue": ISSUE, "by": "bob@corp.example", "until": until, "reason": "tested with 13 too"})
}

async fn uses(stage: &Stage, tenant: &str, installation: &str) -> Result<()> {
    let dependencies = json!({"spec": {"dependencies": [{"name": "db", "installation": installation}]}});
    patch(stage, &stage.alice, &["ti", "dashboard", "-n", tenant], &dependencies).await?.ok().map(drop)
}

async fn patch(stage: &Stage, who: &User, what: &[&str], patch: &Value) -> Result<crate::control_plane::Output> {
    let patch = patch.to_string();
    let how = ["--type=merge", "--field-manager=uplift-people", "-p", &patch];
    stage.plane.kubectl(who, &[&["patch"], what, &how].concat()).await
}

/// Waits until the gate holds the tenant, or nothing does.
async fn held(stage: &Stage, tenant: &str, is: bool) -> Result<()> {
    eventually(SOON, &format!("{tenant} is held: {is}"), async || {
        let status = stage.status(tenant).await?;
        let gates: Vec<_> = status.blockers.iter().map(|blocker| blocker.gate.as_str()).collect();
        ensure!(gates == if is { vec!["Interop"] } else { vec![] }, "{:?}", status.blockers);
        let issues: Vec<_> = status.issues.iter().map(|issue| issue.issue.as_str()).collect();
        ensure!(issues == [ISSUE], "{issues:?}");
        Ok(Some(()))
    })
    .await
}

async fn counted(stage: &Stage, release: &str, wanted: impl Fn(&CountedIssue) -> bool) -> Result<CountedIssue> {
    eventually(SOON, &format!("{release} counts it"), async || {
        let object: DashboardRelease = Api::all(stage.plane.admin().await?.client().await?).get(release).await?;
        let issues = object.status.context("it has no status")?.issues;
        Ok(issues.into_iter().find(|one| one.issue == ISSUE && wanted(one)))
    })
    .await
}
