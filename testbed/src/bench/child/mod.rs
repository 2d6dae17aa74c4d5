//! What this program is when it starts itself again: so the CPU and the memory of each are its own.

mod roll;
mod stand_in;

use std::process::Stdio;

use anyhow::{Context, Result};
use kube::core::{GroupVersionKind, Object};
use kube::discovery::ApiResource;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::process::{Child, Command};

pub use roll::{Job, Rolled};

use crate::control_plane::User;

/// The words that make this program one of them.
const ROLL: &str = "roll";
const STAND_IN: &str = "stand-in";

/// Whether this process was started as one: then it has been that, and has ended.
pub async fn was_child() -> Result<bool> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [ROLL, job] => {
            let rolled = roll::run(&serde_json::from_str(job).context("parsing what to roll out")?).await?;
            println!("{}", serde_json::to_string(&rolled)?);
            Ok(true)
        }
        [STAND_IN, kubeconfig] => stand_in::run(kubeconfig.as_ref()).await.map(|()| true),
        _ => Ok(false),
    }
}

/// Rolls an image out to every tenant, and says how long it took.
pub async fn roll(job: &Job) -> Result<Rolled> {
    let mut command = this()?;
    command.args([ROLL, &serde_json::to_string(job)?]).stdout(Stdio::piped());
    let output = command.spawn().context("starting the loop")?.wait_with_output().await.context("waiting for the loop")?;
    anyhow::ensure!(output.status.success(), "the loop failed: {}", output.status);
    serde_json::from_slice(&output.stdout).context("parsing what the loop says")
}

/// Says of each Deployment that it is rolled out, until it is dropped.
pub fn stand_in(user: &User) -> Result<Child> {
    let mut command = this()?;
    command.arg(STAND_IN).arg(&user.kubeconfig).stdout(Stdio::null());
    command.spawn().context("starting the stand-in of the controllers")
}

fn this() -> Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("finding this program")?);
    command.stdin(Stdio::null()).kill_on_drop(true);
    Ok(command)
}

/// A Deployment or a Rollout, as far as a rollout is concerned.
type Workload = Object<Spec, Status>;

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Spec {
    replicas: Option<i64>,
    template: Template,
}
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Template {
    spec: Pod,
}
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Pod {
    containers: Vec<Container>,
}
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Container {
    image: String,
}
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    /// A number in a Deployment, a text in a Rollout.
    observed_generation: Value,
    replicas: i64,
    updated_replicas: i64,
    available_replicas: i64,
}

/// How a workload of each kind is asked for.
pub fn resource(kind: Kind) -> ApiResource {
    let (group, version, name, plural) = match kind {
        Kind::Deployment => ("apps", "v1", "Deployment", "deployments"),
        Kind::Rollout => ("argoproj.io", "v1alpha1", "Rollout", "rollouts"),
    };
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, name), plural)
}

/// What the loop patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Deployment,
    Rollout,
}

/// Whether the controller has seen this very spec.
fn is_current(workload: &Workload) -> bool {
    let observed = workload.status.as_ref().map(|status| &status.observed_generation);
    let observed = observed.and_then(|seen| seen.as_i64().or_else(|| seen.as_str()?.parse().ok()));
    observed.unwrap_or(0) >= workload.metadata.generation.unwrap_or(0)
}
