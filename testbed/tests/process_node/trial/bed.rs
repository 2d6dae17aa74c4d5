//! The example on a real control plane, two databases, and a sink.

use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use uplift_testbed::control_plane::{ControlPlane, Postgres, eventually};
use uplift_testbed::process_node::{Place, place};

use crate::stage::{SOON, Stage, processes};

pub const INVOICES: u32 = 48211;
pub const COPIES: &str = "select count(*) from pg_database where datname = 'dashboard'";

/// A mail server and a receiver of webhooks, as far as a leak is concerned: it hears every byte.
pub struct Sink {
    pub address: String,
    bytes: Arc<AtomicUsize>,
}

impl Sink {
    async fn open() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, bytes) = (listener.local_addr()?.to_string(), Arc::new(AtomicUsize::new(0)));
        let heard = bytes.clone();
        tokio::spawn(async move {
            while let Ok((mut caller, _)) = listener.accept().await {
                let heard = heard.clone();
                tokio::spawn(async move {
                    let mut buffer = [0; 512];
                    while let Ok(count @ 1..) = caller.read(&mut buffer).await {
                        heard.fetch_add(count, Ordering::SeqCst);
                    }
                });
            }
        });
        Ok(Self { address, bytes })
    }

    pub fn heard(&self) -> usize {
        self.bytes.load(Ordering::SeqCst)
    }
}

pub struct Bed<'a> {
    pub production: Stage<'a>,
    pub trial: Stage<'a>,
    pub tenants_data: Postgres,
    pub copy: Postgres,
    pub sink: Sink,
}

fn app() -> ListParams {
    ListParams::default().labels("app=dashboard")
}

/// A file of the example. What runs for real goes to process-node, and finds the programs of `PostgreSQL`; what it calls is the sink.
fn manifests(file: &str, programs: &str, sink: &str) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(uplift_testbed::project().join("examples/trial-platform").join(file))?;
    let text = text.replace("192.0.2.80:443", sink).replace("192.0.2.25:25", sink).replace("192.0.2.54:5432", sink);
    let mut all = text.split("\n---\n").map(serde_saphyr::from_str::<Value>).collect::<Result<Vec<_>, _>>()?;
    for object in &mut all {
        if object["spec"]["approval"].is_object() {
            object["spec"]["approval"]["by"] = "admin".into(); // who applies it here
        }
        let ours = object["kind"] == "Deployment" && object["metadata"]["namespace"] == "acme-trial";
        let pod = match object["kind"].as_str() {
            Some("CronJob") => &mut object["spec"]["jobTemplate"]["spec"]["template"]["spec"],
            _ if ours => &mut object["spec"]["template"]["spec"],
            _ => continue,
        };
        place(pod);
        pod["terminationGracePeriodSeconds"] = 1.into();
        let path = json!({"name": "PATH", "value": format!("{programs}:/usr/bin:/bin")});
        match pod["containers"][0]["env"].as_array_mut() {
            Some(env) => env.push(path),
            None => pod["containers"][0]["env"] = json!([path]),
        }
    }
    Ok(all)
}

async fn apply(plane: &ControlPlane, objects: Vec<Value>) -> Result<()> {
    let admin = plane.admin().await?;
    for object in objects {
        // Policies come into force a moment after the chart.
        eventually(SOON, "an object of the example is taken", async || {
            plane.kubectl_with_input(&admin, &["apply", "-f", "-"], &object.to_string()).await?.ok().map(Some)
        })
        .await?;
    }
    Ok(())
}

