//! A workload: its spec as JSON, and the status that its controller would write.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use crate::{
    api::tenant::WorkloadKind,
    fleet::{Container, KeepsOld, PROGRESS_DEADLINE},
};

/// A workload of a tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// Its kind.
    pub kind: WorkloadKind,
    /// Its spec.
    pub spec: Value,
    /// Container to who last wrote its image.
    pub managers: BTreeMap<String, String>,
    /// Its status.
    pub status: WorkloadStatus,
    /// The pod template of the last rollout that ended well: what the old pods run while another is under way.
    pub ran: Arc<Value>,
}

/// The part of a workload's status that a rule reads, in the words of a Deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkloadStatus {
    /// `observedGeneration`.
    pub observed_generation: i64,
    /// `desiredNumberScheduled`: how many nodes there are for a DaemonSet.
    pub nodes: i32,
    /// All pods, old ones too.
    pub replicas: i32,
    /// Those of the newest spec.
    pub updated: i32,
    /// Those that are available.
    pub available: i32,
    /// The message of `Progressing=False` with reason `ProgressDeadlineExceeded`.
    pub deadline_exceeded: Option<String>,
}

impl WorkloadStatus {
    /// What a manifest says; a manifest without a status is rolled out, a DaemonSet on one node.
    fn read(workload: &Workload, status: Option<&Value>, generation: i64) -> Self {
        let one = Self { nodes: 1, ..Self::default() };
        let Some(status) = status.filter(|s| s.as_object().is_some_and(|map| !map.is_empty())) else {
            return Workload { status: one, ..workload.clone() }.rolled_out(generation);
        };
        let number = |key: &str| status[key].as_i64().and_then(|n| i32::try_from(n).ok()).unwrap_or_default();
        let conditions = status["conditions"].as_array().map_or(&[][..], Vec::as_slice);
        let exceeded = conditions.iter().find(|c| c["type"] == "Progressing" && c["reason"] == "ProgressDeadlineExceeded");
        let nodes = number("desiredNumberScheduled");
        let (replicas, updated, available) = match workload.kind {
            WorkloadKind::DaemonSet => (nodes, number("updatedNumberScheduled"), number("numberAvailable")),
            _ => (number("replicas"), number("updatedReplicas"), number("availableReplicas")),
        };
        Self {
            observed_generation: status["observedGeneration"].as_i64().unwrap_or(generation),
            nodes,
            replicas,
            updated,
            available,
            deadline_exceeded: exceeded.map(|c| c["message"].as_str().unwrap_or_default().to_owned()),
        }
    }
}

