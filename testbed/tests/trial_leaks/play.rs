//! Plays a run: what is done to it, and what must come of it.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};
use uplift::api::{TenantInstance, UpgradeTrial, UpgradeTrialStatus, condition};
use uplift::clock::{Clock, RealClock};
use uplift_testbed::control_plane::eventually;

use crate::home::Home;
use crate::row::{Act, Change, Held};
use crate::world::World;

/// Eight Jobs and two rollouts beside those of other rows, on a busy machine.
const LONG: Duration = Duration::from_mins(3);

/// The run in which every guard is out: all three sinks hear it.
pub const ALL_OUT: &str = "every-guard-out";

/// The row with its guard: it comes to nothing, for the reason that it names, and nobody hears a byte.
pub async fn held(world: &World, leak: &Change, row: &Held) -> Result<String> {
    let change = row.change.on(leak);
    let home = Home::make(world, &row.name, &change).await?;
    home.ask(Some("2026.12.0")).await?;
    home.does(&change).await?;
    let came = match (&row.ends, &row.waits) {
        (Some(reason), None) => home.ended(reason).await?,
        (None, Some(reason)) => home.waited(reason).await?,
        _ => return Err(anyhow!("a row ends, or waits")),
    };
    if let Some(reason) = &row.tells {
        home.tells(reason).await?;
    }
    if let Some(step) = &row.never {
        home.never(step).await?;
    }
    home.nothing_is_left().await?;
    let heard = home.sinks.heard();
    ensure!(heard == [0; 3], "{heard:?} bytes came out (mail, webhook, database)");
    Ok(format!("{:<40} {came}: 0 bytes. {}", row.name, row.way))
}

/// A run without its guard: a sink hears it. Which one is chance: those of the data and those of the image, or the latter alone where the data are gone.
pub async fn leaks(world: &World, name: &str, change: &Change) -> Result<String> {
    let home = Home::make(world, name, change).await?;
    home.ask(Some("2026.12.0")).await?;
    home.does(change).await?;
    let heard = eventually(LONG, "the sinks hear it", async || {
        let heard = home.sinks.heard();
        let enough = if name == ALL_OUT { heard.iter().all(|bytes| *bytes > 0) } else { heard.iter().any(|bytes| *bytes > 0) };
        if enough { Ok(Some(heard)) } else { Err(anyhow!("{heard:?} of {}", serde_json::to_string(&home.status().await?)?)) }
    })
    .await?;
    home.ask(None).await?;
    for name in ["dashboard", "another"] {
        home.scale(name, 0).await?;
    }
    home.until("the run is over, and cleaned", |status| status.run.is_none()).await?;
    home.nothing_is_left().await?;
    Ok(format!("{name:<40} {} bytes to the mail server, {} to the webhook, {} to production", heard[0], heard[1], heard[2]))
}