pub async fn set_up<'a>(plane: &'a ControlPlane, node: &'a Place) -> Result<Bed<'a>> {
    let (client, sink) = (plane.admin().await?.client().await?, Sink::open().await?);
    let stage = |namespace: &str| Stage { plane, node, client: client.clone(), namespace: namespace.into() };
    let (production, trial) = (stage("acme"), stage("acme-trial"));
    apply(plane, manifests("tenant.yaml", "", &sink.address)?.into_iter().take(1).collect()).await?;
    apply(plane, manifests("namespace.yaml", "", &sink.address)?).await?;
    for stage in [&production, &trial] {
        stage.claim("uplift-database").await?;
        stage.claim("uplift-backups").await?;
    }
    // One share, as in a cluster it would be: the trial mounts it read-only.
    let share = node.claim("acme-trial", "uplift-backups");
    std::fs::remove_dir(&share)?;
    symlink("../acme/uplift-backups", &share)?;
    let tenants_data = plane.start_postgres("postgres-acme", &node.claim("acme", "uplift-database")).await?;
    let copy = plane.start_postgres("postgres-trial", &node.claim("acme-trial", "uplift-database")).await?;
    tenants_data.psql(&format!("create table invoices as select n from generate_series(1, {INVOICES}) n")).await?;
    tenants_data.psql(&format!("create table settings as select '{}'::text as smtp", sink.address)).await?;
    tenants_data.psql("create table mail_queue as select 'customer-' || n as recipient from generate_series(1, 7) n").await?;
    let programs = tenants_data.programs.to_string_lossy().into_owned();
    for file in ["tenant.yaml", "jobs.yaml", "trial.yaml"] {
        apply(plane, manifests(file, &programs, &sink.address)?).await?;
    }
    Ok(Bed { production, trial, tenants_data, copy, sink })
}

impl Bed<'_> {
    /// Image, replicas that are wanted, and those that are ready.
    pub async fn workload(&self, stage: &Stage<'_>) -> Result<(String, i32, i32)> {
        let deployment = stage.api::<Deployment>().get("dashboard").await?;
        let ready = deployment.status.and_then(|status| status.ready_replicas).unwrap_or_default();
        let spec = deployment.spec.context("a Deployment without a spec")?;
        let pod = spec.template.spec.context("a Deployment without a pod")?;
        Ok((pod.containers[0].image.clone().unwrap_or_default(), spec.replicas.unwrap_or(1), ready))
    }

    /// Once the application's pods have printed all of these.
    pub async fn printed_all(&self, lines: &[String]) -> Result<()> {
        eventually(SOON, "the application prints it", async || {
            let pods = self.trial.api::<Pod>().list(&app()).await?;
            let printed: String = pods.iter().map(|pod| self.trial.log(pod, "dashboard")).collect();
            Ok(lines.iter().all(|line| printed.contains(line)).then_some(()))
        })
        .await
    }

    /// No replica, no pod, no process, no data. A pod that ends is there for a moment.
    pub async fn nothing_is_left(&self) -> Result<()> {
        eventually(SOON, "nothing is left of the trial", async || {
            let (_, wanted, ready) = self.workload(&self.trial).await?;
            let pods = self.trial.api::<Pod>().list(&app()).await?.items.len();
            ensure!((wanted, ready, pods) == (0, 0, 0), "{wanted} replicas wanted, {ready} ready, {pods} pods");
            ensure!(processes("POST /hook")? == 0, "the application still runs");
            ensure!(self.copy.psql(COPIES).await? == "0", "the copy is still there");
            Ok(Some(()))
        })
        .await
    }

    /// The application is in the machine's network, as where a node ignores `NetworkPolicies`: whoever would refuse that is out of the way.
    pub async fn take_the_guards_out(&self) -> Result<()> {
        let admin = self.trial.plane.admin().await?;
        let label = "pod-security.kubernetes.io/enforce=privileged";
        for words in [
            vec!["delete", "validatingadmissionpolicybinding", "uplift-trial-host"],
            vec!["label", "namespace", "acme-trial", "--overwrite", label],
        ] {
            self.trial.plane.kubectl(&admin, &words).await?.ok()?;
        }
        let change = Patch::Merge(json!({"spec": {"template": {"spec": {"hostNetwork": true}}}}));
        eventually(SOON, "the policy is out of force", async || {
            let changed = self.trial.api::<Deployment>().patch("dashboard", &PatchParams::default(), &change).await;
            Ok(Some(changed?))
        })
        .await
        .map(drop)
    }
}
