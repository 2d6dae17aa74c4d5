//! The pods of a workload whose rollout does not succeed, as a list would show them.

use super::{Behaviour, Outcome, Way, Why, Workload, World};
use crate::fleet::{Container, Exit, ObjectKey, Pod, PodContainer, Pods, PodsRead, ReadFor, Unread, WorkloadKey};

impl World {
    /// What a read of the pods of a workload shows. Of a world that was read from a cluster nobody knows how its pods are.
    pub fn read_pods(&self, key: &WorkloadKey, read_for: ReadFor) -> PodsRead {
        let object = self.get(&ObjectKey::Workload(key.clone()));
        let way = object.map_or(Way::Forward, |object| Way::of(object));
        let workload = object.and_then(|object| object.workload());
        let behaviour = self.behaviours.get(&(key.clone(), way)).filter(|said| said.outcome != Outcome::Succeeds);
        let found = match (workload, behaviour) {
            (None, _) => Err(Unread::Failed(format!("{key} is gone"))),
            // Nobody replaces its pods: there are none of these images.
            (Some(workload), None) if workload.keeps_old().is_some() || (way == Way::Back && workload.keeps_order()) => {
                Ok(Pods::default())
            }
            (_, None) => Err(Unread::Failed("nothing is known of them here".into())),
            (_, Some(Behaviour { why: Why::Hidden, .. })) => Err(Unread::Forbidden),
            (Some(workload), Some(behaviour)) => Ok(behaviour.pods(&key.name, workload)),
        };
        PodsRead { read_for, found }
    }
}

impl Behaviour {
    fn pods(&self, name: &str, workload: &Workload) -> Pods {
        if self.why == Why::Quota {
            return Pods { refused: Some(self.says.clone()), ..Pods::default() };
        }
        let containers = workload.containers().into_iter().map(|container| self.container(container)).collect();
        let unscheduled = (self.why == Why::Unschedulable).then(|| self.says.clone());
        let new = Pod { name: format!("{name}-1"), ended: None, unscheduled, containers };
        Pods { pods: vec![new], ..Pods::default() }
    }

    fn container(&self, Container { name, image, .. }: Container) -> PodContainer {
        let waits = |reason: &str| Some((reason.to_owned(), self.says.clone()));
        let exit = |code, reason: &str| Some(Exit { code, reason: reason.to_owned(), message: self.says.clone() });
        let (waits, ended) = match self.why {
            Why::ImageNotFound => (waits("ErrImagePull"), None),
            Why::Crashes => (waits("CrashLoopBackOff"), exit(1, "Error")),
            Why::OutOfMemory => (waits("CrashLoopBackOff"), exit(137, "OOMKilled")),
            Why::NotReady | Why::Unschedulable | Why::Quota | Why::Hidden => (None, None),
        };
        PodContainer { name, image, ready: false, waits, ended }
    }
}
