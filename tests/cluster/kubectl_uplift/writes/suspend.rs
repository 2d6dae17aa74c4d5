//! `suspend` and `resume`.

use anyhow::{Result, ensure};

use super::stage::{Stage, refused};

#[tokio::test]
async fn support_stops_a_tenant_it_stays_stopped_through_a_sync_and_goes_on() -> Result<()> {
    let stage = Stage::set().await?;
    let reason = async || anyhow::Ok(stage.acme().await?.spec.suspend.map(|suspend| suspend.reason));
    stage.plane.gitops_apply(&stage.manifest().to_string()).await?;
    let done = stage.sue(&["suspend", "tenant", "acme", "--reason", "late no, INC-7"]).await?.ok()?;
    ensure!(done.starts_with("tenantinstance.uplift.dev/acme suspended\nNo upgrade of it starts"), "{done}");
    stage.plane.gitops_apply(&stage.manifest().to_string()).await?;
    ensure!(reason().await?.as_deref() == Some("late no, INC-7"), "Git does not name it");

    let told = refused(stage.sue(&["suspend", "tenant", "acme", "--reason", "other"]).await?, 1)?;
    ensure!(told.contains("suspended already, by uplift-suspend at 20") && told.contains("late no, INC-7"), "{told}");
    stage.sue(&["resume", "tenant", "acme", "--dry-run=server"]).await?.ok()?;
    ensure!(reason().await?.as_deref() == Some("late no, INC-7"));
    let done = stage.sue(&["resume", "tenant", "acme"]).await?.ok()?;
    ensure!(
        done.contains("resumed; it was suspended by uplift-suspend at 20") && done.contains(r#": "late no, INC-7""#),
        "{done}"
    );
    ensure!(reason().await?.is_none());
    let done = stage.sue(&["resume", "tenant", "acme"]).await?.ok()?;
    ensure!(done == "tenantinstance.uplift.dev/acme was not suspended\n", "{done}");
    Ok(())
}

#[tokio::test]
async fn engineers_stop_windows_and_releases_whoever_stopped_them_and_support_does_not() -> Result<()> {
    let stage = Stage::set().await?;
    let (pat, window) = (stage.plane.platform_engineer("pat@example.com").await?, stage.namespace.as_str());
    let release = stage.release("dec", "2033.12.0", &stage.namespace).await?;
    let told = refused(stage.sue(&["suspend", "window", window, "--reason", "x"]).await?, 1)?;
    ensure!(told.contains("patch and suspend on upgradewindows.uplift.dev (ClusterRole uplift-platform-engineer)"), "{told}");
    let told = refused(stage.sue(&["suspend", "release", &release, "--reason", "x"]).await?, 1)?;
    ensure!(told.contains("patch and suspend on dashboardreleases.uplift.dev"), "{told}");

    let patch = r#"{"spec":{"suspend":{"reason":"storm"}}}"#;
    stage.plane.kubectl(&pat, &["patch", "uw", window, "--type=merge", "--field-manager=by-hand", "-p", patch]).await?.ok()?;
    let done = stage.by(&pat, &["resume", "window", window]).await?.ok()?;
    ensure!(
        done.contains("was suspended by by-hand at 20") && done.contains(r#""storm""#) && done.contains("take it out there"),
        "{done}"
    );
    ensure!(stage.windows().get(window).await?.spec.suspend.is_none());
    stage.by(&pat, &["suspend", "window", window, "--reason", "storm"]).await?.ok()?;
    ensure!(stage.windows().get(window).await?.spec.suspend.is_some());
    stage.by(&pat, &["suspend", "release", "2033.12", "--reason", "bad"]).await?.ok()?;
    ensure!(stage.releases().get(&release).await?.spec.suspend.is_some());
    stage.by(&pat, &["resume", "release", &release]).await?.ok()?;
    ensure!(stage.releases().get(&release).await?.spec.suspend.is_none());
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_and_what_has_no_reason_is_refused() -> Result<()> {
    let stage = Stage::set().await?;
    let told = refused(stage.sue(&["suspend", "tenant", "acmee", "--reason", "x"]).await?, 1)?;
    ensure!(told.contains(r#"tenantinstances.uplift.dev "acmee" not found"#), "{told}");
    let told = refused(stage.sue(&["suspend", "tenant", "acme"]).await?, 2)?;
    ensure!(told.contains("--reason"), "{told}");
    let told = refused(stage.sue(&["suspend", "tenant", "acme", "--reason", ""]).await?, 1)?;
    ensure!(told.contains("spec.suspend.reason"), "{told}");
    Ok(())
}

#[tokio::test]
async fn engineers_let_a_ring_pass_and_support_does_not() -> Result<()> {
    let stage = Stage::set().await?;
    let pat = stage.plane.platform_engineer("pat@example.com").await?;
    let release = stage.release("dec", "2034.12.0", &stage.namespace).await?;
    let rings = r#"{"spec":{"rollout":{"rings":[{"name":"canary","soak":"24h"},{"name":"general"}]}}}"#;
    stage.plane.kubectl(&pat, &["patch", "drel", &release, "--type=merge", "-p", rings]).await?.ok()?;
    let skip = |ring| ["resume", "release", "2034.12", "--skip-ring", ring];

    let told = refused(stage.sue(&skip("canary")).await?, 1)?;
    ensure!(told.contains("patch and edit-spec on dashboardreleases.uplift.dev"), "{told}");
    let told = refused(stage.by(&pat, &skip("canari")).await?, 1)?;
    ensure!(told.contains(r#"has no ring "canari": it has canary, general"#), "{told}");
    let told = refused(stage.by(&pat, &["resume", "tenant", "acme", "--skip-ring", "canary"]).await?, 2)?;
    ensure!(told.contains("--skip-ring is for a release"), "{told}");

    let done = stage.by(&pat, &skip("canary")).await?.ok()?;
    ensure!(done.contains(r#"ring "canary" is let pass"#) && done.contains("without its proof"), "{done}");
    ensure!(stage.releases().get(&release).await?.spec.rollout.proven_rings == ["canary"]);
    let again = stage.by(&pat, &skip("canary")).await?.ok()?;
    ensure!(again.contains("is let pass already"), "{again}");
    Ok(())
}
