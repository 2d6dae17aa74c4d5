//! A workload's facts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::object::{MESSAGE, Object, Unreadable, parse, shorten};
use crate::{
    api::{annotations as keys, tenant::WorkloadKind},
    clock::Clock,
    fleet::{Container, KeepsOld, PROGRESS_DEADLINE, Rollout, Workload, WorkloadKey},
};

/// The facts of a workload of this kind, out of slim structs: the whole type takes twice as long to parse.
pub(super) fn facts(
    kind: WorkloadKind,
    mut object: Object<'_>,
    clock: &dyn Clock,
) -> Result<(WorkloadKey, Workload), Unreadable> {
    let unreadable = |message| Unreadable { kind: kind.name(), name: format!("{}/{}", object.namespace, object.name), message };
    let spec: Spec = object.spec().map_err(unreadable)?;
    let status: Status = object.status().map_err(unreadable)?;
    let containers = containers(spec.template.spec, &image_managers(&object));
    let strategy = spec.update_strategy.unwrap_or_default();
    let workload = Workload {
        containers,
        rollout: status.rollout(kind, spec.replicas.unwrap_or(1), object.meta.generation, clock),
        paused: spec.paused,
        keeps_old: KeepsOld::of(&strategy.type_, strategy.rolling_update.and_then(|rolling| rolling.partition).unwrap_or(0)),
        progress_deadline: (kind == WorkloadKind::Deployment)
            .then(|| spec.progress_deadline_seconds.unwrap_or(PROGRESS_DEADLINE)),
        last_set: None,
        version_label: object.labels.remove(keys::VERSION_LABEL),
        intent: object.annotations.get(keys::INTENT).map(|raw| parse(keys::INTENT, raw)),
        meta: object.meta,
    };
    Ok((WorkloadKey::new(kind, object.namespace, object.name), workload))
}

impl Status {
    /// The same facts out of the fields of this kind.
    fn rollout(self, kind: WorkloadKind, replicas: i32, generation: i64, clock: &dyn Clock) -> Rollout {
        let (updated, available) = (self.updated_replicas, self.available_replicas);
        let more = self.replicas != updated;
        let all = Rollout {
            current: self.observed_generation >= generation,
            wanted: replicas,
            updated,
            available,
            old: more,
            failed: None,
            failed_at: None,
        };
        match kind {
            WorkloadKind::Deployment => {
                let exceeded = self.conditions.into_iter().find(Condition::is_deadline_exceeded);
                let failed_at =
                    exceeded.as_ref().and_then(|condition| condition.last_transition_time).map(|at| clock.from_server(at));
                Rollout { failed: exceeded.map(|condition| shorten(&condition.message, MESSAGE)), failed_at, ..all }
            }
            // The controller moves the current revision when the last pod of the old one is gone.
            WorkloadKind::StatefulSet => Rollout { old: more || self.current_revision != self.update_revision, ..all },
            // A node counts by the oldest of its pods, so that none of the old is left where all are updated. One that is misscheduled
            // stands where none should be, and is taken away: it says nothing of what runs.
            WorkloadKind::DaemonSet => Rollout {
                wanted: self.desired_number_scheduled,
                updated: self.updated_number_scheduled,
                available: self.number_available,
                old: false,
                ..all
            },
        }
    }
}

/// Who last wrote each image, by `(init, container)`: of several owners the one with the latest time.
fn image_managers(object: &Object<'_>) -> BTreeMap<(bool, String), String> {
    let mut latest: BTreeMap<(bool, String), (Option<Timestamp>, &str)> = BTreeMap::new();
    for entry in &object.managers {
        let claim = (entry.time, entry.manager.as_deref().unwrap_or_default());
        for image in entry.images() {
            let known = latest.entry(image).or_insert(claim);
            *known = if claim.0 >= known.0 { claim } else { *known };
        }
    }
    latest.into_iter().map(|(image, (_, manager))| (image, manager.to_owned())).collect()
}

fn containers(pod: Pod, managers: &BTreeMap<(bool, String), String>) -> Vec<Container> {
    let with_manager = |init: bool, PodContainer { name, image }: PodContainer| {
        let key = (init, name);
        let image_manager = managers.get(&key).cloned();
        Container { name: key.1, image, init, image_manager }
    };
    let main = pod.containers.into_iter().map(|container| with_manager(false, container));
    let mut all: Vec<_> = main.chain(pod.init_containers.into_iter().map(|container| with_manager(true, container))).collect();
    all.shrink_to_fit();
    all
}

impl Condition {
    fn is_deadline_exceeded(&self) -> bool {
        self.type_ == "Progressing" && self.status == "False" && self.reason == "ProgressDeadlineExceeded"
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    #[serde(default)]
    replicas: Option<i32>,
    #[serde(default)]
    paused: bool,
    #[serde(default)]
    progress_deadline_seconds: Option<i64>,
    #[serde(default)]
    update_strategy: Option<UpdateStrategy>,
    template: Template,
}
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct UpdateStrategy {
    #[serde(rename = "type")]
    type_: String,
    rolling_update: Option<RollingUpdate>,
}
#[derive(Deserialize)]
struct RollingUpdate {
    #[serde(default)]
    partition: Option<i64>,
}
#[derive(Deserialize)]
struct Template {
    #[serde(default)]
    spec: Pod,
}
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pod {
    #[serde(default)]
    containers: Vec<PodContainer>,
    #[serde(default)]
    init_containers: Vec<PodContainer>,
}
#[derive(Deserialize)]
struct PodContainer {
    name: String,
    #[serde(default)]
    image: String,
}
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    observed_generation: i64,
    replicas: i32,
    updated_replicas: i32,
    available_replicas: i32,
    current_revision: String,
    update_revision: String,
    desired_number_scheduled: i32,
    updated_number_scheduled: i32,
    number_available: i32,
    conditions: Vec<Condition>,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    #[serde(rename = "type")]
    type_: String,
    status: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    last_transition_time: Option<Timestamp>,
    #[serde(default)]
    message: String,
}
