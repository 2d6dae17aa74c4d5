//! What is known of the pods of a workload that did not come up: read once, when an upgrade fails (R22).

use jiff::Timestamp;

use crate::api::{tenant::Upgrade, upgrade_id::UpgradeId};

/// Pods that are read at once. Whoever has more is told of those that came first.
pub const MOST: u32 = 20;

/// Which failure a read is for: what was read for another says nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFor {
    /// The upgrade.
    pub id: UpgradeId,
    /// The UID of its release.
    pub release_uid: String,
    /// When its step began.
    pub step_at: Timestamp,
}

impl ReadFor {
    /// What a read is for that is sent now.
    pub fn of(upgrade: &Upgrade) -> Option<Self> {
        Some(Self { id: upgrade.id.clone()?, release_uid: upgrade.release_uid.clone(), step_at: upgrade.step.as_ref()?.at })
    }
    /// Whether the upgrade still stands where it did.
    pub fn is_of(&self, upgrade: &Upgrade) -> bool {
        upgrade.id.as_ref() == Some(&self.id) && upgrade.step.as_ref().is_some_and(|step| step.at == self.step_at)
    }
}

/// What a read of a workload's pods came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodsRead {
    /// Which failure it was for.
    pub read_for: ReadFor,
    /// The pods, or why they are not known. It is not tried again: no failure waits for more than one read.
    pub found: Result<Pods, Unread>,
}

/// Why pods are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The operator may not list pods there.
    Forbidden,
    /// Anything else, in words.
    Failed(String),
}

/// The pods that a workload's selector selects. All texts are as somebody wrote them: nothing in them can be relied on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pods {
    /// At most [`MOST`].
    pub pods: Vec<Pod>,
    /// There are more.
    pub more: bool,
    /// Why the workload's controller can make none, where it says so.
    pub refused: Option<String>,
}

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pod {
    /// Its name.
    pub name: String,
    /// It ended for good, as when a node was short of memory: reason and message.
    pub ended: Option<(String, String)>,
    /// No node takes it: what the scheduler says.
    pub unscheduled: Option<String>,
    /// Its init containers, then its containers.
    pub containers: Vec<PodContainer>,
}

/// A container of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodContainer {
    /// Its name.
    pub name: String,
    /// The image of the pod's spec.
    pub image: String,
    /// Whether it is ready; one that comes before the others: whether it has done its work.
    pub ready: bool,
    /// Why it waits: reason and message.
    pub waits: Option<(String, String)>,
    /// How it ended last.
    pub ended: Option<Exit>,
}

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exit {
    /// Its exit code.
    pub code: i64,
    /// `OOMKilled`, `Error`, `Completed`, …
    pub reason: String,
    /// Its termination message.
    pub message: String,
}
