//! What the example runs does what its Jobs must hold to: tried by hand, before any operator comes.

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::CronJob;
use kube::api::{Api, Patch, PatchParams};
use serde_json::{Value, json};
use uplift_testbed::control_plane::{ControlPlane, eventually};

use super::bed::{Bed, COPIES, INVOICES, set_up};
use crate::stage::{SOON, Stage, message, program};

impl Bed<'_> {
    /// A Job of this name from a CronJob, with more environment: how it ended, and what it wrote.
    async fn job(&self, stage: &Stage<'_>, cron_job: &str, name: &str, change: impl Fn(&mut Value)) -> Result<(bool, String)> {
        let from: Api<CronJob> = stage.api();
        let mut spec =
            serde_json::to_value(from.get(cron_job).await?.spec.context("a CronJob without a spec")?.job_template.spec)?;
        let pod = &mut spec["template"]["spec"];
        change(pod);
        stage.start(name, pod.clone()).await?;
        let ended = stage.ended(name).await?;
        let pod = stage.pod(name).await?;
        let container = pod.spec.as_ref().map(|spec| spec.containers[0].name.clone()).unwrap_or_default();
        println!("{name}: {ended} {}", stage.log(&pod, &container));
        Ok((ended.starts_with("Complete"), message(&pod)?))
    }
}

fn told(name: &str, value: &str) -> impl Fn(&mut Value) {
    let entry = json!({"name": name, "value": value});
    move |pod| pod["containers"][0]["env"].as_array_mut().expect("it has a PATH").push(entry.clone())
}

fn as_it_is(_: &mut Value) {}

fn in_the_machines_network(pod: &mut Value) {
    pod["hostNetwork"] = true.into();
}

#[tokio::test]
async fn the_jobs_of_the_example_prove_fill_scrub_count_and_empty() -> Result<()> {
    let plane = ControlPlane::start().await?;
    plane.install_chart(&[]).await?;
    let node = plane.start_process_node(program()).await?;
    let bed = set_up(&plane, &node).await?;
    let (production, trial, before) = (&bed.production, &bed.trial, bed.tenants_data.dump().await?);

    let backup = bed.job(production, "uplift-backup", "backup", told("UPLIFT_ID", "by-hand")).await?;
    ensure!(backup == (true, "/backups/by-hand.dump".into()), "{backup:?}");

    let cut_off = bed.job(trial, "uplift-egress", "egress", as_it_is).await?;
    ensure!(cut_off == (true, "blocked".into()), "{cut_off:?}");
    let alone = bed.job(trial, "uplift-egress", "egress-alone", told("PGHOST", "/nowhere")).await?;
    ensure!(alone == (false, String::new()), "where nothing is reached nothing is proved: {alone:?}");
    let idle = bed.job(trial, "uplift-egress", "egress-idle", told("FORBIDDEN", "")).await?;
    ensure!(idle == (false, String::new()), "where nothing is forbidden nothing is proved: {idle:?}");

    let restored = bed.job(trial, "uplift-restore", "restore", told("UPLIFT_BACKUP", &backup.1)).await?;
    ensure!(restored.0 && bed.copy.psql(COPIES).await? == "1");
    let again = bed.job(trial, "uplift-restore", "restore-again", told("UPLIFT_BACKUP", &backup.1)).await?;
    ensure!(again.0, "it minds nothing that is there");
    let live = bed.job(trial, "uplift-count-live-mail", "count-live", as_it_is).await?;
    ensure!(live == (true, "8".into()), "a server and seven mails: {live:?}");
    ensure!(bed.job(trial, "uplift-scrub", "scrub", as_it_is).await?.0);
    let scrubbed = bed.job(trial, "uplift-count-live-mail", "count-scrubbed", as_it_is).await?;
    ensure!(scrubbed == (true, "0".into()), "{scrubbed:?}");
    ensure!(bed.job(trial, "uplift-migrate", "migrate", as_it_is).await?.0);

    // Booted by hand, as the operator would.
    scale(trial, 1).await?;
    bed.printed_all(&[format!("invoices: {INVOICES}"), format!("could not reach {}", bed.sink.address)]).await?;
    ensure!(bed.sink.heard() == 0, "{} bytes came out", bed.sink.heard());
    scale(trial, 0).await?;
    ensure!(bed.job(trial, "uplift-clean", "clean", as_it_is).await?.0);
    ensure!(bed.job(trial, "uplift-clean", "clean-again", as_it_is).await?.0, "there is nothing, and it does not mind");
    bed.nothing_is_left().await?;

    // The sink does hear, and the egress Job says so: without the guards of the network the same programs reach it.
    bed.take_the_guards_out().await?;
    let open = bed.job(trial, "uplift-egress", "egress-open", in_the_machines_network).await?;
    ensure!(open.0 && open.1.starts_with(&format!("reached {}", bed.sink.address)), "{open:?}");
    scale(trial, 1).await?;
    eventually(SOON, "the sink hears the application", async || Ok((bed.sink.heard() > 0).then_some(()))).await?;
    ensure!(bed.tenants_data.dump().await? == before, "the tenant's own data are as they were");
    println!("without the guards {} bytes came out", bed.sink.heard());
    plane.stop().await
}

async fn scale(stage: &Stage<'_>, replicas: i32) -> Result<()> {
    let deployments: Api<Deployment> = stage.api();
    let change = Patch::Merge(json!({"spec": {"replicas": replicas}}));
    deployments.patch("dashboard", &PatchParams::default(), &change).await?;
    eventually(SOON, "as many are ready", async || {
        let status = deployments.get("dashboard").await?.status.unwrap_or_default();
        Ok((status.ready_replicas.unwrap_or_default() == replicas).then_some(()))
    })
    .await
}
