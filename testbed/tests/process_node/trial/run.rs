//! The whole run: asked for by an annotation, filled, scrubbed, booted, answered, emptied.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::ResourceExt;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use serde_json::json;
use uplift::api::trial::{PastRun, TrialAnswer, TrialRun, TrialStep, TrialVerdict};
use uplift::api::{UpgradeTrial, UpgradeTrialStatus};
use uplift_testbed::control_plane::{ControlPlane, eventually};

use super::bed::{Bed, INVOICES, set_up};
use crate::stage::{SOON, operate, program};

/// Nine Jobs and two rollouts, one after the other, on a busy machine.
const LONG: Duration = Duration::from_mins(8);

impl Bed<'_> {
    /// What somebody of support types.
    async fn says(&self, words: &[&str]) -> Result<()> {
        let support = self.trial.plane.support("sue").await?;
        self.trial.plane.kubectl(&support, words).await?.ok().map(drop)
    }

    async fn status(&self) -> Result<UpgradeTrialStatus> {
        Ok(self.trial.api::<UpgradeTrial>().get_status("trial").await?.status.unwrap_or_default())
    }

    /// Asks anew: what was asked before, and its answer, are taken away first.
    async fn ask(&self) -> Result<()> {
        self.says(&["-n", "acme", "annotate", "tenantinstance", "dashboard", "uplift.dev/trial-"]).await?;
        self.says(&["-n", "acme-trial", "annotate", "upgradetrial", "trial", "uplift.dev/trial-answer-"]).await?;
        eventually(SOON, "the request is forgotten", async || Ok(self.status().await?.request.is_none().then_some(()))).await?;
        self.says(&["-n", "acme", "annotate", "tenantinstance", "dashboard", "uplift.dev/trial=2026.12.0"]).await
    }

    async fn answer(&self, answer: &str) -> Result<()> {
        let word = format!("uplift.dev/trial-answer={answer}");
        self.says(&["-n", "acme-trial", "annotate", "upgradetrial", "trial", &word]).await
    }

    async fn ready(&self) -> Result<TrialRun> {
        eventually(LONG, "the trial is ready", async || {
            let status = self.status().await?;
            let seen = serde_json::to_string(&status)?;
            let run = status.run.with_context(|| seen.clone())?;
            if run.ready_at.is_none() { Err(anyhow!(seen)) } else { Ok(Some(run)) }
        })
        .await
    }

    /// The newest run, once so many are over.
    async fn over(&self, runs: usize) -> Result<PastRun> {
        eventually(LONG, "the run is over, and cleaned", async || {
            let status = self.status().await?;
            let seen = serde_json::to_string(&status)?;
            if status.run.is_some() || status.runs.len() != runs {
                Err(anyhow!(seen))
            } else {
                Ok(status.runs.into_iter().next())
            }
        })
        .await
    }

    async fn script(&self, name: &str, script: &str) -> Result<String> {
        let cron_jobs = self.trial.api::<CronJob>();
        let mut cron_job = serde_json::to_value(cron_jobs.get(name).await?)?;
        let args = &mut cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"];
        let before = args[0].as_str().context("a script")?.to_owned();
        *args = json!([script]);
        cron_jobs.replace(name, &PostParams::default(), &serde_json::from_value(cron_job)?).await?;
        Ok(before)
    }

    async fn jobs_of(&self, id: &str) -> Result<Vec<String>> {
        let jobs = self.trial.api::<Job>().list(&ListParams::default().labels(&format!("uplift.dev/id={id}"))).await?;
        Ok(jobs.iter().map(|job| job.labels().get("uplift.dev/step").cloned().unwrap_or_default()).collect())
    }
}

#[tokio::test]
async fn a_version_is_tried_on_a_copy_that_reaches_nobody() -> Result<()> {
    let plane = ControlPlane::start().await?;
    plane.install_chart(&[]).await?;
    let node = plane.start_process_node(program()).await?;
    let bed = set_up(&plane, &node).await?;
    let (before, host) =
        (bed.tenants_data.dump().await?, Patch::Merge(json!({"spec": {"template": {"spec": {"hostNetwork": true}}}})));
    let refused = bed.trial.api::<Deployment>().patch("dashboard", &PatchParams::default(), &host).await;
    ensure!(refused.is_err_and(|error| error.to_string().contains("hostNetwork")), "the guard stands");
    let stop = operate(&plane).await?;

    // All is right: looked at, confirmed, empty.
    bed.ask().await?;
    let run = bed.ready().await?;
    ensure!(run.steps.iter().all(TrialStep::succeeded), "{run:#?}");
    for step in &run.steps {
        println!("  {} {}", step.word(), step.message.as_deref().unwrap_or_default());
    }
    let (image, wanted, ready) = bed.workload(&bed.trial).await?;
    ensure!((wanted, ready) == (1, 1) && image.ends_with(":2026.12.0"), "{image}: {ready} of {wanted} are ready");
    bed.printed_all(&[format!("invoices: {INVOICES}"), format!("could not reach {}", bed.sink.address)]).await?;
    bed.answer("Confirmed").await?;
    let past = bed.over(1).await?;
    ensure!((past.end.verdict, past.end.answer) == (TrialVerdict::Passed, Some(TrialAnswer::Confirmed)), "{past:#?}");
    bed.nothing_is_left().await?;
    ensure!(bed.sink.heard() == 0, "{} bytes came out", bed.sink.heard());
    println!("tried, confirmed and emptied; 0 bytes came out");

    // The proof of the quarantine says something else: no data come in.
    let egress = bed.script("uplift-egress", "echo reached somebody > /dev/termination-log").await?;
    bed.ask().await?;
    let open = bed.over(2).await?;
    ensure!(open.end.verdict == TrialVerdict::Failed && open.end.reason.to_string() == "QuarantineNotEnforced", "{open:#?}");
    let made = bed.jobs_of(&open.id.to_string()).await?;
    ensure!(made.iter().all(|step| ["egress", "clean"].contains(&step.as_str())), "{made:?}");
    bed.nothing_is_left().await?;
    println!("an open quarantine: nothing was restored ({made:?})");

    // The sink does hear: without the guard of the network the same application reaches it.
    bed.script("uplift-egress", &egress).await?;
    bed.take_the_guards_out().await?;
    bed.ask().await?;
    bed.ready().await?;
    eventually(SOON, "the sink hears it", async || Ok((bed.sink.heard() > 0).then_some(()))).await?;
    bed.answer("Rejected").await?;
    let heard = bed.over(3).await?;
    ensure!(heard.end.answer == Some(TrialAnswer::Rejected), "{heard:#?}");
    bed.nothing_is_left().await?;
    println!("without the guard {} bytes came out", bed.sink.heard());

    ensure!(bed.tenants_data.dump().await? == before, "production's data are as they were");
    let (image, wanted, _) = bed.workload(&bed.production).await?;
    ensure!(image.ends_with(":2026.11.0") && wanted == 1, "{image}, {wanted} replicas: production runs as it did");
    drop(stop);
    plane.stop().await
}
