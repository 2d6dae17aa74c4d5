//! The operator's process: what it knows, what it sent, what it will do next. All of it is lost in a crash. Every instant is on its
//! own clock.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::{
    fleet::{Delivery, DeliveryKey, Effect, Fleet, Meta, ObjectKey, Outstanding, Views},
    letters::{self, Outgoing},
    plan::{Body, Plan, Write},
    simulate::world::{Object, Record, World},
};

/// How long after an unknown outcome the object is read, and after an unheard answer a notice is sent again.
pub(super) const UNKNOWN_FOR: SignedDuration = SignedDuration::from_secs(10);

/// One thing that the operator does to the world.
#[derive(Clone, Debug)]
pub enum Act {
    /// A write.
    Write(Box<Write>),
    /// A notice.
    Send(Box<Outgoing>),
}

/// The running process.
#[derive(Clone, Debug, Default)]
pub(super) struct Operator {
    pub fleet: Fleet,
    /// Acts of the last plan that are not done yet.
    pub acts: VecDeque<Act>,
    /// The last plan had nothing to do, and nothing changed since.
    pub quiet: bool,
    pub wake_at: Option<Timestamp>,
    /// Objects whose last write has an unknown outcome, and when they are read.
    pub unknown: BTreeMap<ObjectKey, Timestamp>,
    /// Notices that wait for another try.
    pub again_at: BTreeMap<DeliveryKey, Timestamp>,
    /// Its watches show everything at once: what was not there a moment ago is new.
    pub gapless: bool,
}

impl Operator {
    /// A fresh process reads everything. `known` is what it is told before.
    pub fn start(world: &World, known: Fleet, now: Timestamp, gapless: bool) -> Self {
        let mut fleet = Fleet { views: Views::fresh(), ..known };
        world.objects().for_each(|object| object.fold_into(&mut fleet, now, false));
        Self { fleet, gapless, ..Self::default() }
    }

    /// What a read or an answer shows: the object as it is now. Its place is not taken any more.
    pub fn look(&mut self, world: &World, key: &ObjectKey, now: Timestamp) {
        self.unknown.remove(key);
        self.fleet.outstanding.remove(key);
        self.listed(world, key, now);
    }

    /// What a list shows: the object as it is now.
    pub fn listed(&mut self, world: &World, key: &ObjectKey, now: Timestamp) {
        match world.get(key) {
            Some(object) => self.put(object, now),
            None => self.forget(key),
        }
    }

    /// What a watch shows: nothing new, where an answer or a later event was here before. Another object of the same name
    /// replaces what is known.
    pub fn seen(&mut self, record: &Record, now: Timestamp) {
        let Some((key, object)) = record.changed() else { return };
        let known = meta(&self.fleet, key);
        match object {
            Ok(object) => {
                let older = known.is_some_and(|m| m.uid == object.uid && version(m) >= object.resource_version);
                if !older {
                    self.put(object, now);
                }
            }
            Err(gone) if known.is_some_and(|m| m.uid == gone.uid) => self.forget(key),
            Err(_) => {}
        }
    }

    fn put(&mut self, object: &Object, now: Timestamp) {
        object.fold_into(&mut self.fleet, now, self.gapless);
        self.quiet = false;
        self.drop_written_deliveries(&object.key);
    }

    fn forget(&mut self, key: &ObjectKey) {
        match key {
            ObjectKey::Release(name) => drop(self.fleet.releases.remove(name)),
            ObjectKey::Window(name) => drop(self.fleet.windows.remove(name)),
            ObjectKey::Tenant(key) => drop(self.fleet.tenants.remove(key)),
            ObjectKey::Workload(key) => drop(self.fleet.workloads.remove(key)),
        }
        self.quiet = false;
    }

    /// Objects whose read is due.
    pub fn due_reads(&self, now: Timestamp) -> Vec<ObjectKey> {
        self.unknown.iter().filter(|(_, at)| **at <= now).map(|(key, _)| key.clone()).collect()
    }

