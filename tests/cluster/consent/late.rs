//! After the cut-off, after the start, and after the last refusal.

use anyhow::{Context, Result, ensure};
use uplift::api::tenant::{SlotResult, TenantInstanceStatus, Verdict};

use super::{
    manifests::COMES,
    stage::{SOON, Stage},
};
use crate::control_plane::eventually;

pub async fn an_opt_in_after_the_cut_off_takes_nothing_back(stage: &Stage) -> Result<()> {
    let before = stage.status("late-back").await?;
    stage.ask_back("late-back", "12-15").await?;
    let after = eventually(SOON, "the opt-in is seen", async || {
        let status = stage.status("late-back").await?;
        Ok(status.opt_outs.first().is_some_and(|record| record.opt_in_stood).then_some(status))
    })
    .await?;
    let verdicts = |status: &TenantInstanceStatus| status.opt_outs.iter().map(|record| record.verdict).collect::<Vec<_>>();
    ensure!((verdicts(&after), &after.upgrade) == (verdicts(&before), &before.upgrade), "{after:?}");
    Ok(())
}

pub async fn a_no_right_after_the_start_changes_nothing(stage: &Stage) -> Result<()> {
    stage.jump("12-15T18:00:00Z").await?;
    eventually(SOON, "the slow upgrade starts", async || {
        Ok(stage.status("started").await?.upgrade.and_then(|upgrade| upgrade.started_at))
    })
    .await?;
    let output = stage.annotate("started", &[&format!("uplift.dev/opt-out={COMES}")]).await?;
    ensure!(output.stderr.contains("goes on to its end"), "{output:?}");
    stage.told("started", "OptOutTooLate").await?;
    eventually(SOON, "the slow upgrade ends", async || {
        let status = stage.status("started").await?;
        let ended = status.history.first().filter(|entry| entry.result == SlotResult::Succeeded);
        Ok(ended.is_some().then_some(()))
    })
    .await?;
    let status = stage.status("started").await?;
    ensure!(status.version.as_deref() == Some(COMES), "{status:?}");
    let record = status.opt_outs.first().context("the no got no verdict")?;
    ensure!(record.verdict == Verdict::AlreadyStarted, "{record:?}");
    // A letter that is under way while the clock jumps would be weeks old.
    stage.told("started", "Succeeded").await
}

/// The window allows two; `limit` said its first no in December.
pub async fn the_third_no_of_two_is_refused_and_told(stage: &Stage) -> Result<()> {
    stage.jump("+01-06T09:00:00Z").await?;
    stage.announced("limit", "+01-19").await?;
    stage.decline("limit", "+01-19").await?;
    stage.verdict("limit", "+01-19", Verdict::Accepted).await?;
    stage.told("limit", "OptOutAccepted").await?;
    stage.jump("+02-03T09:00:00Z").await?;
    let announced = stage.announced("limit", "+02-16").await?;
    ensure!(announced.deferrals.as_ref().is_some_and(|deferrals| deferrals.count == 2), "{:?}", announced.deferrals);
    stage.decline("limit", "+02-16").await?;
    stage.verdict("limit", "+02-16", Verdict::LimitReached).await?;
    stage.told("limit", "OptOutLimitReached").await?;
    ensure!(stage.status("limit").await?.upgrade == announced.upgrade, "the date stands");
    Ok(())
}