impl Workload {
    /// A workload of which nothing runs yet.
    pub fn new(kind: WorkloadKind, spec: Value) -> Self {
        Self { kind, spec, managers: BTreeMap::new(), status: WorkloadStatus::default(), ran: Arc::default() }
    }
    /// So many pods there should be: one where the spec leaves it out.
    pub fn wanted(&self) -> i32 {
        match self.kind {
            WorkloadKind::DaemonSet => self.status.nodes,
            _ => self.spec["replicas"].as_i64().and_then(|n| i32::try_from(n).ok()).unwrap_or(1),
        }
    }
    /// `paused`.
    pub fn paused(&self) -> bool {
        self.spec["paused"].as_bool().unwrap_or(false)
    }
    /// What keeps old pods.
    pub fn keeps_old(&self) -> Option<KeepsOld> {
        let strategy = &self.spec["updateStrategy"];
        let partition = strategy["rollingUpdate"]["partition"].as_i64().unwrap_or_default();
        KeepsOld::of(strategy["type"].as_str().unwrap_or_default(), partition)
    }
    /// Whether its controller brings pods up one after the other.
    pub(super) fn keeps_order(&self) -> bool {
        self.kind == WorkloadKind::StatefulSet && self.spec["podManagementPolicy"] != "Parallel"
    }
    /// `progressDeadlineSeconds`, in seconds.
    pub fn progress_deadline(&self) -> i64 {
        self.spec["progressDeadlineSeconds"].as_i64().unwrap_or(PROGRESS_DEADLINE)
    }
    /// Whether every pod runs the newest spec and is available.
    pub fn is_rolled_out(&self) -> bool {
        let (n, s) = (self.wanted(), &self.status);
        s.updated == n && s.available == n && s.replicas == n && s.deadline_exceeded.is_none()
    }
    /// The status when every pod runs the newest spec and is available.
    pub(super) fn rolled_out(&self, generation: i64) -> WorkloadStatus {
        self.with(generation, self.wanted())
    }
    /// All pods are there and well, and so many of them are new.
    fn with(&self, generation: i64, updated: i32) -> WorkloadStatus {
        let (nodes, all) = (self.status.nodes, self.wanted());
        WorkloadStatus { observed_generation: generation, nodes, replicas: all, updated, available: all, deadline_exceeded: None }
    }
    /// Takes a status as a manifest says it.
    pub(super) fn read_status(&mut self, status: Option<&Value>, generation: i64) {
        self.status = WorkloadStatus::read(self, status, generation);
        if self.is_rolled_out() {
            self.ran = Arc::new(self.spec["template"].clone());
        }
    }
    /// A rollout ends well: for the pods that may be replaced.
    pub(super) fn end_well(&mut self, generation: i64) {
        let all = self.wanted();
        let new = match self.keeps_old() {
            Some(KeepsOld::Partition(below)) if *self.ran != self.spec["template"] => {
                all - all.min(i32::try_from(below).unwrap_or(i32::MAX))
            }
            _ => all,
        };
        self.status = self.with(generation, new);
        if new == all {
            self.ran = Arc::new(self.spec["template"].clone());
        }
    }
    /// A rollout ends badly. Only a Deployment's controller says so.
    pub(super) fn end_badly(&mut self, name: &str) {
        if self.kind == WorkloadKind::Deployment {
            self.status.deadline_exceeded = Some(format!("{} \"{name}\" has timed out progressing.", self.kind));
        }
    }
    /// Its controller sees a new template, or another number of pods. Where nobody may replace a pod, all go on as they are.
    pub(super) fn changed(&mut self, generation: i64) {
        let (new, old) = (self.with(generation, self.wanted()), self.with(generation, 0));
        self.status = match self.keeps_old() {
            _ if self.wanted() == 0 => new,
            Some(KeepsOld::OnDelete) if *self.ran == self.spec["template"] => new,
            Some(KeepsOld::OnDelete) => old,
            _ => WorkloadStatus { replicas: self.status.replicas, available: 0, ..old },
        };
    }
    /// Whether its controller has pods to replace, and does.
    pub(super) fn rolls(&self) -> bool {
        let held = self.paused() || self.keeps_old() == Some(KeepsOld::OnDelete);
        !held && self.wanted() > 0 && !self.is_rolled_out()
    }
    /// Its containers, then its init containers.
    pub fn containers(&self) -> Vec<Container> {
        [("containers", false), ("initContainers", true)]
            .into_iter()
            .flat_map(|(list, init)| self.list(list).iter().map(move |c| (c, init)))
            .map(|(c, init)| self.container(c, init))
            .collect()
    }
    fn container(&self, json: &Value, init: bool) -> Container {
        let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
        let name = text("name");
        Container { image: text("image"), init, image_manager: self.managers.get(&name).cloned(), name }
    }
    fn list(&self, list: &str) -> &[Value] {
        self.spec["template"]["spec"][list].as_array().map_or(&[], Vec::as_slice)
    }
    /// Sets one image as a strategic merge does: a container of an unknown name is added, as the API server would.
    pub fn set_image(&mut self, name: &str, init: bool, image: &str, manager: &str) {
        let list = &mut self.spec["template"]["spec"][if init { "initContainers" } else { "containers" }];
        if !list.is_array() {
            *list = json!([]);
        }
        let Some(list) = list.as_array_mut() else { return };
        match list.iter_mut().find(|c| c["name"] == name) {
            Some(container) => container["image"] = image.into(),
            None => list.push(json!({"name": name, "image": image})),
        }
        self.managers.insert(name.into(), manager.into());
    }
    /// Notes who wrote the images that differ from an earlier spec.
    pub fn note_managers(&mut self, earlier: &[Container], manager: &str) {
        for container in self.containers() {
            let same = earlier.iter().any(|e| e.name == container.name && e.image == container.image);
            if !same {
                self.managers.insert(container.name, manager.into());
            }
        }
    }
}
