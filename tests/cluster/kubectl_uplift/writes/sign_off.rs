//! `sign-off`.

use anyhow::{Result, ensure};
use futures::future::try_join_all;
use uplift::api::release::CheckResult;

use super::stage::{Stage, refused};

#[tokio::test]
async fn sign_offs_at_the_same_time_are_all_kept_and_a_later_one_replaces() -> Result<()> {
    let stage = Stage::set().await?;
    let name = stage.release("dec", "2026.12.0", &stage.namespace).await?;
    let pat = stage.plane.platform_engineer("pat@example.com").await?;
    let checks: Vec<_> = (0..6).map(|n| format!("check-{n}")).collect();
    let each = checks.iter().map(|check| async {
        stage.by(&pat, &["sign-off", &name, check, "--result", "Failed", "--reference", "SAT-1"]).await?.ok()
    });
    try_join_all(each).await?;
    let signed = async || anyhow::Ok(stage.releases().get(&name).await?.spec.acceptance.sign_offs);
    let mut there: Vec<_> = signed().await?.into_iter().map(|signed| signed.check).collect();
    there.sort();
    ensure!(there == checks, "{there:?}");

    let done = stage.by(&pat, &["sign-off", &name, "check-3", "--result", "passed"]).await?.ok()?;
    ensure!(done.ends_with("check check-3 signed off: Passed; before it was Failed (SAT-1)\n"), "{done}");
    let anew = signed().await?.into_iter().find(|signed| signed.check == "check-3").unwrap();
    ensure!((anew.result, anew.reference) == (CheckResult::Passed, None));
    Ok(())
}

#[tokio::test]
async fn a_typo_is_refused_with_what_there_is_and_support_may_not_sign_off() -> Result<()> {
    let stage = Stage::set().await?;
    let name = stage.release("dec", "2026.12.0", &stage.namespace).await?;
    let pat = stage.plane.platform_engineer("pat@example.com").await?;
    let told = refused(stage.by(&pat, &["sign-off", &name, "chekc-1", "--result", "Passed"]).await?, 1)?;
    ensure!(told.contains(r#"no check "chekc-1""#) && told.contains("check-0, check-1"), "{told}");
    let told = refused(stage.by(&pat, &["sign-off", &name, "check-1", "--result", "fine"]).await?, 2)?;
    ensure!(told.contains("Passed, Failed"), "{told}");
    let told = refused(stage.sue(&["sign-off", &name, "check-1", "--result", "Passed"]).await?, 1)?;
    ensure!(
        told.contains("patch and sign-off on dashboardreleases")
            && told.contains("ClusterRole uplift-platform-engineer or uplift-approver"),
        "{told}"
    );
    stage.by(&pat, &["sign-off", &name, "check-1", "--result", "Passed", "--dry-run=server"]).await?.ok()?;
    ensure!(stage.releases().get(&name).await?.spec.acceptance.sign_offs.is_empty());
    Ok(())
}
