//! One control plane with one process-node for all tests but those that kill it; Jobs, and waiting for them by watch.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ContainerStateTerminated, PersistentVolumeClaim, Pod};
use kube::api::{Api, ListParams, PostParams};
use kube::runtime::wait::await_condition;
use kube::{Client, Resource, ResourceExt};
use serde_json::{Value, json};
use tokio::sync::{OnceCell, oneshot};
use tokio::time::timeout;
use uplift::clock::RealClock;
use uplift::controller::{self, Config};
use uplift_testbed::control_plane::{ControlPlane, Shared};
use uplift_testbed::process_node::{CLASS, Place, place};

static SHARED: Shared = Shared::new();
static NODE: OnceCell<Place> = OnceCell::const_new();

/// How long anything may take on a busy machine.
pub const SOON: Duration = Duration::from_mins(1);

/// The binary that cargo built for these tests.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_process-node"))
}

/// The whole operator, by the chart's own account, until the sender is dropped.
pub async fn operate(plane: &ControlPlane) -> Result<oneshot::Sender<()>> {
    let mut secret = tempfile::NamedTempFile::new()?;
    secret.write_all(b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")?;
    let mut config = Config::default();
    config.health.listen = "127.0.0.1:0".parse()?;
    config.notices.signing_secret_file = Some(secret.path().into());
    let (stop, stopped) = oneshot::channel::<()>();
    let cluster = plane.operator().await?.config().await?;
    tokio::spawn(async move {
        let _read = secret;
        controller::run(config, cluster, Arc::new(RealClock), async { drop(stopped.await) }).await
    });
    Ok(stop)
}

/// A test's own namespace, beside the others'.
pub struct Stage<'a> {
    pub plane: &'a ControlPlane,
    pub node: &'a Place,
    pub client: Client,
    pub namespace: String,
}

/// A namespace on the shared control plane.
pub async fn stage() -> Result<Stage<'static>> {
    let plane = SHARED.plane().await?;
    let node = NODE.get_or_try_init(|| plane.start_process_node(program())).await?;
    Stage::on(plane, node).await
}

impl<'a> Stage<'a> {
    pub async fn on(plane: &'a ControlPlane, node: &'a Place) -> Result<Self> {
        let namespace = plane.namespace("real", &[]).await?;
        Ok(Self { plane, node, client: plane.admin().await?.client().await?, namespace })
    }

    pub fn api<K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>>(&self) -> Api<K> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Makes an object of a namespace.
    pub async fn make<K>(&self, object: Value) -> Result<K>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>
            + serde::Serialize
            + serde::de::DeserializeOwned
            + Clone
            + std::fmt::Debug,
    {
        Ok(self.api().create(&PostParams::default(), &serde_json::from_value(object)?).await?)
    }

    /// A claim of the node's class, once it is bound.
    pub async fn claim(&self, name: &str) -> Result<()> {
        let spec =
            json!({"storageClassName": CLASS, "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
        self.make::<PersistentVolumeClaim>(json!({"metadata": {"name": name}, "spec": spec})).await?;
        let bound = |claim: Option<&PersistentVolumeClaim>| {
            claim.and_then(|claim| claim.status.as_ref()?.phase.as_deref()).is_some_and(|phase| phase == "Bound")
        };
        timeout(SOON, await_condition(self.api(), name, bound)).await.context("the claim is bound")??;
        Ok(())
    }

    /// Runs a Job of one shell script to its end, and returns its pod.
    pub async fn run(&self, name: &str, script: &str) -> Result<Pod> {
        self.start(name, pod(script)).await?;
        self.ended(name).await?;
        self.pod(name).await
    }

    /// Makes a Job of this pod spec for process-node.
    pub async fn start(&self, name: &str, spec: Value) -> Result<Job> {
        self.start_within(name, spec, None).await
    }

    /// The same with a deadline, in seconds.
    pub async fn start_within(&self, name: &str, mut spec: Value, deadline: Option<u64>) -> Result<Job> {
        place(&mut spec);
        let mut job = job(name, &spec);
        job["spec"]["activeDeadlineSeconds"] = json!(deadline);
        self.make(job).await
    }

    /// The condition with which a Job ends.
    pub async fn ended(&self, name: &str) -> Result<String> {
        let over = |job: Option<&Job>| verdict(job).is_some();
        let job = timeout(SOON, await_condition(self.api(), name, over)).await;
        let job = job.with_context(|| format!("Job {name} ends"))??;
        verdict(job.as_ref()).context("a Job that has ended")
    }

    /// The pod of a Job.
    pub async fn pod(&self, job: &str) -> Result<Pod> {
        let label = ListParams::default().labels(&format!("job-name={job}"));
        self.api::<Pod>().list(&label).await?.items.pop().with_context(|| format!("Job {job} has no pod"))
    }

    /// What a pod's container printed.
    pub fn log(&self, pod: &Pod, container: &str) -> String {
        fs::read_to_string(self.node.log(&self.namespace, &pod.name_any(), container)).unwrap_or_default()
    }
}

/// A pod spec of one container with a shell script.
pub fn pod(script: &str) -> Value {
    json!({
        "restartPolicy": "Never", "terminationGracePeriodSeconds": 1,
        "containers": [{"name": "main", "image": "registry.example/tools:1", "command": ["bash", "-c", script]}],
    })
}

/// A Job that tries once.
pub fn job(name: &str, spec: &Value) -> Value {
    json!({"metadata": {"name": name}, "spec": {"backoffLimit": 0, "template": {"spec": spec}}})
}

fn verdict(job: Option<&Job>) -> Option<String> {
    let conditions = job?.status.as_ref()?.conditions.as_deref()?;
    let last = conditions.iter().find(|one| ["Complete", "Failed"].contains(&one.type_.as_str()) && one.status == "True")?;
    Some(format!("{}/{}", last.type_, last.reason.as_deref().unwrap_or_default()))
}

/// How the pod's first container ended.
pub fn end(pod: &Pod) -> Result<ContainerStateTerminated> {
    let status = pod.status.as_ref().and_then(|status| status.container_statuses.as_ref()?.first()?.state.clone());
    status.and_then(|state| state.terminated).with_context(|| format!("the container has not ended: {:?}", pod.status))
}

/// What it left as its message.
pub fn message(pod: &Pod) -> Result<String> {
    Ok(end(pod)?.message.unwrap_or_default().trim().to_owned())
}

/// How many processes of the machine have this in their arguments.
pub fn processes(needle: &str) -> Result<usize> {
    let all = fs::read_dir("/proc")?.filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok());
    Ok(all.filter(|line| String::from_utf8_lossy(line).contains(needle)).count())
}
