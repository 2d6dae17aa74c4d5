//! `accept-issue`.

use anyhow::{Result, ensure};

use super::stage::{Stage, refused};

#[tokio::test]
async fn an_approver_takes_an_issue_on_in_their_own_name_and_others_are_told_what_it_takes() -> Result<()> {
    let stage = Stage::set().await?;
    let name = stage.release("dec", "2026.12.0", &stage.namespace).await?;
    let bob = stage.plane.approver("bob@example.com").await?;
    let accept = |until: &'static str| ["accept-issue", &name, "NamedRisk/Saml", "--until", until, "--reason", "we watch it"];
    let done = stage.by(&bob, &accept("2099-01-01")).await?.ok()?;
    ensure!(
        done.starts_with(&format!("dashboardrelease.uplift.dev/{name} NamedRisk/Saml accepted until 2099-01-01\n")),
        "{done}"
    );
    ensure!(done.contains(&format!("kubectl uplift issues {name}")), "nobody has it: {done}");
    let there = stage.releases().get(&name).await?.spec.accepted_issues;
    ensure!(there.len() == 1 && there[0].by == "bob@example.com" && there[0].reason == "we watch it", "{there:?}");

    let eve = stage.plane.approver("eve@example.com").await?;
    let longer = stage.by(&eve, &accept("2099-06-01")).await?.ok()?;
    ensure!(longer.contains("until 2099-06-01; before it was until 2099-01-01 by bob@example.com"), "{longer}");
    let told = refused(stage.by(&eve, &accept("2020-06-01")).await?, 2)?;
    ensure!(told.contains("--until 2020-06-01 has come"), "{told}");
    let told = refused(stage.sue(&accept("2099-06-01")).await?, 1)?;
    ensure!(told.contains("accept-issue on dashboardreleases") && told.contains("ClusterRole uplift-approver"), "{told}");
    let none = stage.by(&bob, &["issues", &name]).await?;
    ensure!(none.code != 0 && none.stderr.contains("list"), "an approver lists no tenants: {none:?}");
    let none = stage.sue(&["issues", &name]).await?;
    ensure!(none.code == 0 && none.stderr.contains("No issues of this release"), "{none:?}");
    Ok(())
}
