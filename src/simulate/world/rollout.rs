//! Rollouts of workloads: what their controllers, and the new pods, would do.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{
    Content, Object, Workload, World,
    behaviour::{Behaviour, Outcome, Running, Way},
    record::What,
};
use crate::{
    api::annotations::{INTENT, Intent},
    fleet::{ObjectKey, WorkloadKey},
};

impl World {
    /// How this workload's rollouts behave from now on, forward or back. One that is not rolled out begins anew with it.
    pub fn behave(&mut self, key: &WorkloadKey, way: Way, behaviour: Behaviour) {
        self.behaviours.insert((key.clone(), way), behaviour);
        let object = self.get(&ObjectKey::Workload(key.clone())).cloned();
        if let Some(object) = object.as_deref().filter(|object| Way::of(object) == way)
            && let Some(workload) = object.workload()
            && !workload.is_rolled_out()
        {
            self.begin(key, way, workload);
        }
    }

    /// When the next rollout or Job ends.
    pub fn next_rollout_end(&self) -> Option<Timestamp> {
        self.running.values().map(|r| r.ends_at).chain(self.running_jobs.values().map(|(at, _)| *at)).min()
    }

    /// Ends the rollouts and Jobs whose time has come. Whether there was one.
    pub fn settle(&mut self) -> bool {
        let due: Vec<_> =
            self.running.iter().filter(|(_, r)| r.ends_at <= self.now).map(|(key, r)| (key.clone(), r.outcome)).collect();
        for (key, outcome) in &due {
            self.running.remove(key);
            self.end(key, *outcome);
        }
        self.settle_jobs() || !due.is_empty()
    }

    fn end(&mut self, key: &WorkloadKey, outcome: Outcome) {
        let Some(before) = self.get(&ObjectKey::Workload(key.clone())).cloned() else { return };
        let mut after = Object::clone(&before);
        let Content::Workload(workload) = &mut after.content else { return };
        match outcome {
            Outcome::Succeeds => workload.end_well(before.generation),
            Outcome::Fails | Outcome::Hangs => workload.end_badly(&key.name),
        }
        if let Some(after) = self.commit(&before, after) {
            self.note(What::Progress(before, after));
        }
    }

    /// A spec changed: its controller sees that at once, and new pods have to come up.
    pub(super) fn roll(&mut self, before: &Arc<Object>, after: &mut Object) {
        let ObjectKey::Workload(key) = after.key.clone() else { return };
        let (Content::Workload(old), generation) = (&before.content, after.generation) else { return };
        let way = Way::of(after);
        let Content::Workload(new) = &mut after.content else { return };
        new.status.observed_generation = generation;
        if old.spec["template"] != new.spec["template"] || old.wanted() != new.wanted() {
            new.changed(generation);
        }
        self.begin(&key, way, new);
    }

    pub(super) fn begin(&mut self, key: &WorkloadKey, way: Way, workload: &Workload) {
        self.running.remove(key);
        if !workload.rolls() {
            return;
        }
        let Behaviour { outcome, takes, .. } = self.behaviour(key, way, workload);
        let length = match outcome {
            Outcome::Hangs => SignedDuration::from_secs(workload.progress_deadline()),
            Outcome::Succeeds | Outcome::Fails => takes.into(),
        };
        let ends_at = self.now.saturating_add(length).unwrap_or(Timestamp::MAX);
        self.running.insert(key.clone(), Running { ends_at, outcome });
    }
    /// What is said of it, else that it succeeds. But a StatefulSet that keeps the order of its pods waits for one of the new images that
    /// never came up, also when the old ones are back, until somebody deletes that pod.
    fn behaviour(&self, key: &WorkloadKey, way: Way, workload: &Workload) -> Behaviour {
        let said = |way| self.behaviours.get(&(key.clone(), way)).cloned();
        let broken = said(Way::Forward).is_some_and(|forward| forward.outcome != Outcome::Succeeds);
        let default = Behaviour::default();
        let stuck = || way == Way::Back && broken && workload.keeps_order();
        said(way).unwrap_or_else(|| if stuck() { Behaviour { outcome: Outcome::Hangs, ..default } } else { default })
    }
    /// A workload is gone, and its rollout with it.
    pub(super) fn forget_rollout(&mut self, key: &ObjectKey) {
        match key {
            ObjectKey::Workload(key) => _ = self.running.remove(key),
            ObjectKey::Job(key) => _ = self.running_jobs.remove(key),
            _ => {}
        }
    }
}

impl Way {
    /// What the operator's annotation says of the images that stand there.
    pub(super) fn of(object: &Object) -> Self {
        let intent = object.annotation(INTENT).and_then(|text| serde_json::from_str::<Intent>(text).ok());
        if intent.is_some_and(|intent| intent.rollback) { Self::Back } else { Self::Forward }
    }
}
