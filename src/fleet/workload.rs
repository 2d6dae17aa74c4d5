//! What is known of a workload, in words that fit every kind.

use std::fmt;

use jiff::Timestamp;

use super::{Meta, Parsed};
use crate::api::{annotations::Intent, reason::Reason, upgrade_id::UpgradeId};

/// A workload as last seen: only what a rule reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Its identity.
    pub meta: Meta,
    /// Its containers and init containers.
    pub containers: Vec<Container>,
    /// How far its pods are.
    pub rollout: Rollout,
    /// `spec.paused`: a Deployment's only.
    pub paused: bool,
    /// What keeps its controller from replacing pods.
    pub keeps_old: Option<KeepsOld>,
    /// `spec.progressDeadlineSeconds`, in seconds. The API server gives every Deployment one, and the other kinds have none.
    pub progress_deadline: Option<i64>,
    /// The label `app.kubernetes.io/version`.
    pub version_label: Option<String>,
    /// The annotation `uplift.dev/intent`.
    pub intent: Option<Parsed<Intent>>,
    /// The upgrade whose images this process has last seen in it under our annotation, also when both are gone since.
    pub last_set: Option<UpgradeId>,
}

/// How far a workload's pods are. Each kind counts in fields of its own; a rule knows only these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollout {
    /// Whether the controller has seen the newest spec. Until then the numbers are of an older one.
    pub current: bool,
    /// So many pods there should be.
    pub wanted: i32,
    /// So many are made of the newest spec.
    pub updated: i32,
    /// So many are available, whatever they are made of.
    pub available: i32,
    /// Whether pods of an older spec are left.
    pub old: bool,
    /// What the controller says when it takes the rollout for failed. Only a Deployment's ever does.
    pub failed: Option<String>,
    /// Since when it says so, where it tells that.
    pub failed_at: Option<Timestamp>,
}

/// What keeps a controller from replacing pods: images that are set would not run, or not everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepsOld {
    /// `updateStrategy.type: OnDelete`.
    OnDelete,
    /// `updateStrategy.rollingUpdate.partition`, above zero: pods below that number stay as they are.
    Partition(i64),
}

impl KeepsOld {
    /// The word for it.
    pub fn reason(self) -> Reason {
        match self {
            Self::OnDelete => Reason::OnDelete,
            Self::Partition(_) => Reason::Partitioned,
        }
    }
}

/// What counts where a workload has no `progressDeadlineSeconds`: the API server's default for Deployments.
pub const PROGRESS_DEADLINE: i64 = 600;

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
    /// What our annotation says of an upgrade that went forward.
    pub fn forward(&self) -> Option<&Intent> {
        self.intent.as_ref()?.as_ref().ok().filter(|intent| !intent.rollback)
    }
    /// See [`Rollout::done`].
    pub fn rolled_out(&self) -> bool {
        self.rollout.done()
    }
}

impl Rollout {
    /// The controller has seen the newest spec, every pod is updated and available, none of the old is left, and there is at least
    /// one (I6).
    pub fn done(&self) -> bool {
        let n = self.wanted;
        self.current && n >= 1 && self.updated == n && self.available == n && !self.old
    }
}

impl KeepsOld {
    /// What an `updateStrategy` of this type, with this partition, does.
    pub fn of(strategy: &str, partition: i64) -> Option<Self> {
        match strategy {
            "OnDelete" => Some(Self::OnDelete),
            _ => (partition > 0).then_some(Self::Partition(partition)),
        }
    }
}

/// What it is and what to do, to stand behind the workload's name.
impl fmt::Display for KeepsOld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnDelete => f.write_str(
                "has spec.updateStrategy.type OnDelete, so its pods keep their images until somebody deletes them; set it to RollingUpdate",
            ),
            Self::Partition(n) => write!(
                f,
                "has spec.updateStrategy.rollingUpdate.partition {n}, so its pods below that number keep their images; set it to 0"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_of_two() -> Rollout {
        Rollout { current: true, wanted: 2, updated: 2, available: 2, old: false, failed: None, failed_at: None }
    }

    /// I6: each of these alone looks like a success to whoever forgets to look.
    #[test]
    fn a_rollout_is_over_when_nothing_of_it_is_left_to_do() {
        let all = two_of_two();
        assert!(all.done());
        let not_yet = [
            ("the controller has not seen the new spec", Rollout { current: false, ..all.clone() }),
            ("a pod is old", Rollout { updated: 1, ..all.clone() }),
            ("a pod is not available", Rollout { available: 1, ..all.clone() }),
            ("an old pod is left beside the new ones", Rollout { old: true, ..all.clone() }),
            ("there is none", Rollout { wanted: 0, updated: 0, available: 0, ..all }),
        ];
        for (why, rollout) in not_yet {
            assert!(!rollout.done(), "{why}");
        }
    }

    #[test]
    fn a_partition_of_zero_and_a_strategy_that_is_not_named_keep_nothing() {
        assert_eq!([KeepsOld::of("", 0), KeepsOld::of("RollingUpdate", 0)], [None, None]);
        assert_eq!(KeepsOld::of("RollingUpdate", 1), Some(KeepsOld::Partition(1)));
        assert_eq!(KeepsOld::of("OnDelete", 1), Some(KeepsOld::OnDelete));
    }
}
