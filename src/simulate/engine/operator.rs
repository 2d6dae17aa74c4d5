//! The operator's process: what it knows, what it sent, what it will do next. All of it is lost in a crash. Every instant is on its
//! own clock.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::{
    fleet::{
        Delivery, DeliveryKey, Fleet, ObjectKey, View, Views,
        fold::{Folder, Observation, row},
    },
    letters::{self, Outgoing},
    plan::{Plan, Write},
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
    /// The operator's own fold.
    folder: Folder,
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
        let mut operator = Self { fleet: Fleet { views: Views::fresh(), ..known }, ..Self::default() };
        world.objects().for_each(|object| operator.put(object, now));
        Self { gapless, ..operator }
    }

    /// What a read or an answer shows: the object as it is now. Its place is not taken any more.
    pub fn look(&mut self, world: &World, key: &ObjectKey, now: Timestamp) {
        self.unknown.remove(key);
        self.current(now);
        let uid = self.known_uid(key);
        match world.get(key).and_then(|object| object.observation(&self.fleet, now)) {
            Some(answer) => _ = self.folder.answered(&mut self.fleet, key, answer),
            None => _ = self.folder.absent(&mut self.fleet, key, &uid),
        }
        self.changed();
    }

    /// What a list shows: the object as it is now.
    pub fn listed(&mut self, world: &World, key: &ObjectKey, now: Timestamp) {
        match world.get(key) {
            Some(object) => self.put(object, now),
            None => self.gone(key, self.known_uid(key)),
        }
    }

    /// What a watch shows: nothing new, where an answer or a later event was here before.
    pub fn seen(&mut self, record: &Record, now: Timestamp) {
        match record.changed() {
            Some((_, Ok(object))) => self.put(object, now),
            Some((key, Err(gone))) => self.gone(key, gone.uid.clone()),
            None => {}
        }
    }

    fn put(&mut self, object: &Object, now: Timestamp) {
        self.current(now);
        let Some(seen) = object.observation(&self.fleet, now) else { return };
        if self.folder.fold(&mut self.fleet, seen) {
            self.changed();
        }
    }

    fn gone(&mut self, key: &ObjectKey, uid: String) {
        if self.folder.fold(&mut self.fleet, Observation::Gone { key: key.clone(), uid }) {
            self.changed();
        }
    }

    /// Watches that show everything at once have shown all that happened until now.
    fn current(&mut self, now: Timestamp) {
        if self.gapless {
            self.folder.fold(&mut self.fleet, Observation::Current(View::Tenants, now));
        }
    }

    fn changed(&mut self) {
        self.quiet = false;
        self.fleet.forget_deliveries();
    }

    fn known_uid(&self, key: &ObjectKey) -> String {
        row(&self.fleet, key).map(|meta| meta.uid.clone()).unwrap_or_default()
    }

    /// Objects whose read is due.
    pub fn due_reads(&self, now: Timestamp) -> Vec<ObjectKey> {
        self.unknown.iter().filter(|(_, at)| **at <= now).map(|(key, _)| key.clone()).collect()
    }

    /// Takes a plan: writes by class, then notices.
    pub fn take(&mut self, plan: Plan, now: Timestamp) {
        let mut writes = plan.writes;
        writes.retain(|write| !self.fleet.outstanding.contains_key(&write.object()));
        writes.sort_by_key(|write| write.class);
        let notices = plan.notices.iter().map(letters::write).filter(|notice| self.may_send(notice, now));
        let sends: Vec<_> = notices.map(|notice| Act::Send(Box::new(notice))).collect();
        self.acts = writes.into_iter().map(|write| Act::Write(Box::new(write))).chain(sends).collect();
        self.quiet = self.acts.is_empty();
        self.wake_at = plan.wake_at;
        self.fleet.deleted.clear();
    }

    fn may_send(&self, notice: &Outgoing, now: Timestamp) -> bool {
        let key = delivery_key(notice);
        let done = self.fleet.deliveries.get(&key).is_some_and(|d| d.delivered_at.is_some() || d.gave_up);
        let waits = self.again_at.get(&key).is_some_and(|at| *at > now);
        !done && !waits && now <= notice.deliver_by
    }

    /// The outcome of a write is unknown.
    pub fn lost(&mut self, write: &Write, now: Timestamp) {
        let object = write.object();
        self.fleet.sending(&object, write.change.effect(), now);
        self.unknown.insert(object, now + UNKNOWN_FOR);
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
}

fn delivery_key(notice: &Outgoing) -> DeliveryKey {
    DeliveryKey { tenant_uid: notice.tenant_uid.clone(), key: notice.key.clone(), contact: notice.contact.clone() }
}
