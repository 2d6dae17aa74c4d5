//! The facts of a workload's pods, read once when it did not come up. Every text is cut to a length; what is made of them is the plan's.

use serde::Deserialize;

use super::object::shorten;
use crate::fleet::{Exit, Pod, PodContainer, Pods, pod::MOST};

/// Characters kept of a text.
const TEXT: usize = 512;

/// What the API server answered to a read of a workload, and to a list of its pods.
pub fn pods_read(workload: &str, pods: &str) -> Result<Pods, String> {
    let workload: Workload = serde_json::from_str(workload).map_err(|error| format!("the workload does not parse: {error}"))?;
    let list: List = serde_json::from_str(pods).map_err(|error| format!("the list of pods does not parse: {error}"))?;
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let more = !list.metadata.r#continue.unwrap_or_default().is_empty() || list.items.len() > most;
    let refused = workload.status.conditions.into_iter().find(|c| c.type_ == "ReplicaFailure" && c.status == "True");
    Ok(Pods {
        pods: list.items.into_iter().take(most).filter(|pod| pod.metadata.deletion_timestamp.is_none()).map(pod).collect(),
        more,
        refused: refused.map(|condition| text(&condition.message)),
    })
}

fn text(said: &str) -> String {
    shorten(said, TEXT)
}

fn pod(item: Item) -> Pod {
    let Item { metadata, spec, status } = item;
    let ended = (status.phase == "Failed").then(|| (text(&status.reason), text(&status.message)));
    let unscheduled = status.conditions.iter().find(|c| c.type_ == "PodScheduled" && c.status == "False");
    let unscheduled = unscheduled.map(|condition| text(&condition.message));
    let (init, main) = (status.init_container_statuses, status.container_statuses);
    let before = spec.init_containers.into_iter().map(|named| container(named, &init));
    let containers = before.chain(spec.containers.into_iter().map(|named| container(named, &main))).collect();
    Pod { name: text(&metadata.name), ended, unscheduled, containers }
}

fn container(named: SpecContainer, statuses: &[ContainerStatus]) -> PodContainer {
    let SpecContainer { name, image } = named;
    let status = statuses.iter().find(|status| status.name == name);
    let waits = status.and_then(|status| status.state.waiting.as_ref());
    // One that is started anew waits, and how it ended stands beside that.
    let ended = status.and_then(|status| status.state.terminated.as_ref().or(status.last_state.terminated.as_ref()));
    PodContainer {
        name: text(&name),
        image: text(&image),
        ready: status.is_some_and(|status| status.ready),
        waits: waits.map(|waits| (text(&waits.reason), text(&waits.message))),
        ended: ended.map(|ended| Exit { code: ended.exit_code, reason: text(&ended.reason), message: text(&ended.message) }),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Workload {
    status: WorkloadStatus,
}
#[derive(Default, Deserialize)]
#[serde(default)]
struct WorkloadStatus {
    conditions: Vec<Condition>,
}
#[derive(Default, Deserialize)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    type_: String,
    status: String,
    message: String,
}
#[derive(Default, Deserialize)]
#[serde(default)]
struct List {
    metadata: ListMeta,
    items: Vec<Item>,
}
#[derive(Default, Deserialize)]
#[serde(default)]
struct ListMeta {
    r#continue: Option<String>,
}
#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    metadata: Metadata,
    spec: Spec,
    status: Status,
}
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    name: String,
    deletion_timestamp: Option<String>,
}
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    init_containers: Vec<SpecContainer>,
    containers: Vec<SpecContainer>,
}
#[derive(Default, Deserialize)]
#[serde(default)]
struct SpecContainer {
    name: String,
    image: String,
}
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    phase: String,
    reason: String,
    message: String,
    conditions: Vec<Condition>,
    init_container_statuses: Vec<ContainerStatus>,
    container_statuses: Vec<ContainerStatus>,
}
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ContainerStatus {
    name: String,
    ready: bool,
    state: State,
    last_state: State,
}
#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    waiting: Option<Waiting>,
    terminated: Option<Terminated>,
}
#[derive(Default, Deserialize)]
#[serde(default)]
struct Waiting {
    reason: String,
    message: String,
}
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Terminated {
    exit_code: i64,
    reason: String,
    message: String,
}
