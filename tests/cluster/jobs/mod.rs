//! R19, R26: what keeps the Jobs of hooks from being made is known before the start, by the chart's own rights and policies.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::batch::v1::Job;
use kube::{
    Api,
    api::{ListParams, ObjectMeta},
};
use serde_json::{Value, json};
use uplift::api::{
    DashboardRelease, condition,
    tenant::{NoticeKind, NoticeRecord},
};

use crate::{
    consent::{
        manifests::{self, COMES, RUNS, namespace, window},
        stage::{SOON, Stage},
    },
    control_plane::eventually,
    kubectl_uplift::writes::stage::uplift,
};

/// Who is refused waits longer and longer: by now a minute at most.
const NEXT_TRY: Duration = Duration::from_mins(3);
/// The operator's account is not bound in the first. In the second the Job would read a Secret that it may not. In the third there may be no Job.
const TENANTS: [&str; 3] = ["unbound", "greedy", "capped"];

fn cron_job(namespace: &str, secret: &str) -> Value {
    let env = json!([{"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": secret, "key": "password", "optional": true}}}]);
    let pod =
        json!({"restartPolicy": "Never", "containers": [{"name": "main", "image": "registry.example.test/tools:1", "env": env}]});
    json!({
        "apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": "uplift-migrate", "namespace": namespace, "labels": {"uplift.dev/template": "true"}},
        "spec": {"schedule": "0 0 31 2 *", "suspend": true, "jobTemplate": {"spec": {"template": {"spec": pod}}}},
    })
}

fn binding(namespace: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "uplift-jobs", "namespace": namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "uplift-jobs"},
        "subjects": [{"kind": "ServiceAccount", "name": "uplift", "namespace": "uplift-system"}],
    })
}

fn quota(namespace: &str, jobs: usize) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few", "namespace": namespace},
        "spec": {"hard": {"count/jobs.batch": jobs.to_string()}},
    })
}

async fn furnish(stage: &Stage) -> Result<()> {
    let mut comes = manifests::release(COMES);
    comes["spec"]["hooks"] = json!({"before": [{"name": "migrate", "cronJobRef": {"name": "uplift-migrate"}}]});
    stage.apply([manifests::release(RUNS), comes, window()].into_iter().chain(TENANTS.map(namespace))).await?;
    let [unbound, greedy, capped] = TENANTS;
    let jobs = [cron_job(unbound, "uplift-db"), cron_job(greedy, "db"), cron_job(capped, "uplift-db")];
    let rights = [binding(greedy), binding(capped), quota(capped, 0)];
    let tenants = TENANTS.map(|name| manifests::tenant(name, &stage.hooks));
    stage.apply(TENANTS.map(|name| manifests::workload(name, false)).into_iter().chain(jobs).chain(rights).chain(tenants)).await
}

async fn held(stage: &Stage, tenant: &str, reason: &str, words: &str) -> Result<()> {
    eventually(SOON, &format!("{tenant} is held by {reason}"), async || {
        let blockers = stage.status(tenant).await?.blockers;
        let told = blockers.iter().any(|b| b.gate == "Hooks" && b.reason.word() == reason && b.message.contains(words));
        ensure!(told, "{blockers:?}");
        Ok(Some(()))
    })
    .await
}

async fn jobs(stage: &Stage) -> Result<Vec<ObjectMeta>> {
    let all = Api::<Job>::all(stage.plane.admin().await?.client().await?).list(&ListParams::default()).await?.items;
    Ok(all.into_iter().map(|job| job.metadata).collect())
}

async fn counted(stage: &Stage) -> Result<()> {
    let releases = Api::<DashboardRelease>::all(stage.plane.admin().await?.client().await?);
    eventually(SOON, "the release counts who is held", async || {
        let status = releases.get_status(&format!("r-{COMES}")).await?.status.unwrap_or_default();
        let told = condition::get(&status.conditions, condition::JOBS_READY).context("the condition is not there")?;
        ensure!(told.status == "False" && told.message.contains("1 by JobsNotGranted (unbound/dashboard)"), "{}", told.message);
        Ok(Some(()))
    })
    .await
}

/// That it began by itself: the start is committed, and its first Job is made.
async fn begins(stage: &Stage, tenant: &str) -> Result<()> {
    eventually(NEXT_TRY, &format!("{tenant} begins by itself"), async || {
        let status = stage.status(tenant).await?;
        // One whose turn comes late may have ended by now.
        let began = !status.history.is_empty() || status.upgrade.is_some_and(|upgrade| upgrade.started_at.is_some());
        ensure!(began, "{:?}", status.conditions);
        let made = jobs(stage).await?.iter().any(|job| job.namespace.as_deref() == Some(tenant));
        Ok(made.then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_server_refuses_holds_the_start_and_ends_by_itself() -> Result<()> {
    let mut stage = Stage::empty(2026, &[]).await?;
    furnish(&stage).await?;
    stage.begin(&TENANTS).await?;
    let [unbound, greedy, capped] = TENANTS;
    held(&stage, unbound, "JobsNotGranted", "bind the ClusterRole uplift-jobs").await?;
    held(&stage, greedy, "JobRefused", "Secret/db").await?;
    held(&stage, capped, "JobRefused", "quota").await?;
    counted(&stage).await?;
    // People see the same, who can read neither CronJobs nor Jobs.
    let plan = uplift(&stage.plane, &stage.sue, &["plan", "-A", "-o", "json"]).await?.ok()?;
    let right = ["JobsNotGranted", "Secret/db", "quota"].iter().all(|words| plan.contains(words));
    ensure!(right && !plan.contains("JobTemplateMissing"), "{plan}");

    // Silence is frozen after the cut-off, and the slot opens: nothing starts, and nothing was made, however often it was asked.
    stage.jump("12-15T13:00:06Z").await?;
    for tenant in TENANTS {
        // And the customer has heard of it: a letter that is under way while the clock jumps would be hours old.
        eventually(SOON, "silence is frozen, and the customer told", async || {
            let status = stage.status(tenant).await?;
            let told = |n: &NoticeRecord| n.kind == NoticeKind::Postponed && n.delivered_at.is_some();
            let frozen = status.upgrade.is_some_and(|upgrade| upgrade.consent.is_some());
            Ok((frozen && status.notices.iter().any(told)).then_some(()))
        })
        .await?;
    }
    stage.jump("12-15T18:00:00Z").await?;
    for tenant in TENANTS {
        stage.caught_up(tenant).await?;
        ensure!(stage.status(tenant).await?.upgrade.is_some_and(|upgrade| upgrade.started_at.is_none()), "{tenant} started");
    }
    ensure!(jobs(&stage).await?.is_empty(), "a question made a Job: {:?}", jobs(&stage).await?);

    stage.apply([binding(unbound), cron_job(greedy, "uplift-db"), quota(capped, 1)]).await?;
    begins(&stage, greedy).await?;
    begins(&stage, unbound).await?;
    begins(&stage, capped).await?;
    stage.end().await
}
