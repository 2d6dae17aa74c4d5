//! Before the cut-off: a support person and plain kubectl.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    time::timeout,
};
use uplift::api::tenant::{SlotResult, Verdict};

use super::{
    manifests::COMES,
    stage::{SOON, Stage},
};

/// R12: verdicts are in status within a second.
const WITHIN: Duration = Duration::from_secs(1);

/// Five customers, one after the other; the figure is the time from the return of `annotate` to the verdict in the printed column.
pub async fn a_support_person_sees_the_verdict_within_a_second(stage: &Stage) -> Result<()> {
    let mut figures = vec![];
    for tenant in ["acme", "birch", "cedar", "dune", "ember"] {
        figures.push(time_to_see(stage, tenant).await?);
        stage.told(tenant, "OptOutAccepted").await?;
    }
    println!("from the return of kubectl annotate to the printed verdict: {figures:?}");
    // One of five may fall into a pause of the machine; the rule is about the operator.
    figures.sort();
    ensure!(figures[2] <= WITHIN, "the verdict took longer than {WITHIN:?}: {figures:?}");
    let record = stage.verdict("acme", "12-15", Verdict::Accepted).await?;
    ensure!(record.by.as_deref() == Some("sue@corp.example") && record.reason.as_deref() == Some("year-end close"), "{record:?}");
    Ok(())
}

async fn time_to_see(stage: &Stage, tenant: &str) -> Result<Duration> {
    let mut watch = stage.plane.kubectl_command(&stage.sue, &["get", "ti", "-n", tenant, "--watch", "--no-headers"]);
    let mut watch = watch.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn().context("starting the watch")?;
    let mut lines = BufReader::new(watch.stdout.take().context("a watch without stdout")?).lines();
    timeout(SOON, lines.next_line()).await??.context("the watch prints the tenant as it is")?;
    let (said, seen) = tokio::join!(
        async {
            let notes = [format!("uplift.dev/opt-out={}", stage.day("12-15")), "uplift.dev/opt-out-reason=year-end close".into()];
            stage.annotate(tenant, &notes.each_ref().map(String::as_str)).await?.ok()?;
            anyhow::Ok(Instant::now())
        },
        timeout(SOON, async {
            while let Some(line) = lines.next_line().await? {
                if line.split_whitespace().any(|column| column == "Accepted") {
                    return Ok(Instant::now());
                }
            }
            anyhow::bail!("the watch ended")
        })
    );
    Ok(seen.context("the verdict never showed")??.saturating_duration_since(said?))
}

pub async fn a_typo_is_refused_with_the_right_form(stage: &Stage) -> Result<()> {
    let before = stage.tenant("typo").await?.metadata.resource_version;
    for typo in ["15.12.2026", "next week", "2026-13-01", ""] {
        let output = stage.annotate("typo", &[&format!("uplift.dev/opt-out={typo}")]).await?;
        let right = r#"Write the day of the upgrade that is meant, like uplift.dev/opt-out="2026-12-15", or the version, like uplift.dev/opt-out="2026.12.0""#;
        ensure!(output.code == 1 && output.stderr.contains(right), "{typo:?}: {output:?}");
        ensure!(output.stderr.contains(&format!("uplift.dev/opt-out=\"{typo}\" is neither a day nor a version")), "{output:?}");
    }
    ensure!(stage.tenant("typo").await?.metadata.resource_version == before, "a refused write changed something");
    Ok(())
}

pub async fn an_opt_in_before_the_cut_off_gives_the_same_slot_back_under_its_first_notice(stage: &Stage) -> Result<()> {
    let before = stage.announced("back", "12-15").await?;
    stage.decline("back", "12-15").await?;
    stage.verdict("back", "12-15", Verdict::Accepted).await?;
    ensure!(stage.status("back").await?.upgrade.is_none_or(|upgrade| upgrade.slot.is_none()), "the slot is given back");
    stage.ask_back("back", "12-15").await?;
    stage.verdict("back", "12-15", Verdict::Undone).await?;
    let after = stage.announced("back", "12-15").await?;
    let slot = |status: &uplift::api::TenantInstanceStatus| status.upgrade.clone().and_then(|upgrade| upgrade.slot);
    ensure!(slot(&before) == slot(&after), "not the same slot: {:?}", after.upgrade);
    ensure!(after.deferrals.is_none(), "{:?}", after.deferrals);
    stage.told("back", "OptOutUndone").await?;
    ensure!(stage.kinds_told("back") == ["Planned", "OptOutAccepted", "OptOutUndone"], "{:?}", stage.kinds_told("back"));
    Ok(())
}

/// The same value again is no change to the API server, so nobody would see it: kubectl warns, and says what to do.
pub async fn a_no_that_was_taken_back_is_said_again_after_both_words_were_removed(stage: &Stage) -> Result<()> {
    stage.decline("again", "12-15").await?;
    stage.verdict("again", "12-15", Verdict::Accepted).await?;
    stage.ask_back("again", "12-15").await?;
    stage.verdict("again", "12-15", Verdict::Undone).await?;
    let nothing = stage.annotate("again", &[&format!("uplift.dev/opt-out={}", stage.day("12-15"))]).await?;
    ensure!(nothing.stderr.contains("nothing was changed"), "{nothing:?}");
    stage.annotate("again", &["uplift.dev/opt-out-", "uplift.dev/opt-in-"]).await?.ok()?;
    stage.clock.reach(stage.clock.now() + jiff::SignedDuration::from_secs(1)).await;
    stage.decline("again", "12-15").await?;
    stage.verdict("again", "12-15", Verdict::Accepted).await?;
    Ok(())
}

pub async fn an_opt_out_and_an_opt_in_in_one_write_are_an_opt_out(stage: &Stage) -> Result<()> {
    let output =
        stage.annotate("together", &[&format!("uplift.dev/opt-out={COMES}"), &format!("uplift.dev/opt-in={COMES}")]).await?;
    ensure!(output.code == 0 && output.stderr.contains("takes nothing back"), "{output:?}");
    stage.told("together", "OptOutAccepted").await?;
    let status = stage.status("together").await?;
    ensure!(status.opt_outs.iter().all(|record| record.verdict == Verdict::Accepted), "{:?}", status.opt_outs);
    ensure!(status.history.first().is_some_and(|entry| entry.result == SlotResult::OptedOut), "{:?}", status.history);
    Ok(())
}

/// An opt-out for a story that goes on later.
pub async fn accepted(stage: &Stage, tenant: &str) -> Result<()> {
    stage.decline(tenant, "12-15").await?;
    stage.verdict(tenant, "12-15", Verdict::Accepted).await.map(drop)
}