    /// Takes a plan: writes by class, then notices.
    pub fn take(&mut self, plan: Plan, now: Timestamp) {
        let mut writes = plan.writes;
        writes.retain(|write| !self.fleet.outstanding.contains_key(&write.object));
        writes.sort_by_key(|write| write.class);
        let notices = plan.notices.iter().map(letters::write).filter(|notice| self.may_send(notice, now));
        let sends: Vec<_> = notices.map(|notice| Act::Send(Box::new(notice))).collect();
        self.acts = writes.into_iter().map(|write| Act::Write(Box::new(write))).chain(sends).collect();
        self.quiet = self.acts.is_empty();
        self.wake_at = plan.wake_at;
    }

    fn may_send(&self, notice: &Outgoing, now: Timestamp) -> bool {
        let key = delivery_key(notice);
        let done = self.fleet.deliveries.get(&key).is_some_and(|d| d.delivered_at.is_some() || d.gave_up);
        let waits = self.again_at.get(&key).is_some_and(|at| *at > now);
        !done && !waits && now <= notice.deliver_by
    }

    /// The outcome of a write is unknown.
    pub fn lost(&mut self, write: &Write, now: Timestamp) {
        let effect = match &write.body {
            Body::TenantStatus(status) => Effect::TenantStatus(status.clone()),
            Body::Images(_) => Effect::Images,
            Body::ReleaseStatus(_) | Body::WindowStatus(_) => Effect::Told,
        };
        self.fleet.outstanding.insert(write.object.clone(), Outstanding { effect, sent_at: now });
        self.unknown.insert(write.object.clone(), now + UNKNOWN_FOR);
        self.again();
    }

    /// A contact answered, or did not until `again_at`.
    pub fn sent(&mut self, notice: &Outgoing, answer: Result<Timestamp, (&str, Timestamp)>) {
        let key = delivery_key(notice);
        let delivery: &mut Delivery = self.fleet.deliveries.entry(key.clone()).or_default();
        delivery.attempts += 1;
        match answer {
            Ok(at) => {
                delivery.delivered_at = Some(at);
                delivery.last_error = None;
            }
            Err((error, again_at)) => {
                delivery.last_error = Some(error.to_owned());
                self.again_at.insert(key, again_at);
            }
        }
        self.quiet = false;
    }

    /// What is left of the last plan is dropped: the next thing is to plan anew.
    pub fn again(&mut self) {
        self.acts.clear();
        self.quiet = false;
    }

    /// When this process has to do something, with no event.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let waits = self.unknown.values().chain(self.again_at.values()).copied().filter(|at| *at > now);
        waits.chain(self.wake_at.filter(|at| *at > now)).min()
    }

    /// A delivery that a status holds needs no memory.
    fn drop_written_deliveries(&mut self, key: &ObjectKey) {
        let ObjectKey::Tenant(key) = key else { return };
        let Some(tenant) = self.fleet.tenants.get(key) else { return };
        let Ok(status) = &tenant.status else { return };
        let open =
            |d: &DeliveryKey| status.notices.iter().any(|n| n.key == d.key && n.contact == d.contact && n.delivered_at.is_none());
        self.fleet.deliveries.retain(|d, _| d.tenant_uid != tenant.meta.uid || open(d));
    }
}

fn meta<'a>(fleet: &'a Fleet, key: &ObjectKey) -> Option<&'a Meta> {
    match key {
        ObjectKey::Release(name) => fleet.releases.get(name).map(|r| &r.meta),
        ObjectKey::Window(name) => fleet.windows.get(name).map(|w| &w.meta),
        ObjectKey::Tenant(key) => fleet.tenants.get(key).map(|t| &t.meta),
        ObjectKey::Workload(key) => fleet.workloads.get(key).map(|w| &w.meta),
    }
}

fn version(meta: &Meta) -> u64 {
    meta.resource_version.parse().unwrap_or_default() // the world's are numbers
}

fn delivery_key(notice: &Outgoing) -> DeliveryKey {
    DeliveryKey { tenant_uid: notice.tenant_uid.clone(), key: notice.key.clone(), contact: notice.contact.clone() }
}
