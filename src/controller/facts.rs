//! What is known, and how sends, answers and deliveries change it. Synchronous.

use jiff::Timestamp;

use crate::{
    clock::Clock,
    execute::{Outcome, Seen, Settled},
    fleet::{Delivery, DeliveryKey, Fleet, ObjectKey, Refusal, Settings, Views},
    observe::{Folder, Observation, parse},
    plan::{Change, Write},
};

/// The fleet, and what keeps it.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) fleet: Fleet,
    folder: Folder,
    /// Whether it is known that opt-outs are stamped, or that they are not: a verdict is given once, and a stamp that was
    /// overlooked at the start could not be made good.
    stamps_known: bool,
}

impl Facts {
    pub(super) fn new(settings: Settings) -> Self {
        Self { fleet: Fleet { settings, ..Fleet::default() }, ..Self::default() }
    }

    /// Whether all is known that a decision depends on: before that nothing may be decided.
    pub(super) fn ready(&self) -> bool {
        self.folder.ready() && self.stamps_known
    }

    /// Folds what a watch showed; whether a fact changed.
    pub(super) fn observe(&mut self, observation: Observation) -> bool {
        self.stamps_known |= matches!(observation, Observation::StampsInForce(_));
        self.folder.fold(&mut self.fleet, observation)
    }

    /// How fresh the views are, as the rules may see it.
    pub(super) fn views(&self, views: Views) -> Views {
        self.folder.views(views)
    }

    /// A write is about to be sent: from here on it is a fact (before the send, so that no answer can come first).
    pub(super) fn sending(&mut self, write: &Write, sent_at: Timestamp) {
        self.fleet.sending(&write.object(), write.change.effect(), sent_at);
    }

    /// A write is not under way any more: folds what its answer showed, and gives its place back.
    pub(super) fn settle(&mut self, settled: &Settled, clock: &dyn Clock) {
        self.remember_refusal(settled);
        let (key, fleet) = (&settled.write.object(), &mut self.fleet);
        match (&settled.outcome, &settled.read) {
            (Outcome::Committed(text) | Outcome::Altered(text), _) | (_, Some(Seen::Present(text))) => {
                self.answered(key, text, clock);
            }
            (Outcome::Gone, _) | (_, Some(Seen::Absent)) => _ = self.folder.absent(fleet, key, &settled.write.uid),
            _ => _ = self.folder.refused(fleet, key),
        }
    }

    /// Until a write of the object gets another answer, or the object is gone.
    fn remember_refusal(&mut self, settled: &Settled) {
        let (key, fleet) = (settled.write.object(), &mut self.fleet);
        // What is stored otherwise than it was sent does not get on either.
        let refused = match &settled.outcome {
            Outcome::Refused(refusal) => Some(refusal.message.clone()),
            Outcome::Altered(_) => Some("the API server stored something else than was written".into()),
            _ => None,
        };
        if let Some(message) = refused {
            let upgrade = match &settled.write.change {
                Change::Images { images, .. } => Some(images.intent.id.clone()),
                _ => None,
            };
            let (tenants, workloads) = (&fleet.tenants, &fleet.workloads);
            fleet.refused.retain(|key, _| match key {
                ObjectKey::Tenant(key) => tenants.contains_key(key),
                ObjectKey::Workload(key) => workloads.contains_key(key),
                _ => true,
            });
            fleet.refused.insert(key, Refusal { upgrade, message });
        } else if !matches!(settled.outcome, Outcome::NotSent(_)) {
            fleet.refused.remove(&key);
        }
    }

    fn answered(&mut self, key: &ObjectKey, text: &str, clock: &dyn Clock) {
        match parse::answer(key, text, clock, clock.now()) {
            Ok(observation) => _ = self.folder.answered(&mut self.fleet, key, observation),
            Err(error) => {
                tracing::error!(object = %key, %error, "the answer to a write does not parse; its place is kept until the object is seen");
                match version_in(text) {
                    Some(version) => _ = self.folder.answered_unread(&mut self.fleet, key, &version),
                    None => _ = self.folder.refused(&mut self.fleet, key),
                }
            }
        }
    }

    /// What became of a notice; whether that is new.
    pub(super) fn delivered(&mut self, key: DeliveryKey, delivery: Delivery) -> bool {
        self.fleet.deliveries.insert(key, delivery.clone()) != Some(delivery)
    }

    /// Forgets deliveries that no rule needs any more.
    pub(super) fn forget_deliveries(&mut self) {
        self.fleet.forget_deliveries();
    }

    /// How many upgrades run.
    pub(super) fn upgrades_in_flight(&self) -> usize {
        let statuses = self.fleet.tenants.values().filter_map(|tenant| tenant.status.as_ref().ok());
        statuses.filter(|status| status.upgrade.as_ref().is_some_and(|upgrade| upgrade.started_at.is_some())).count()
    }
}

/// The object that an observation shows, and its version.
pub(super) fn shown(observation: &Observation) -> Option<(ObjectKey, String)> {
    let (key, meta) = match observation {
        Observation::Release(name, facts) => (ObjectKey::Release(name.clone()), &facts.meta),
        Observation::Window(name, facts) => (ObjectKey::Window(name.clone()), &facts.meta),
        Observation::Tenant(key, facts) => (ObjectKey::Tenant(key.clone()), &facts.meta),
        Observation::Workload(key, facts) => (ObjectKey::Workload(key.clone()), &facts.meta),
        _ => return None,
    };
    Some((key, meta.resource_version.clone()))
}

fn version_in(text: &str) -> Option<String> {
    let object: serde_json::Value = serde_json::from_str(text).ok()?;
    object["metadata"]["resourceVersion"].as_str().map(Into::into)
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
