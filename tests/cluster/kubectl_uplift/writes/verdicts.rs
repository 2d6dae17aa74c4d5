//! What the operator answers to `opt-out` and `opt-in`.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use uplift::api::tenant::Verdict;

use super::{
    operated::{ago, announced, slot},
    stage::{Stage, refused},
};
use crate::control_plane::eventually;

#[tokio::test]
async fn opt_out_opt_in_and_opt_out_again_are_each_answered() -> Result<()> {
    let stage = announced(&json!({})).await?;
    let first = slot(&stage, |_| true).await?;
    let day = &first[..10];
    let no = stage.sue(&["opt-out", "acme", "--reason", "year end"]).await?.ok()?;
    ensure!(no.starts_with(&format!("tenantinstance.uplift.dev/acme opted out of {day}\n")), "{no}");
    ensure!(no.contains(&format!("Accepted: the upgrade to 2026.12.0 on {first} does not take place. ")), "{no}");
    ensure!(no.contains("said by sue@example.com at 20"), "{no}");

    let again = stage.sue(&["opt-out", "acme", "--date", day]).await?.ok()?;
    ensure!(again.contains(&format!("opted out of {day} already\nAccepted: the upgrade to 2026.12.0 on {first}")), "{again}");

    let yes = stage.sue(&["opt-in", "acme"]).await?.ok()?;
    ensure!(
        yes.contains(&format!("opted in to {day}\nUndone: {day} is not declined any more; the date stands again: {first}")),
        "{yes}"
    );
    ensure!(stage.annotation("opt-out").await?.is_none());

    // At once, and as the annotation was before: it must be another opt-out all the same.
    let anew = stage.sue(&["opt-out", "acme", "--date", day]).await?.ok()?;
    ensure!(anew.contains(&format!("opted out of {day}\nAccepted: the upgrade to 2026.12.0 on {first}")), "{anew}");
    ensure!(stage.annotation("opt-out").await?.as_deref() == Some(day));
    Ok(())
}

#[tokio::test]
async fn a_no_that_an_opt_in_beside_it_took_back_is_said_anew() -> Result<()> {
    let stage = announced(&json!({})).await?;
    let first = slot(&stage, |_| true).await?;
    let day = &first[..10];
    stage.sue(&["opt-out", "acme"]).await?.ok()?;
    // As plain kubectl does it: the opt-out stays, and to write it again would write nothing.
    annotate(&stage, &[&format!("uplift.dev/opt-in={day}")]).await?;
    verdict(&stage, Verdict::Undone).await?;
    ensure!(stage.annotation("opt-out").await?.as_deref() == Some(day));
    let anew = stage.sue(&["opt-out", "acme", "--date", day]).await?.ok()?;
    ensure!(anew.contains(&format!("opted out of {day}\nAccepted: the upgrade to 2026.12.0 on {first}")), "{anew}");
    ensure!(stage.annotation("opt-in").await?.is_none());
    Ok(())
}

#[tokio::test]
async fn an_opt_in_that_stood_before_the_opt_out_is_said_anew() -> Result<()> {
    let stage = announced(&json!({})).await?;
    let first = slot(&stage, |_| true).await?;
    let day = &first[..10];
    annotate(&stage, &[&format!("uplift.dev/opt-in={day}")]).await?;
    annotate(&stage, &[&format!("uplift.dev/opt-out={day}")]).await?;
    verdict(&stage, Verdict::Accepted).await?;
    let yes = stage.sue(&["opt-in", "acme", "--date", day]).await?.ok()?;
    ensure!(yes.contains(&format!("Undone: {day} is not declined any more; the date stands again: {first}")), "{yes}");
    Ok(())
}

