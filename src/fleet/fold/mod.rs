//! Observations into facts. Synchronous and without a clock: the same observations give the same facts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

mod asked;
mod facts;
mod jobs;
mod ledger;
mod observation;
mod pods;
mod rows;
mod said;
mod sources;

pub use facts::{Answer, Facts, Shown};
pub use observation::Observation;
pub use rows::row;
use rows::{compact, keys, newer, reached, remove};

use super::{Fleet, Meta, ObjectKey, Tenant, TenantKey, Trial, TrialKey, View, Views, Workload, WorkloadKey};

/// Folds what watches, reads and writes show into the facts.
///
/// resourceVersions are compared as numbers, within one kind; where they are none, what comes later is taken as newer.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// Objects that the list under way has not shown yet. Empty but during a list: it is as large as all names.
    unseen: BTreeMap<View, BTreeSet<ObjectKey>>,
    /// Kinds that were listed completely.
    listed: BTreeSet<View>,
    /// For which time as the leader.
    term: u64,
    /// The instant until which everything that happened to a kind is known.
    current: BTreeMap<View, Timestamp>,
    /// Writes that were answered without the object: the resourceVersion that has to be seen.
    awaited: BTreeMap<ObjectKey, String>,
    /// UIDs of objects that were seen to go while a write of them was under way: its answer must not bring them back.
    died: BTreeMap<ObjectKey, String>,
}

impl Folder {
    /// Folds what a watch showed; whether a fact changed.
    pub fn fold(&mut self, fleet: &mut Fleet, observation: Observation) -> bool {
        match observation {
            Observation::Term(term) => self.begin_term(term),
            Observation::Listing(view) => self.begin(fleet, view),
            Observation::Listed(view) => self.sweep(fleet, view),
            Observation::Gone { key, uid } => self.gone(fleet, &key, &uid),
            Observation::Current(view, at) => self.current(view, at),
            Observation::StampsInForce(is) => std::mem::replace(&mut fleet.stamps_in_force, is) != is,
            seen => self.seen(fleet, seen),
        }
    }

    /// A write or a read of this object answered with it: its outcome is known, so it takes no place any more.
    ///
    /// For a write whose outcome was unknown, read the object and fold the answer here. What the watch has overtaken is dropped.
    pub fn answered(&mut self, fleet: &mut Fleet, key: &ObjectKey, answer: Observation) -> bool {
        let died = self.died.get(key).cloned();
        let settled = self.settle(fleet, key);
        if let Observation::JobRead(key, read) = answer {
            return jobs::read(fleet, key, *read);
        }
        if let Observation::PodsRead(key, read) = answer {
            return pods::read(fleet, key, *read);
        }
        // An answer may come after the watch has shown that the object is gone, or is another one: it must not come back. A Job is
        // there from the answer to its creation on.
        let news = |key: &ObjectKey, meta: &Meta| match row(fleet, key) {
            Some(row) => newer(row, meta),
            None => matches!(key, ObjectKey::Job(_)) && died.as_ref() != Some(&meta.uid),
        };
        let news = answer.object().is_some_and(|(key, meta)| news(&key, meta));
        (news && self.put(fleet, answer)) || settled
    }

    /// A write was committed with this resourceVersion, but its answer could not be read: it keeps its place until it is seen.
    pub fn answered_unread(&mut self, fleet: &mut Fleet, key: &ObjectKey, resource_version: &str) -> bool {
        self.awaited.insert(key.clone(), resource_version.to_owned());
        self.settle_if_seen(fleet, key)
    }

    /// The API server refused a write for certain: it takes no place any more.
    pub fn refused(&mut self, fleet: &mut Fleet, key: &ObjectKey) -> bool {
        self.settle(fleet, key)
    }

    /// A read found no object of this key, or another one than this: it is gone, and a write of it came to nothing.
    pub fn absent(&mut self, fleet: &mut Fleet, key: &ObjectKey, uid: &str) -> bool {
        let settled = self.settle(fleet, key);
        self.gone(fleet, key, uid) || settled
    }

