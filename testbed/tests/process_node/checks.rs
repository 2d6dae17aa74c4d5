//! Checks of releases by Job (R1, R26): the operator makes them by the chart's own account, and they really run.

use std::time::Duration;

use anyhow::{Result, ensure};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::Client;
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use uplift::api::DashboardRelease;
use uplift::api::release::{CheckResult, CheckRun};
use uplift::fleet::ACCEPTANCE_NAMESPACE;
use uplift_testbed::control_plane::eventually;
use uplift_testbed::process_node::place;

use crate::stage::{SOON, operate, pod, stage};

fn template(name: &str, script: &str) -> Result<CronJob> {
    let mut spec = pod(script);
    spec["restartPolicy"] = json!("OnFailure");
    spec["containers"][0]["name"] = json!("web");
    place(&mut spec);
    let labels = json!({"app": "dashboard"});
    Ok(serde_json::from_value(json!({
        "metadata": {"name": name, "labels": {"uplift.dev/template": "true"}},
        "spec": {
            "schedule": "0 0 31 2 *", "suspend": true,
            "jobTemplate": {"spec": {"template": {"metadata": {"labels": labels}, "spec": spec}}},
        },
    }))?)
}

struct Acceptance {
    client: Client,
}

impl Acceptance {
    fn releases(&self) -> Api<DashboardRelease> {
        Api::all(self.client.clone())
    }

    async fn template(&self, name: &str, script: &str) -> Result<()> {
        let cron_jobs = Api::<CronJob>::namespaced(self.client.clone(), ACCEPTANCE_NAMESPACE);
        let params = PatchParams::apply("test").force();
        let object = template(name, script)?;
        cron_jobs
            .patch(
                name,
                &params,
                &Patch::Apply(&json!({
                    "apiVersion": "batch/v1", "kind": "CronJob", "metadata": object.metadata, "spec": object.spec,
                })),
            )
            .await?;
        Ok(())
    }

    async fn edit(&self, spec: Value) -> Result<()> {
        self.releases().patch("dashboard", &PatchParams::default(), &Patch::Merge(json!({"spec": spec}))).await?;
        Ok(())
    }

    /// The run of a check, once it has this result.
    async fn ended(&self, check: &str, attempt: u32) -> Result<CheckRun> {
        eventually(SOON, &format!("check {check} ends"), async || {
            let status = self.releases().get_status("dashboard").await?.status.unwrap_or_default();
            let mut runs = status.checks.into_iter();
            Ok(runs.find(|run| run.name == check && run.attempt == attempt && run.result.is_some()))
        })
        .await
    }

    async fn accepted(&self, reason: &str) -> Result<()> {
        eventually(Duration::from_secs(20), &format!("acceptance says {reason}"), async || {
            let status = self.releases().get_status("dashboard").await?.status.unwrap_or_default();
            Ok(status.conditions.iter().any(|c| c.type_ == "Accepted" && c.reason == reason).then_some(()))
        })
        .await
    }

    async fn jobs(&self) -> Result<Vec<Job>> {
        let jobs = Api::<Job>::namespaced(self.client.clone(), ACCEPTANCE_NAMESPACE);
        Ok(jobs.list(&ListParams::default().labels("app.kubernetes.io/managed-by=uplift")).await?.items)
    }
}

fn checks(broken_attempt: u32) -> Value {
    json!({"checks": [
        {"name": "smoke", "cronJobRef": {"name": "uplift-smoke"}},
        {"name": "broken", "cronJobRef": {"name": "uplift-broken"}, "attempt": broken_attempt},
    ]})
}

#[tokio::test]
async fn checks_of_a_release_run_as_jobs_and_what_they_say_is_in_its_status() -> Result<()> {
    let stage = stage().await?;
    stage.plane.install_chart(&[]).await?;
    let stop = operate(stage.plane).await?;
    let acceptance = Acceptance { client: stage.client.clone() };
    acceptance.template("uplift-smoke", "echo $UPLIFT_STEP of $UPLIFT_TO, $UPLIFT_IMAGE_WEB > /dev/termination-log").await?;
    let release = serde_json::from_value(json!({
        "apiVersion": "uplift.dev/v1alpha1", "kind": "DashboardRelease", "metadata": {"name": "dashboard"},
        "spec": {"version": "2026.12.0", "images": {"web": "registry.example/web:2"}, "acceptance": checks(1)},
    }))?;
    acceptance.releases().create(&PostParams::default(), &release).await?;

    let smoke = acceptance.ended("smoke", 1).await?;
    let said = smoke.message.as_deref();
    ensure!(smoke.result == Some(CheckResult::Passed) && said == Some("smoke of 2026.12.0, registry.example/web:2"), "{smoke:?}");
    acceptance.accepted("JobTemplateMissing").await?;

    acceptance.template("uplift-broken", "echo 2 of 12 are empty > /dev/termination-log; exit 3").await?;
    let broken = acceptance.ended("broken", 1).await?;
    ensure!(broken.result == Some(CheckResult::Failed) && broken.message.as_deref() == Some("2 of 12 are empty"), "{broken:?}");
    acceptance.accepted("CheckFailed").await?;

    acceptance.template("uplift-broken", "true").await?;
    acceptance.edit(json!({"acceptance": checks(2)})).await?;
    ensure!(acceptance.ended("broken", 2).await?.result == Some(CheckResult::Passed));
    acceptance.accepted("Accepted").await?;

    let jobs = acceptance.jobs().await?;
    ensure!(jobs.len() == 3, "one for each attempt: {jobs:#?}");
    let pods = jobs.iter().filter_map(|job| job.spec.as_ref()?.template.metadata.as_ref()?.labels.as_ref());
    ensure!(pods.clone().count() == 3 && pods.into_iter().all(|labels| !labels.contains_key("app")), "no Service takes them in");
    drop(stop);
    Ok(())
}