#[tokio::test]
async fn a_no_beyond_the_limit_ends_with_3_and_says_how_to_stop_the_upgrade() -> Result<()> {
    let stage = announced(&json!({"deferral": {"max": 1}, "announceAhead": "100h"})).await?;
    let first = slot(&stage, |_| true).await?;
    stage.sue(&["opt-out", "acme"]).await?.ok()?;
    let second = slot(&stage, |slot| slot != first).await?;
    let no = stage.sue(&["opt-out", "acme"]).await?;
    ensure!(no.code == 3 && no.stdout.contains("LimitReached: it was put off as often as agreed"), "{no:?}");
    ensure!(
        no.stdout.contains(&format!("on {second} goes ahead")) && no.stdout.contains("kubectl uplift suspend tenant acme"),
        "{no:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_late_opt_out_ends_with_3_and_a_program_reads_the_verdict() -> Result<()> {
    let stage = announced(&json!({})).await?;
    let first = slot(&stage, |_| true).await?;
    stage.status(&json!({"upgrade": {"slot": {"optOutUntil": ago(60)}}})).await?;
    let no = stage.sue(&["opt-out", "acme", "-o", "json"]).await?;
    ensure!(
        no.code == 3 && no.stderr.contains("TooLate: it was said at 20") && no.stderr.contains("after the cut-off"),
        "{no:?}"
    );
    let printed: Value = serde_json::from_str(&no.stdout)?;
    ensure!(printed["status"]["optOuts"][0]["verdict"] == "TooLate", "{printed}");
    ensure!(printed["status"]["upgrade"]["slot"]["opens"] == first.as_str(), "{printed}");
    let again = stage.sue(&["opt-out", "acme"]).await?;
    ensure!(again.code == 3 && again.stdout.contains("already\nTooLate"), "{again:?}");
    Ok(())
}

#[tokio::test]
async fn a_day_that_is_over_is_not_taken_back_and_the_answer_says_why() -> Result<()> {
    let stage = announced(&json!({})).await?;
    let first = slot(&stage, |_| true).await?;
    stage.sue(&["opt-out", "acme"]).await?.ok()?;
    let past = json!(ago(60));
    stage.edit_status(|status| status["optOuts"][0]["lost"]["optOutUntil"].clone_from(&past)).await?;
    let yes = stage.sue(&["opt-in", "acme", "--date", &first[..10]]).await?;
    ensure!(yes.code == 3 && yes.stdout.contains("Not undone: the cut-off of that day, 20"), "{yes:?}");
    Ok(())
}

#[tokio::test]
async fn a_day_that_fits_nothing_is_noted_and_a_past_one_is_stale() -> Result<()> {
    let stage = announced(&json!({})).await?;
    let first = slot(&stage, |_| true).await?;
    let noted = stage.sue(&["opt-out", "acme", "--date", "2099-01-01"]).await?.ok()?;
    ensure!(
        noted.contains("Noted: nothing that is planned fits 2099-01-01 yet") && noted.contains(&format!("on {first} stands")),
        "{noted}"
    );
    let past = stage.sue(&["opt-out", "acme", "--date", "2020-01-01"]).await?;
    ensure!(past.code == 3 && past.stdout.contains("Stale: 2020-01-01 is over"), "{past:?}");
    let told = refused(stage.sue(&["opt-in", "acme", "--date", "2020-01-01"]).await?, 1)?;
    ensure!(told.contains("no refusal of 2020-01-01") && told.contains("declined are: 2099-01-01"), "{told}");
    stage.sue(&["opt-in", "acme"]).await?.ok()?;
    Ok(())
}

/// Plain kubectl, by Sue.
async fn annotate(stage: &Stage, annotations: &[&str]) -> Result<()> {
    stage.kubectl(&[&["annotate", "--overwrite", "ti/acme", "--field-manager=uplift-opt-out"], annotations].concat()).await?;
    Ok(())
}

/// Waits until the last verdict is this one.
async fn verdict(stage: &Stage, wanted: Verdict) -> Result<()> {
    eventually(Duration::from_secs(10), "the operator judges", async || {
        let status = stage.acme().await?.status.context("no status")?;
        let last = status.opt_outs.first().context("no verdict")?;
        Ok((last.verdict == wanted).then_some(()))
    })
    .await
}