    /// Whether every kind was listed completely since the process became the leader for this time. Before that the facts are a part, or
    /// lack what the leader before did last, and nothing may be decided.
    pub fn ready(&self, term: u64) -> bool {
        self.term == term && self.listed.len() == View::ALL.len()
    }

    /// How fresh the facts are: `views` as what keeps the watches tells, without a kind whose list has not been folded to its end. A
    /// watch can be open and alive while what it brought still waits in the queue.
    pub fn views(&self, views: Views) -> Views {
        let complete = |view: &View| self.listed.contains(view) && !self.unseen.contains_key(view);
        Views(views.0.into_iter().filter(|(view, _)| complete(view)).collect())
    }

    fn begin_term(&mut self, term: u64) -> bool {
        self.term = term;
        self.listed.clear();
        false
    }

    fn begin(&mut self, fleet: &Fleet, view: View) -> bool {
        self.unseen.insert(view, keys(fleet, view));
        false
    }

    fn sweep(&mut self, fleet: &mut Fleet, view: View) -> bool {
        let first = self.listed.insert(view);
        let unseen = self.unseen.remove(&view).unwrap_or_default();
        for key in &unseen {
            remove(fleet, key);
            self.settle_if_seen(fleet, key);
        }
        if first {
            compact(fleet, view);
        }
        first || !unseen.is_empty()
    }

    fn gone(&mut self, fleet: &mut Fleet, key: &ObjectKey, uid: &str) -> bool {
        if fleet.outstanding.contains_key(key) {
            self.died.insert(key.clone(), uid.to_owned());
        }
        let same = row(fleet, key).is_some_and(|meta| meta.uid == uid);
        if same {
            remove(fleet, key);
        }
        self.settle_if_seen(fleet, key) || same
    }

    fn current(&mut self, view: View, at: Timestamp) -> bool {
        let known = self.current.entry(view).or_insert(at);
        *known = at.max(*known);
        false
    }

    fn seen(&mut self, fleet: &mut Fleet, observation: Observation) -> bool {
        let Some((key, meta)) = observation.object() else { return false };
        if let Some(unseen) = self.unseen.get_mut(&key.view()) {
            unseen.remove(&key);
        }
        // Of the same object only what is newer: an answer may have been here before its event. Another object of the same name
        // replaces it whatever the numbers say.
        let newer = row(fleet, &key).is_none_or(|row| row.uid != meta.uid || newer(row, meta));
        let changed = newer && self.put(fleet, observation);
        self.settle_if_seen(fleet, &key) || changed
    }

    fn put(&self, fleet: &mut Fleet, observation: Observation) -> bool {
        match observation {
            Observation::Release(key, facts) => drop(fleet.releases.insert(key, *facts)),
            Observation::Window(key, facts) => drop(fleet.windows.insert(key, *facts)),
            Observation::Product(key, facts) => drop(fleet.products.insert(key, *facts)),
            Observation::Tenant(key, facts) => self.put_tenant(fleet, key, *facts),
            Observation::Trial(key, facts) => put_trial(fleet, key, *facts),
            Observation::Workload(key, facts) => put_workload(fleet, key, *facts),
            Observation::Template(key, facts) => drop(fleet.templates.insert(key, *facts)),
            Observation::Job(key, facts) => drop(fleet.jobs.insert(key, *facts)),
            _ => return false,
        }
        true
    }

    fn put_tenant(&self, fleet: &mut Fleet, key: TenantKey, mut tenant: Tenant) {
        let old = fleet.tenants.get(&key).filter(|old| old.meta.uid == tenant.meta.uid);
        said::remember(old, &mut tenant, self.current.get(&View::Tenants).copied());
        if tenant.trial.is_some() {
            fleet.asking.insert(key.clone());
        } else {
            fleet.asking.remove(&key);
        }
        // One of the same name in its place: the old one is gone all the same.
        let uid = tenant.meta.uid.clone();
        let replaced = fleet.tenants.insert(key.clone(), tenant).filter(|old| old.meta.uid != uid);
        fleet.deleted.extend(replaced.map(|old| (key, old)));
    }

