//! A Deployment: its spec as JSON, and the status that its controller would write.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::fleet::Container;

/// What `progressDeadlineSeconds` is when a manifest leaves it out, in seconds.
const PROGRESS_DEADLINE: i64 = 600;

/// A Deployment of a tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// Its spec.
    pub spec: Value,
    /// Container to who last wrote its image.
    pub managers: BTreeMap<String, String>,
    /// Its status.
    pub status: DeploymentStatus,
}

/// The part of a Deployment's status that a rule reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeploymentStatus {
    /// `observedGeneration`.
    pub observed_generation: i64,
    /// `replicas`.
    pub replicas: i32,
    /// `updatedReplicas`.
    pub updated: i32,
    /// `availableReplicas`.
    pub available: i32,
    /// The message of `Progressing=False` with reason `ProgressDeadlineExceeded`.
    pub deadline_exceeded: Option<String>,
}

impl DeploymentStatus {
    /// Every replica runs the newest spec and is available.
    pub fn rolled_out(generation: i64, replicas: i32) -> Self {
        Self { observed_generation: generation, replicas, updated: replicas, available: replicas, deadline_exceeded: None }
    }
    /// What a manifest says; a manifest without a status is rolled out.
    pub(super) fn read(status: Option<&Value>, generation: i64, replicas: i32) -> Self {
        let Some(status) = status.filter(|s| s.as_object().is_some_and(|map| !map.is_empty())) else {
            return Self::rolled_out(generation, replicas);
        };
        let number = |key: &str| status[key].as_i64().and_then(|n| i32::try_from(n).ok()).unwrap_or_default();
        let conditions = status["conditions"].as_array().map_or(&[][..], Vec::as_slice);
        let exceeded = conditions.iter().find(|c| c["type"] == "Progressing" && c["reason"] == "ProgressDeadlineExceeded");
        Self {
            observed_generation: status["observedGeneration"].as_i64().unwrap_or(generation),
            replicas: number("replicas"),
            updated: number("updatedReplicas"),
            available: number("availableReplicas"),
            deadline_exceeded: exceeded.map(|c| c["message"].as_str().unwrap_or_default().to_owned()),
        }
    }
}

impl Deployment {
    /// `replicas`: one when the spec leaves it out.
    pub fn replicas(&self) -> i32 {
        self.spec["replicas"].as_i64().and_then(|n| i32::try_from(n).ok()).unwrap_or(1)
    }
    /// `paused`.
    pub fn paused(&self) -> bool {
        self.spec["paused"].as_bool().unwrap_or(false)
    }
    /// `progressDeadlineSeconds`, in seconds.
    pub fn progress_deadline(&self) -> i64 {
        self.spec["progressDeadlineSeconds"].as_i64().unwrap_or(PROGRESS_DEADLINE)
    }
    /// Whether every replica runs the newest spec and is available.
    pub fn is_rolled_out(&self) -> bool {
        let (n, s) = (self.replicas(), &self.status);
        s.updated == n && s.available == n && s.replicas == n && s.deadline_exceeded.is_none()
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
