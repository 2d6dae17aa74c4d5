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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn two_of_two() -> Workload {
        Workload {
            meta: Meta { uid: "u".into(), resource_version: "1".into(), generation: 3, created_at: Timestamp::UNIX_EPOCH },
            containers: vec![],
            replicas: 2,
            paused: false,
            progress_deadline: 600,
            observed_generation: 3,
            current_replicas: 2,
            updated_replicas: 2,
            available_replicas: 2,
            deadline_exceeded: None,
            version_label: None,
            intent: None,
        }
    }

    /// I6: each of these alone looks like a success to whoever forgets to look.
    #[test]
    fn a_rollout_is_over_when_nothing_of_it_is_left_to_do() {
        let all = two_of_two();
        assert!(all.rolled_out());
        let not_yet = [
            ("the controller has not seen the new spec", Workload { observed_generation: 2, ..all.clone() }),
            ("a replica is old", Workload { updated_replicas: 1, ..all.clone() }),
            ("a replica is not available", Workload { available_replicas: 1, ..all.clone() }),
            ("an old replica is left beside the new ones", Workload { current_replicas: 3, ..all.clone() }),
            ("there is none", Workload { replicas: 0, current_replicas: 0, updated_replicas: 0, available_replicas: 0, ..all }),
        ];
        for (why, workload) in not_yet {
            assert!(!workload.rolled_out(), "{why}");
        }
    }
}