impl Home<'_> {
    fn trials(&self) -> Api<UpgradeTrial> {
        self.trial.api()
    }

    fn tenants(&self) -> Api<TenantInstance> {
        Api::namespaced(self.world.client.clone(), &self.tenant)
    }

    pub async fn status(&self) -> Result<UpgradeTrialStatus> {
        Ok(self.trials().get_status("trial").await?.status.unwrap_or_default())
    }

    pub async fn ask(&self, version: Option<&str>) -> Result<()> {
        let change = Patch::Merge(json!({"metadata": {"annotations": {"uplift.dev/trial": version}}}));
        match self.tenants().patch("dashboard", &PatchParams::default(), &change).await {
            Err(kube::Error::Api(gone)) if version.is_none() && gone.is_not_found() => Ok(()),
            done => Ok(done.map(drop)?),
        }
    }

    /// What people say of it, on the trial.
    pub async fn answer(&self, answer: Option<&str>) -> Result<()> {
        let change = Patch::Merge(json!({"metadata": {"annotations": {"uplift.dev/trial-answer": answer}}}));
        Ok(self.trials().patch("trial", &PatchParams::default(), &change).await.map(drop)?)
    }

    /// The request and its answer are taken back, and that is seen: it can be asked for again.
    pub async fn ask_anew(&self) -> Result<()> {
        self.ask(None).await?;
        self.answer(None).await?;
        self.until("the request is forgotten", |status| status.request.is_none()).await.map(drop)
    }

    async fn until(&self, what: &str, is: impl Fn(&UpgradeTrialStatus) -> bool) -> Result<UpgradeTrialStatus> {
        eventually(LONG, what, async || {
            let status = self.status().await?;
            if is(&status) { Ok(Some(status)) } else { Err(anyhow!(serde_json::to_string(&status)?)) }
        })
        .await
    }

    /// What is to be done to the run, each at its step, which then goes on.
    async fn does(&self, change: &Change) -> Result<()> {
        for at in &change.at {
            self.until(&format!("it comes to {}", at.step), |status| comes_to(status, &at.step)).await?;
            self.act(at.act).await.with_context(|| format!("{:?} at {}", at.act, at.step))?;
            self.open_gate(&at.step)?;
        }
        Ok(())
    }

    async fn act(&self, act: Act) -> Result<()> {
        match act {
            Act::ScaleUp => self.scale("dashboard", 1).await,
            Act::ScaleAnotherUp => {
                self.scale("another", 1).await?;
                self.tried("another").await
            }
            Act::TakeBack => {
                self.tried("dashboard").await?;
                self.ask(None).await
            }
            Act::EditTrial => {
                let edit = Patch::Merge(json!({"spec": {"ttl": "2h"}}));
                Ok(self.trials().patch("trial", &PatchParams::default(), &edit).await.map(drop)?)
            }
            Act::DeleteTenant => Ok(self.tenants().delete("dashboard", &DeleteParams::default()).await.map(drop)?),
            Act::ProofIsOld => self.proof_is_old().await,
            Act::KillOperator => self.world.kill_the_operator().await,
        }
    }

    async fn scale(&self, name: &str, replicas: i32) -> Result<()> {
        let change = Patch::Merge(json!({"spec": {"replicas": replicas}}));
        Ok(self.trial.api::<Deployment>().patch(name, &PatchParams::default(), &change).await.map(drop)?)
    }

    /// Where there is no network the application has tried to reach somebody: it prints what failed.
    async fn tried(&self, app: &str) -> Result<()> {
        if self.open {
            return Ok(());
        }
        eventually(LONG, &format!("{app} has tried"), async || {
            let pods = self.trial.api::<Pod>().list(&ListParams::default().labels(&format!("app={app}"))).await?;
            let printed: String = pods.iter().map(|pod| self.trial.log(pod, "dashboard")).collect();
            Ok(printed.contains("call [Errno").then_some(()))
        })
        .await
    }

    /// What was started by hand runs and tries, and the trial says so.
    async fn tells(&self, reason: &str) -> Result<()> {
        self.tried("dashboard").await?;
        let says = |status: &UpgradeTrialStatus| {
            condition::get(&status.conditions, condition::CLEANED)
                .is_some_and(|said| said.status == "False" && said.reason == reason)
        };
        self.until(&format!("Cleaned says {reason}"), says).await?;
        self.scale("dashboard", 0).await
    }

    async fn proof_is_old(&self) -> Result<()> {
        self.tried("dashboard").await?;
        let cron_jobs = self.trial.api::<CronJob>();
        let mut egress = serde_json::to_value(cron_jobs.get("uplift-egress").await?)?;
        let says = json!(["echo reached 192.0.2.25:25 > /dev/termination-log"]);
        egress["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"] = says;
        cron_jobs.replace("uplift-egress", &PostParams::default(), &serde_json::from_value(egress)?).await?;
        // Nobody waits for an hour: the status says that it has passed, written as the operator would.
        let own = Api::<UpgradeTrial>::namespaced(self.world.plane.operator().await?.client().await?, self.namespace());
        let ago = Timestamp::from_second(RealClock.now().as_second())? - SignedDuration::from_hours(1);
        eventually(LONG, "the proof is an hour old", async || {
            let mut trial = serde_json::to_value(own.get("trial").await?)?;
            trial["status"]["run"]["provenAt"] = json!(ago);
            match own.replace_status("trial", &PostParams::default(), &serde_json::from_value(trial)?).await {
                Err(kube::Error::Api(refusal)) if refusal.is_conflict() => Ok(None),
                done => Ok(Some(done.map(drop)?)),
            }
        })
        .await
    }

    /// The run is over and cleaned, for this reason.
    async fn ended(&self, reason: &str) -> Result<String> {
        let over = self.until("the run is over, and cleaned", |status| status.run.is_none() && !status.runs.is_empty()).await?;
        let end = &over.runs[0].end;
        ensure!(end.reason.to_string() == reason, "{end:?}");
        Ok(format!("{:?}, {reason}", end.verdict))
    }

    /// It waits for this reason; then nobody asks for it any more.
    async fn waited(&self, reason: &str) -> Result<String> {
        let says = |status: &UpgradeTrialStatus| {
            condition::get(&status.conditions, condition::AVAILABLE).is_some_and(|said| said.reason == reason)
        };
        let status = self.until(&format!("it waits for {reason}"), says).await?;
        let on = if status.run.is_some() { "the run waits" } else { "no run begins" };
        self.ask(None).await?;
        self.until("no run is on", |status| status.run.is_none()).await?;
        Ok(format!("{on}, {reason}"))
    }

    /// This step did not begin.
    async fn never(&self, step: &str) -> Result<()> {
        if step == "boot" {
            let generation = self.trial.api::<Deployment>().get("dashboard").await?.metadata.generation;
            ensure!(generation == Some(1), "the workload was changed: generation {generation:?}");
        }
        let label = ListParams::default().labels(&format!("uplift.dev/step={step}"));
        let made = self.trial.api::<Job>().list(&label).await?.items.len();
        ensure!(made == 0, "{made} Jobs of {step} were made");
        Ok(())
    }

    /// No replica, no pod, no data.
    pub async fn nothing_is_left(&self) -> Result<()> {
        if self.wanted("another").await? > 0 {
            self.scale("another", 0).await?; // the trial does not name it: nobody else does
        }
        eventually(LONG, "nothing is left of the trial", async || {
            let wanted = self.wanted("dashboard").await?;
            let pods = self.trial.api::<Pod>().list(&ListParams::default().labels("app")).await?.items;
            let pods: Vec<_> = pods.iter().map(ResourceExt::name_any).collect();
            let copies = format!("select count(*) from pg_database where datname = '{}'", self.namespace());
            let copies = self.world.copies.psql(&copies).await?;
            ensure!(wanted == 0 && pods.is_empty() && copies == "0", "{wanted} replicas, pods {pods:?}, {copies} copies");
            Ok(Some(()))
        })
        .await
    }

    async fn wanted(&self, name: &str) -> Result<i64> {
        let deployment: Value = serde_json::to_value(self.trial.api::<Deployment>().get(name).await?)?;
        Ok(deployment["spec"]["replicas"].as_i64().unwrap_or(1))
    }
}

/// Whether this step is on, with its Job, and waits; or the trial is ready, or the run is over.
fn comes_to(status: &UpgradeTrialStatus, step: &str) -> bool {
    let Some(run) = &status.run else { return step == "over" && !status.runs.is_empty() };
    if step == "ready" {
        return run.ready_at.is_some() && run.ended.is_none();
    }
    let on = run.steps.iter().find(|one| one.result.is_none());
    on.is_some_and(|on| on.kind.word() == step && on.job.is_some())
}
