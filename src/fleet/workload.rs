//! What is known of a workload.

use super::{Meta, Parsed};
use crate::api::annotations::Intent;

/// A Deployment as last seen: only what a rule reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Its identity.
    pub meta: Meta,
    /// Its containers and init containers.
    pub containers: Vec<Container>,
    /// `spec.replicas`.
    pub replicas: i32,
    /// `spec.paused`.
    pub paused: bool,
    /// `spec.progressDeadlineSeconds`, in seconds.
    pub progress_deadline: i64,
    /// `status.observedGeneration`.
    pub observed_generation: i64,
    /// `status.replicas`: old and new ones.
    pub current_replicas: i32,
    /// `status.updatedReplicas`.
    pub updated_replicas: i32,
    /// `status.availableReplicas`.
    pub available_replicas: i32,
    /// The Deployment reports `Progressing=False` with reason `ProgressDeadlineExceeded`; its message.
    pub deadline_exceeded: Option<String>,
    /// The label `app.kubernetes.io/version`.
    pub version_label: Option<String>,
    /// The annotation `uplift.dev/intent`.
    pub intent: Option<Parsed<Intent>>,
}

/// A container of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// Whether it is an init container.
    pub init: bool,
    /// Who last wrote the image, by managedFields.
    pub image_manager: Option<String>,
}

impl Workload {
    /// The controller has seen the newest spec, every replica is updated and available, none of the old is left, and there is at
    /// least one (I6).
    pub fn rolled_out(&self) -> bool {
        let n = self.replicas;
        self.settled() && n >= 1 && self.updated_replicas == n && self.available_replicas == n && self.current_replicas == n
    }
    /// The controller has seen the newest spec.
    pub fn settled(&self) -> bool {
        self.observed_generation >= self.meta.generation
    }
}
