//! What this program is when it starts itself again: so the CPU and the memory of each are its own.

mod roll;
mod stand_in;

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use kube::core::{GroupVersionKind, Object};
use kube::discovery::ApiResource;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

pub use roll::{Job, Rolled};

use crate::control_plane::User;

/// The words that make this program one of them.
const ROLL: &str = "roll";
const STAND_IN: &str = "stand-in";

/// Whether this process was started as one: then it has been that, and has ended.
pub async fn was_child() -> Result<bool> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [ROLL, job] => roll::run(&serde_json::from_str(job).context("parsing what to roll out")?).await.map(|()| true),
        [STAND_IN, kubeconfig] => stand_in::run(kubeconfig.as_ref()).await.map(|()| true),
        _ => Ok(false),
    }
}

/// A loop that has listed its workloads and waits for the word: what it costs to begin is no part of a round.
pub struct Ready {
    child: Child,
    go: ChildStdin,
    says: Lines<BufReader<ChildStdout>>,
}

impl Ready {
    /// Starts a loop, and waits until it knows all its workloads.
    pub async fn start(job: &Job) -> Result<Self> {
        let mut command = this()?;
        command.args([ROLL, &serde_json::to_string(job)?]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("starting the loop")?;
        let (go, says) = child.stdin.take().zip(child.stdout.take()).context("a loop without pipes")?;
        let mut ready = Self { child, go, says: BufReader::new(says).lines() };
        let word = ready.says.next_line().await.context("waiting for the loop")?;
        ensure!(word.as_deref() == Some(roll::READY), "the loop is not ready; it says {word:?}");
        Ok(ready)
    }

    /// Lets it roll the image out, and says how long it took.
    pub async fn go(mut self) -> Result<Rolled> {
        self.go.write_all(b"go\n").await.context("telling the loop to go")?;
        let rolled = self.says.next_line().await.context("waiting for the loop")?;
        let ended = self.child.wait().await.context("waiting for the end of the loop")?;
        ensure!(ended.success(), "the loop failed: {ended}");
        serde_json::from_str(&rolled.unwrap_or_default()).context("parsing what the loop says")
    }
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
