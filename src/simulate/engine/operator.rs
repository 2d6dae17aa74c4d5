//! The operator's process: what it knows, what it sent, what it will do next. All of it is lost in a crash. Every instant is on its
//! own clock.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::held::Holds;
use crate::{
    fleet::{
        ClockAhead, Delivery, DeliveryKey, Effect, Fleet, JobKey, ObjectKey, PodsRead, Unread, View, Views,
        fold::{Answer, Facts, Observation, Shown, row},
    },
    letters::{self, Outgoing},
    plan::{Change, Memo, Plan, Write},
    simulate::world::{self, Object, Record, World},
};

/// How long after an unknown outcome the object is read, and after an unheard answer a notice is sent again.
pub(super) const UNKNOWN_FOR: SignedDuration = SignedDuration::from_secs(10);

/// The rules that a run plays.
#[derive(Clone, Copy, Debug)]
pub enum Rules {
    /// Each pass from the beginning.
    Anew(fn(&Fleet, Timestamp) -> Plan),
    /// With what is remembered of the passes before, as the operator does.
    Remembering(fn(&mut Memo, &Fleet, Timestamp) -> Plan),
}

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
    /// The operator's own.
    pub facts: Facts,
    memo: Memo,
    /// Acts of the last plan that are not done yet.
    pub acts: VecDeque<Act>,
    /// The last plan had nothing to do, and nothing changed since.
    pub quiet: bool,
    pub wake_at: Option<Timestamp>,
    /// Objects whose last write has an unknown outcome: their UID, and when they are read.
    pub unknown: BTreeMap<ObjectKey, (String, Timestamp)>,
    /// What the notifier knows of the notices that the last plan listed.
    notices: BTreeMap<DeliveryKey, Delivery>,
    /// Notices that wait for another try.
    pub again_at: BTreeMap<DeliveryKey, Timestamp>,
    /// What the API server refused.
    held: Holds,
    /// Its watches show everything at once: what was not there a moment ago is new.
    pub gapless: bool,
    /// How often it has become the leader.
    term: u64,
}

impl Operator {
    /// A fresh process reads everything. `known` is what it is told before.
    pub fn start(world: &World, known: Fleet, now: Timestamp, gapless: bool) -> Self {
        let stamped = Observation::StampsInForce(known.stamps_in_force);
        let mut operator = Self { facts: Facts::new(known), ..Self::default() };
        world.objects().for_each(|object| operator.put(object, now));
        // It is told what it knew before for a reason: nothing of that is swept.
        let listed = View::ALL.into_iter().map(Observation::Listed);
        listed.chain([stamped]).for_each(|told| _ = operator.facts.observe(told));
        Self { gapless, ..operator }
    }

    /// It has become the leader: it lists everything anew, and decides then.
    pub fn begin_term(&mut self, world: &World, now: Timestamp) {
        self.term += 1;
        self.facts.observe(Observation::Term(self.term));
        for view in View::ALL {
            self.observe(Observation::Listing(view));
        }
        world.objects().for_each(|object| self.put(object, now));
        for view in View::ALL {
            self.observe(Observation::Listed(view));
        }
        self.again();
    }

    /// It leads no more: what it had decided is dropped, and nothing wakes it but what it waits for.
    pub fn end_term(&mut self) {
        self.acts.clear();
        self.notices.clear();
        self.again_at.clear();
        (self.wake_at, self.quiet) = (None, true);
    }

    /// A write is about to be sent.
    pub fn sending(&mut self, write: &Write, now: Timestamp) {
        self.facts.sending(&write.object(), write.change.effect(), now);
    }

    /// The API server answered a write, and the object is read or shown as it is now.
    pub fn answered(&mut self, world: &World, write: &Write, said: &world::Answer, now: Timestamp) {
        let (answer, moved) = match said {
            world::Answer::Committed | world::Answer::Unchanged => (Answer::Stored, false),
            world::Answer::Conflict => (Answer::Open, true),
            world::Answer::NotFound => (Answer::Gone, true),
            world::Answer::Refused(by, message) => (Answer::Refused(*by, message.clone()), false),
        };
        let refused = matches!(answer, Answer::Refused(..));
        self.held.answered(write, said, now);
        if let (false, Change::ReadJob { job, .. }) = (refused, &write.change) {
            let read = Observation::JobRead(job.clone(), Box::new(world.read_job(job)));
            self.facts.settle(&write.object(), &write.uid, answer, Shown::Object(read));
            self.quiet = false;
        } else if let Change::ReadPods { workload, read_for } = &write.change {
            if let Some(seen) = world.get(&write.object()).and_then(|object| object.observation(&self.facts.fleet, now)) {
                self.facts.reread(seen);
            }
            let read = Observation::PodsRead(workload.clone(), Box::new(world.read_pods(workload, read_for.clone())));
            self.facts.settle(&write.object(), &write.uid, answer, Shown::Object(read));
            self.quiet = false;
        } else {
            self.settle(world, &write.object(), &write.uid, answer, now);
        }
        if let (true, Change::Job { job, new } | Change::AskJob { job, new, .. }) = (moved, &write.change) {
            let template = ObjectKey::Template(JobKey::new(&job.namespace, &new.template));
            for key in [&template, &new.owner] {
                self.listed(world, key, now);
            }
        }
        if moved {
            self.again();
        }
    }

    /// The reads and the tries whose time has come.
    pub fn read_what_is_due(&mut self, world: &World, now: Timestamp) {
        self.quiet &= !self.held.look(world, now);
        let due = self.unknown.extract_if(.., |_, (_, at)| *at <= now);
        for (key, (uid, _)) in due.collect::<Vec<_>>() {
            self.settle(world, &key, &uid, Answer::Open, now);
        }
    }

