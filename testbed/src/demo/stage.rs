//! Sets the stage: the control plane, the chart, the customers' server, and everything from the example's folder.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use base64::prelude::{BASE64_STANDARD, Engine};
use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{ConfigMap, Pod},
};
use kube::{
    Api, Client, ResourceExt,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

use super::{example::Example, people::People, receiver::Receiver};
use crate::{
    clock::Authority,
    control_plane::{ControlPlane, User, eventually},
};

const ROLLOUT: &str = "uplift.test/rollout";
pub(crate) const SECRET: &[u8] = b"a secret of the demo, 32 bytes..";

pub struct Stage {
    pub plane: ControlPlane,
    pub clock: Arc<Authority>,
    pub receiver: Receiver,
    pub example: Example,
    pub people: People,
    /// Sets the stage and looks at it; it never acts for anybody.
    pub admin: Client,
    pub operator: User,
    /// The operator's configuration file.
    pub config: PathBuf,
    pub socket: PathBuf,
}

impl Stage {
    pub async fn set(folder: &Path) -> Result<Self> {
        Self::with_copies(folder, 0).await
    }

    /// With so many more tenants of the last one's kind.
    pub async fn with_copies(folder: &Path, copies: usize) -> Result<Self> {
        let plane = ControlPlane::start().await?;
        let socket = plane.dir().join("clock.sock");
        let clock = Arc::new(Authority::start(&socket)?);
        let (receiver, hooks) = Receiver::start(SECRET.to_vec(), clock.clone()).await?;
        let mut example = Example::read(folder, &format!("http://{hooks}"))?;
        example.multiply(copies)?;
        let hosts = format!("notices.allowHosts=[\"{hooks}\"]");
        // A killed operator waits for its own lease in real time, which is the time of upgrades: as short as may be.
        let values = "notices.source=https://uplift.example/demo,leaderElection.leaseDuration=5s";
        plane.install_chart(&["--set", values, "--set-json", &hosts]).await?;
        if example.of_kind("CronJob").next().is_some() {
            // Jobs of the example really run, as processes.
            let program = std::env::current_exe().context("finding this program")?.with_file_name("process-node");
            plane.start_process_node(&program).await?;
        }
        let admin = plane.admin().await?.client().await?;
        let config = config_file(&plane, &admin).await?;
        install_rollouts(&plane).await?;
        apply(&plane, &example).await?;
        let (people, operator) = (People::of(&plane, &example.events).await?, plane.operator().await?);
        let stage = Self { plane, clock, receiver, example, people, admin, operator, config, socket };
        stage.rolled_out().await?;
        Ok(stage)
    }

    /// Every workload of the example runs, as it would have for months.
    async fn rolled_out(&self) -> Result<()> {
        let deployments = Api::<Deployment>::all(self.admin.clone());
        eventually(Duration::from_mins(5), "every Deployment of the example is available", async || {
            let all = deployments.list(&ListParams::default()).await?.items;
            let example = all.iter().filter(|one| one.metadata.namespace.as_deref() != Some("uplift-system"));
            let waiting: Vec<_> = example.filter(|one| !available(one)).map(ResourceExt::name_any).collect();
            ensure!(waiting.is_empty(), "{waiting:?} are not");
            Ok(Some(()))
        })
        .await
    }

    /// From now on the pods of a workload behave like this: a policy marks each new pod, and KWOK plays the mark.
    pub async fn behave(&self, workload: &str, outcome: &str) -> Result<()> {
        let (namespace, name) = workload.split_once('/').context("a workload is namespace/name")?;
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "rollouts"}, "data": {name: outcome}});
        let maps = Api::<ConfigMap>::namespaced(self.admin.clone(), namespace);
        maps.patch("rollouts", &PatchParams::apply("demo"), &Patch::Apply(&map)).await.context("writing how pods behave")?;
        let pods = Api::<Pod>::namespaced(self.admin.clone(), namespace);
        eventually(Duration::from_secs(10), "new pods are marked", async || {
            let pod = pods.create(&PostParams { dry_run: true, ..PostParams::default() }, &probe(name)?).await?;
            let marked = pod.metadata.annotations.unwrap_or_default();
            Ok((marked.get(ROLLOUT).map(String::as_str) == Some(outcome)).then_some(()))
        })
        .await
    }
}

fn available(deployment: &Deployment) -> bool {
    let status = deployment.status.clone().unwrap_or_default();
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    status.available_replicas == Some(wanted) && status.observed_generation == deployment.metadata.generation
}

fn probe(workload: &str) -> Result<Pod> {
    let pod = json!({
        "metadata": {"name": "probe", "labels": {"app": workload}},
        "spec": {"containers": [{"name": "probe", "image": "probe"}]},
    });
    serde_json::from_value(pod).context("writing the probe pod")
}

/// The chart's own configuration, with paths of this machine: what a pod would get mounted.
pub(crate) async fn config_file(plane: &ControlPlane, admin: &Client) -> Result<PathBuf> {
    let maps = Api::<ConfigMap>::namespaced(admin.clone(), "uplift-system");
    let data: BTreeMap<_, _> = maps.get("uplift").await.context("reading the chart's ConfigMap")?.data.unwrap_or_default();
    let text = data.get("config.yaml").context("the chart's ConfigMap has no config.yaml")?;
    let (secret, file) = (plane.dir().join("signing-secret"), plane.dir().join("config.yaml"));
    fs::write(&secret, format!("whsec_{}\n", BASE64_STANDARD.encode(SECRET))).context("writing the signing secret")?;
    let text = text.replace("/etc/uplift/secrets/signing-secret", &secret.to_string_lossy());
    // Any free port: two demos may run side by side.
    fs::write(&file, text.replace("0.0.0.0:8081", "127.0.0.1:0")).context("writing the operator's configuration")?;
    Ok(file)
}

/// Applies the example as a GitOps tool does: namespaces first, then everything at once.
async fn apply(plane: &ControlPlane, example: &Example) -> Result<()> {
    let (spaces, rest): (Vec<&Value>, Vec<&Value>) = example.manifests.iter().partition(|m| m["kind"] == "Namespace");
    for part in [spaces, rest] {
        let applied = stream::iter(part).map(|manifest| async {
            let what = format!("{} {}", manifest["kind"], manifest["metadata"]["name"]);
            plane.gitops_apply(&manifest.to_string()).await.with_context(|| format!("applying {what}"))
        });
        applied.buffer_unordered(4).try_collect::<Vec<_>>().await?;
    }
    Ok(())
}

/// The policy that marks pods by what their namespace says of their workload.
async fn install_rollouts(plane: &ControlPlane) -> Result<()> {
    let admin = plane.admin().await?;
    let policy = include_str!("rollouts.yaml");
    plane.kubectl_with_input(&admin, &["apply", "-f", "-"], policy).await?.ok().context("installing the policy of rollouts")?;
    Ok(())
}
