//! The world: a cluster in memory that takes writes as the API server does, and whose workloads roll out.

mod behaviour;
mod edit;
mod facts;
mod grant;
mod job;
mod known;
mod merge;
mod object;
mod pods;
mod record;
mod rollout;
mod workload;
mod write;

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

pub use behaviour::{Behaviour, Grant, JobBehaviour, Outcome, Way, Why};
pub use edit::{Annotations, Refused};
pub use object::{Content, Job, Note, Object};
pub use record::{Record, Seen, What};
pub use workload::{Workload, WorkloadStatus};
pub use write::Answer;

use crate::{
    api::tenant::Contact,
    fleet::{Ended, JobKey, ObjectKey, TenantKey, WorkloadKey},
    letters::Outgoing,
};

/// A cluster in memory, on a clock that somebody else moves. A clone is another world with the same past.
#[derive(Clone, Debug)]
pub struct World {
    now: Timestamp,
    objects: BTreeMap<ObjectKey, Arc<Object>>,
    revision: u64,
    lives: BTreeMap<ObjectKey, u32>,
    behaviours: BTreeMap<(WorkloadKey, Way), Behaviour>,
    running: BTreeMap<WorkloadKey, behaviour::Running>,
    /// By CronJob, and the tenant whose Jobs alone go like this.
    job_behaviours: BTreeMap<(JobKey, Option<TenantKey>), JobBehaviour>,
    running_jobs: BTreeMap<JobKey, (Timestamp, Ended)>,
    /// By namespace, where Jobs are refused.
    grants: BTreeMap<String, (Grant, String)>,
    log: Vec<Record>,
}

impl World {
    /// An empty world.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            objects: BTreeMap::new(),
            revision: 0,
            lives: BTreeMap::new(),
            behaviours: BTreeMap::new(),
            running: BTreeMap::new(),
            job_behaviours: BTreeMap::new(),
            running_jobs: BTreeMap::new(),
            grants: BTreeMap::new(),
            log: Vec::new(),
        }
    }
    /// The time.
    pub fn now(&self) -> Timestamp {
        self.now
    }
    /// Moves the clock; it never goes back.
    pub fn set_now(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }
    /// An object.
    pub fn get(&self, key: &ObjectKey) -> Option<&Arc<Object>> {
        self.objects.get(key)
    }
    /// Every object, by kind, namespace and name.
    pub fn objects(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.objects.values()
    }
    /// Everything that was committed and accepted so far, oldest first.
    pub fn log(&self) -> &[Record] {
        &self.log
    }
    /// A contact accepts a notice.
    pub fn accept(&mut self, notice: &Outgoing) {
        self.note(What::Accepted(Box::new(notice.clone())));
    }
    /// The operator is told the contacts of the platform.
    pub fn configure(&mut self, contacts: &[Contact]) {
        self.note(What::Configured(contacts.to_vec()));
    }
    /// A process of the operator starts, or ends.
    pub fn process(&mut self, started: bool) {
        self.note(if started { What::Started } else { What::Crashed });
    }
    fn note(&mut self, what: What) {
        self.log.push(Record { at: self.now, what });
    }

    /// Puts a changed copy in the place of an object. Nothing changed: nothing moves, as in a cluster.
    fn commit(&mut self, before: &Arc<Object>, mut after: Object) -> Option<Arc<Object>> {
        if **before == after {
            return None;
        }
        if before.content.spec_differs(&after.content) {
            after.generation += 1;
            self.roll(before, &mut after);
        }
        Some(self.store(after))
    }
    fn store(&mut self, mut object: Object) -> Arc<Object> {
        self.revision += 1;
        object.resource_version = self.revision;
        let object = Arc::new(object);
        self.objects.insert(object.key.clone(), Arc::clone(&object));
        object
    }
}