    fn settle(&mut self, world: &World, key: &ObjectKey, uid: &str, answer: Answer, now: Timestamp) {
        self.current(now);
        let seen = world.get(key).and_then(|object| object.observation(&self.facts.fleet, now));
        let shown = match &answer {
            _ if let Some(unread) = self.unread_pods(key) => Shown::Object(unread),
            Answer::Refused(..) => Shown::Nothing,
            _ => seen.map_or(Shown::Absent, Shown::Object),
        };
        self.facts.settle(key, uid, answer, shown);
        self.quiet = false;
    }

    /// A read of pods without an answer is no write in doubt: that there was none is what it came to.
    fn unread_pods(&self, key: &ObjectKey) -> Option<Observation> {
        let (ObjectKey::Workload(workload), Effect::Pods(read_for)) = (key, &self.facts.fleet.outstanding.get(key)?.effect)
        else {
            return None;
        };
        let found = Err(Unread::Failed("the API server gave no answer".into()));
        Some(Observation::PodsRead(workload.clone(), Box::new(PodsRead { read_for: read_for.clone(), found })))
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
        match object.observation(&self.facts.fleet, now) {
            Some(seen) => self.observe(seen),
            // A watch that selects by a label shows an object that loses it as gone.
            None => self.gone(&object.key, object.uid.clone()),
        }
    }

    fn gone(&mut self, key: &ObjectKey, uid: String) {
        self.observe(Observation::Gone { key: key.clone(), uid });
    }

    fn observe(&mut self, observation: Observation) {
        self.quiet &= !self.facts.observe(observation);
    }

    /// Watches that show everything at once have shown all that happened until now.
    fn current(&mut self, now: Timestamp) {
        if self.gapless {
            self.observe(Observation::Current(View::Tenants, now));
        }
    }

    fn known_uid(&self, key: &ObjectKey) -> String {
        row(&self.facts.fleet, key).map(|meta| meta.uid.clone()).unwrap_or_default()
    }

    /// Plans, once all is known that a decision depends on.
    pub fn plan(&mut self, rules: Rules, clock_ahead: ClockAhead, now: Timestamp) {
        if self.facts.ready(self.term) {
            let fleet = self.facts.for_plan(Views::fresh(), clock_ahead, 0);
            let plan = match rules {
                Rules::Remembering(rules) => rules(&mut self.memo, fleet, now),
                Rules::Anew(rules) => rules(fleet, now),
            };
            self.facts.planned();
            self.take(plan, now);
        }
    }

    /// Takes a plan: writes by class, then notices.
    fn take(&mut self, plan: Plan, now: Timestamp) {
        let mut writes = plan.writes;
        writes.retain(|write| !self.facts.fleet.outstanding.contains_key(&write.object()));
        self.held.hold_back(&mut writes);
        writes.sort_by_key(|write| write.class);
        let notices: Vec<_> = plan.notices.iter().map(letters::write).collect();
        let listed: BTreeSet<_> = notices.iter().map(delivery_key).collect();
        self.notices.retain(|key, _| listed.contains(key));
        let due = notices.into_iter().filter(|notice| self.may_send(notice, now));
        let sends: Vec<_> = due.map(|notice| Act::Send(Box::new(notice))).collect();
        self.acts = writes.into_iter().map(|write| Act::Write(Box::new(write))).chain(sends).collect();
        self.quiet = self.acts.is_empty();
        self.wake_at = plan.wake_at;
    }

    fn may_send(&self, notice: &Outgoing, now: Timestamp) -> bool {
        let key = delivery_key(notice);
        let done = self.notices.get(&key).is_some_and(|d| d.delivered_at.is_some() || d.gave_up);
        let waits = self.again_at.get(&key).is_some_and(|at| *at > now);
        !done && !waits && now <= notice.deliver_by
    }

    /// The outcome of a write is unknown.
    pub fn lost(&mut self, write: &Write, now: Timestamp) {
        self.unknown.insert(write.object(), (write.uid.clone(), now + UNKNOWN_FOR));
        self.again();
    }

    /// A contact answered, or did not until `again_at`.
    pub fn sent(&mut self, notice: &Outgoing, answer: Result<Timestamp, (&str, Timestamp)>) {
        let key = delivery_key(notice);
        let known = self.notices.get(&key).cloned().unwrap_or_default();
        let delivery = Delivery { attempts: known.attempts + 1, ..known };
        let delivery = match answer {
            Ok(at) => Delivery { delivered_at: Some(at), last_error: None, ..delivery },
            Err((error, again_at)) => {
                self.again_at.insert(key.clone(), again_at);
                Delivery { last_error: Some(error.to_owned()), ..delivery }
            }
        };
        self.notices.insert(key.clone(), delivery.clone());
        self.quiet &= !self.facts.delivered(key, delivery);
    }

    /// What is left of the last plan is dropped: the next thing is to plan anew.
    pub fn again(&mut self) {
        self.acts.clear();
        self.quiet = false;
    }

    /// When this process has to do something, with no event.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let reads = self.unknown.values().map(|(_, at)| at);
        let waits = reads.chain(self.again_at.values()).copied().chain(self.held.next()).filter(|at| *at > now);
        waits.chain(self.wake_at.filter(|at| *at > now)).min()
    }
}

fn delivery_key(notice: &Outgoing) -> DeliveryKey {
    let Outgoing { tenant, tenant_uid, key, contact, .. } = notice;
    DeliveryKey { tenant: tenant.clone(), tenant_uid: tenant_uid.clone(), key: key.clone(), contact: contact.clone() }
}
