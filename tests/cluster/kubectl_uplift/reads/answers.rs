//! What a tenant with a date looks like to support.

use anyhow::{Context, Result, ensure};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use super::super::writes::{
    operated::{announced, slot},
    stage::{Stage, refused},
};

#[tokio::test]
async fn support_sees_where_a_tenant_stands_and_why() -> Result<()> {
    let stage = announced(&json!({"deferral": {"max": 2}})).await?;
    let (namespace, opens) = (&stage.namespace, slot(&stage, |_| true).await?);

    let status = stage.sue(&["status"]).await?.ok()?;
    let cells: Vec<_> = status.lines().nth(1).context("no row")?.split_whitespace().collect();
    ensure!(cells[..5] == [&format!("{namespace}/acme"), "2026.11.0", "2026.12.0", &opens, "Scheduled"], "{status}");
    ensure!(status.ends_with("\n1 tenant: 1 waiting\nLeader of the operator: uplift-0\n"), "{status}");
    ensure!(stage.sue(&["status", "-o", "name"]).await?.ok()? == "tenantinstance.uplift.dev/acme\n");
    let json: Value = serde_json::from_str(&stage.sue(&["status", "-o", "json"]).await?.ok()?)?;
    ensure!(json["kind"] == "TenantInstanceList" && json["items"][0]["upgrade"]["slot"]["opens"] == opens.as_str(), "{json}");

    let why = stage.sue(&["why", "acme"]).await?.ok()?;
    for said in [
        "Runs:        2026.11.0",
        "Consent:     open",
        "Consent ConsentPending",
        "only waits",
        "Planned  it (required)",
        "2 allowed",
    ] {
        ensure!(why.contains(said), "{said:?} is missing:\n{why}");
    }
    let impact = stage.sue(&["impact", &format!("release/{namespace}-dec")]).await?.ok()?;
    let row = impact.lines().find(|line| line.starts_with(&format!("{namespace}/acme"))).context("it is left out")?;
    ensure!(row.contains("2026.12.0") && row.contains(&opens) && row.trim_end().ends_with("Announced"), "{impact}");
    let nothing = stage.sue(&["impact", "product/no-such"]).await?;
    ensure!(nothing.code == 2 && nothing.stderr.contains("kubectl get softwareproducts"), "{nothing:?}");
    ensure!(!why.contains("Note:"), "the operator has written what the rules say:\n{why}");
    let json: Value = serde_json::from_str(&stage.sue(&["why", &format!("{namespace}/acme"), "-o", "json"]).await?.ok()?)?;
    ensure!(json["held"].as_array().is_some_and(|held| held.iter().all(|held| held["waiting"] == true)), "{json}");
    ensure!(json["notices"][0]["deliveredAt"].is_string(), "{json}");
    Ok(())
}

#[tokio::test]
async fn support_sees_windows_with_their_places_and_releases_with_what_they_wait_for() -> Result<()> {
    let stage = announced(&json!({"capacity": 3})).await?;
    let (namespace, opens) = (&stage.namespace, slot(&stage, |_| true).await?);
    let calendar = stage.sue(&["calendar", namespace]).await?.ok()?;
    let row = calendar.lines().find(|line| line.contains(&opens)).context("the slot's occurrence is missing")?;
    ensure!(row.contains("1/3") && calendar.lines().count() == 11, "{calendar}");
    let nothing = stage.sue(&["calendar", "no-such-window"]).await?;
    ensure!(nothing.code == 1 && nothing.stderr.contains("kubectl get upgradewindows"), "{nothing:?}");

    stage.release("jan", "2027.1.0", namespace).await?;
    let releases: Value = serde_json::from_str(&stage.sue(&["releases", "-o", "json"]).await?.ok()?)?;
    let ours: Vec<_> =
        releases["items"].as_array().into_iter().flatten().filter(|r| r["channel"] == namespace.as_str()).collect();
    let versions: Vec<_> = ours.iter().map(|r| r["version"].as_str().unwrap_or_default()).collect();
    ensure!(versions == ["2027.1.0", "2026.12.0", "2026.11.0"], "the newest first: {ours:?}");
    let reasons: Vec<_> = ours[0]["why"].as_array().into_iter().flatten().map(|why| &why["reason"]).collect();
    ensure!(reasons == ["PendingApproval", "CheckPending"], "{ours:?}");
    Ok(())
}

#[tokio::test]
async fn a_list_goes_into_a_spreadsheet_and_the_year_into_a_picture() -> Result<()> {
    let stage = Stage::set().await?;
    let csv = stage.sue(&["status", "-o", "csv"]).await?.ok()?;
    ensure!(csv.starts_with("TENANT,VERSION,TARGET,SLOT,STATE,OPT-OUT,CUT-OFF,WINDOW,") && csv.lines().count() == 2, "{csv}");
    let before = stage.acme().await?;
    let told = refused(stage.sue(&["opt-out", "acme", "-o", "csv"]).await?, 2)?;
    ensure!(told.contains("-o csv is for lists") && stage.acme().await? == before, "{told}");
    let svg = stage.sue(&["support", "--svg", "-"]).await?.ok()?;
    ensure!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && svg.contains("(Europe/London)"), "{svg}");
    let told = refused(stage.sue(&["support", "--svg", "-", "-o", "json"]).await?, 2)?;
    ensure!(told.contains("leave -o out"), "{told}");
    Ok(())
}

#[tokio::test]
async fn a_pipeline_is_told_by_the_exit_code_that_an_issue_holds_a_tenant() -> Result<()> {
    let stage = announced(&json!({})).await?;
    let (name, impact) = (format!("{}-dec", stage.namespace), format!("release/{}-dec", stage.namespace));
    let asked = ["impact", &impact, "--exit-code"];
    let before = stage.sue(&asked).await?;
    ensure!(before.code == 0 && before.stdout.contains("Announced"), "{before:?}");

    let requires = json!({"spec": {"requires": [{"product": "postgresql", "versions": ">=14", "undeclared": "Hold"}]}});
    stage.releases().patch(&name, &PatchParams::default(), &Patch::Merge(requires)).await?;
    let held = stage.sue(&asked).await?;
    ensure!(held.code == 3 && held.stdout.contains("Announced"), "{held:?}");
    ensure!(stage.sue(&asked[..2]).await?.code == 0, "without --exit-code an issue is an answer like any other");

    let bob = stage.plane.approver("bob@example.com").await?;
    let accept = ["accept-issue", &name, "DependencyUndeclared/postgresql", "--until", "2099-01-01", "--reason", "it has none"];
    stage.by(&bob, &accept).await?.ok()?;
    ensure!(stage.sue(&asked).await?.code == 0, "somebody took it on");
    let told = refused(stage.sue(&["impact", "product/postgresql", "--exit-code"]).await?, 2)?;
    ensure!(told.contains("only a release has them"), "{told}");
    Ok(())
}