    fn settle(&mut self, fleet: &mut Fleet, key: &ObjectKey) -> bool {
        self.awaited.remove(key);
        self.died.remove(key);
        fleet.outstanding.remove(key).is_some()
    }

    fn settle_if_seen(&mut self, fleet: &mut Fleet, key: &ObjectKey) -> bool {
        let Some(awaited) = self.awaited.get(key) else { return false };
        let seen = row(fleet, key).is_none_or(|meta| reached(meta, awaited));
        seen && self.settle(fleet, key)
    }
}

/// One of the same name in the place of another: the old one is gone all the same.
fn put_trial(fleet: &mut Fleet, key: TrialKey, trial: Trial) {
    let uid = trial.meta.uid.clone();
    let replaced = fleet.trials.insert(key.clone(), trial).filter(|old| old.meta.uid != uid);
    fleet.deleted_trials.extend(replaced.map(|old| (key, old)));
}

/// Whose images were in it is remembered, as long as it is the same object: what was there and is gone was taken away by another hand.
fn put_workload(fleet: &mut Fleet, key: WorkloadKey, mut workload: Workload) {
    let before = fleet.workloads.get_mut(&key).filter(|before| before.meta.uid == workload.meta.uid);
    let now = workload.forward().map(|intent| intent.id.clone());
    workload.last_set = now.or_else(|| before.and_then(|before| before.last_set.take()));
    if workload.forward().is_some_and(|intent| intent.id.is_of_trial()) {
        fleet.set_by_trials.insert(key.clone());
    } else {
        fleet.set_by_trials.remove(&key);
    }
    fleet.workloads.insert(key, workload);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::tenant::WorkloadKind, clock::RealClock, observe::parse};

    /// A Deployment, with the images of this upgrade under our annotation.
    fn seen(uid: &str, intent: Option<(&str, bool)>) -> (WorkloadKey, Workload) {
        let intent =
            intent.map(|(id, rollback)| serde_json::json!({"id": id, "to": "2", "images": {}, "rollback": rollback}).to_string());
        let text = serde_json::json!({
            "metadata": {"name": "web", "namespace": "acme", "uid": uid, "resourceVersion": "1", "creationTimestamp": "2026-12-01T00:00:00Z",
                "annotations": intent.map_or(serde_json::json!({}), |intent| serde_json::json!({"uplift.dev/intent": intent}))},
            "spec": {"template": {"spec": {"containers": []}}},
        });
        parse::workload(WorkloadKind::Deployment, &text.to_string(), &RealClock).unwrap()
    }

    #[test]
    fn whose_images_were_in_a_workload_is_known_as_long_as_it_is_the_same_object() {
        let mut fleet = Fleet::default();
        let mut last_set = |uid, intent| {
            let (key, workload) = seen(uid, intent);
            put_workload(&mut fleet, key.clone(), workload);
            fleet.workloads[&key].last_set.as_ref().map(ToString::to_string)
        };
        let (first, second) = (Some("aaaaaaaaaaaa-1"), Some("bbbbbbbbbbbb-1"));
        assert_eq!(last_set("u1", None), None);
        assert_eq!(last_set("u1", first.map(|id| (id, false))).as_deref(), first);
        assert_eq!(last_set("u1", None).as_deref(), first, "the annotation is gone");
        assert_eq!(last_set("u1", second.map(|id| (id, true))).as_deref(), first, "a rollback sets what ran before");
        assert_eq!(last_set("u1", second.map(|id| (id, false))).as_deref(), second);
        assert_eq!(last_set("u2", None), None, "another of its name");
    }
}
