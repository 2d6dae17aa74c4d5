//! The facts: what is known of releases, windows, products, tenants and workloads, as plain values.
//!
//! A fact comes from a watch, from the answer to a write, or from a delivery. Nothing here decides, reads or waits. Memory holds
//! only what a restart may forget: what a decision needs for longer is in a status.

pub mod delivery;
pub mod fold;
pub mod job;
pub mod key;
pub mod outstanding;
pub mod pod;
pub mod product;
pub mod release;
pub mod server_clock;
pub mod table;
pub mod tenant;
pub mod trial;
pub mod tried;
pub mod views;
pub mod window;
pub mod workload;

use std::collections::{BTreeMap, BTreeSet};

pub use delivery::{Deliveries, Delivery, DeliveryKey};
pub use job::{Asked, Ended, Job, JobRead, Template};
pub use key::{JobKey, Meta, ObjectKey, Parsed, TenantKey, TrialKey, WorkloadKey, WorkloadName};
pub use outstanding::{Effect, Outstanding, Refusal, RefusedBy};
pub use pod::{Exit, Pod, PodContainer, Pods, PodsRead, ReadFor, Unread};
pub use product::Product;
pub use release::{Ranges, Release};
pub use server_clock::{CLOCK_SKEW, ClockAhead};
pub use table::Table;
pub use tenant::{Said, Tenant};
pub use trial::{Trial, TrialSettings};
pub use tried::{Reply, Tried};
pub use views::{STALE_AFTER, View, Views};
pub use window::Window;
pub use workload::{Container, KeepsOld, PROGRESS_DEADLINE, Rollout, Workload};

use crate::api::tenant::{Contact, WorkloadRef};

/// Everything that a decision may depend on, but the time.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    /// Releases by name.
    pub releases: Table<String, Release>,
    /// Windows by name.
    pub windows: Table<String, Window>,
    /// Software products by name.
    pub products: Table<String, Product>,
    /// Tenants by namespace and name.
    pub tenants: Table<TenantKey, Tenant>,
    /// Tenants that were deleted since the last plan, as they were last seen: nobody else tells of a date that they had.
    pub deleted: BTreeMap<TenantKey, Tenant>,
    /// Trials by namespace and name.
    pub trials: Table<TrialKey, Trial>,
    /// Trials that were deleted since the last plan, as they were last seen: nobody else tells what they left.
    pub deleted_trials: BTreeMap<TrialKey, Trial>,
    /// Tenants that ask for a trial.
    pub asking: BTreeSet<TenantKey>,
    /// Workloads that a run of a trial has set, by their annotation.
    pub set_by_trials: BTreeSet<WorkloadKey>,
    /// Workloads by kind, namespace and name: those that a tenant or a trial may name.
    pub workloads: Table<WorkloadKey, Workload>,
    /// CronJobs that Jobs may be made from, by namespace and name.
    pub templates: Table<JobKey, Template>,
    /// What the API server said of Jobs from a CronJob, by release, since the start of this process.
    pub asked: Table<JobKey, Vec<Asked>>,
    /// The operator's Jobs by namespace and name.
    pub jobs: Table<JobKey, Job>,
    /// What was read of Jobs that ended or are gone, until their result is written down.
    pub job_reads: Table<JobKey, JobRead>,
    /// What was read of the pods of workloads that did not come up, until their failure is written down.
    pub pod_reads: Table<WorkloadKey, PodsRead>,
    /// Writes that were sent and are not yet both answered and seen: what was sent is a fact.
    pub outstanding: Table<ObjectKey, Outstanding>,
    /// Objects whose last write the API server refused: it will refuse it again until somebody changes something.
    pub refused: Table<ObjectKey, Refusal>,
    /// What became of the notices that were sent since the start of this process.
    pub deliveries: Deliveries,
    /// What became of the last try to ask the source of a product, by its name: until its status holds the answer; as long as it fails.
    pub tried: Table<String, Tried>,
    /// How old each view of the cluster is.
    pub views: Views,
    /// How far the operator's clock is ahead of the API server's.
    pub clock_ahead: ClockAhead,
    /// The part of the operator's configuration that a rule reads.
    pub settings: Settings,
    /// Whether the policies that stamp opt-outs are in force; a stamp counts only then (R13).
    pub stamps_in_force: bool,
    /// How many objects are not written to for now, whatever is planned for them: their last write was given up or went wrong.
    pub resting: usize,
    /// How many plans were made of these facts.
    pub plans: u64,
}

impl Fleet {
    /// Nothing is there yet, and what comes can be relied on: the views are fresh, the clock is right, opt-outs are stamped. So it
    /// is in a simulated world, and for whoever has just read a cluster.
    pub fn fresh() -> Self {
        Self { views: Views::fresh(), clock_ahead: ClockAhead::none(), stamps_in_force: true, ..Self::default() }
    }
    /// A plan was made: it says what is to be said of tenants that were deleted, and knows what has changed.
    pub fn planned(&mut self) {
        self.plans += 1;
        self.deleted.clear();
        self.deleted_trials.clear();
        self.releases.planned();
        self.windows.planned();
        self.products.planned();
        self.tenants.planned();
        self.trials.planned();
        self.workloads.planned();
        self.templates.planned();
        self.asked.planned();
        self.jobs.planned();
        self.job_reads.planned();
        self.pod_reads.planned();
        self.outstanding.planned();
        self.refused.planned();
        self.deliveries.planned();
        self.tried.planned();
    }
    /// The namespaces of which a fact may have changed since the last plan. Releases, windows and products have none.
    pub fn changed_namespaces(&self) -> BTreeSet<&str> {
        let tenants = self.tenants.changed().iter().map(|key| key.namespace.as_str());
        let deliveries = self.deliveries.changed().iter().map(|key| key.tenant.namespace.as_str());
        let workloads = [self.workloads.changed(), self.pod_reads.changed()].into_iter().flatten();
        let jobs = [self.templates.changed(), self.asked.changed(), self.jobs.changed(), self.job_reads.changed()];
        let jobs = jobs.into_iter().flatten().map(|key| key.namespace.as_str());
        let writes = [self.outstanding.changed(), self.refused.changed()].into_iter().flatten().filter_map(ObjectKey::namespace);
        tenants.chain(deliveries).chain(workloads.map(|key| key.namespace.as_str())).chain(jobs).chain(writes).collect()
    }
    /// A workload in the tenant's own namespace.
    pub fn workload(&self, tenant: &TenantKey, reference: &WorkloadRef) -> Option<&Workload> {
        self.workloads.get(&(reference.kind, tenant.namespace.as_str(), reference.name.as_str()) as &dyn WorkloadName)
    }
    /// A tenant of this namespace.
    pub fn tenant_in(&self, namespace: &str) -> Option<&TenantKey> {
        let first = self.tenants.range(TenantKey::new(namespace, "")..).next()?;
        Some(first.0).filter(|key| key.namespace == namespace)
    }
    /// The trials of this namespace. More than one is a mistake.
    pub fn trials_in(&self, namespace: &str) -> impl Iterator<Item = (&TrialKey, &Trial)> {
        self.trials.range(TrialKey::new(namespace, "")..).take_while(move |(key, _)| key.namespace == namespace)
    }
    /// What runs by itself: upgrades, and Jobs that have not ended.
    pub fn under_way(&self) -> usize {
        self.upgrades_in_flight() + self.jobs.values().filter(|job| job.ended.is_none()).count()
    }
    /// How many upgrades run.
    pub fn upgrades_in_flight(&self) -> usize {
        let statuses = self.tenants.values().filter_map(|tenant| tenant.status.as_ref().ok());
        statuses.filter(|status| status.upgrade.as_ref().is_some_and(|upgrade| upgrade.started_at.is_some())).count()
    }
}

/// What the operator's configuration says to the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Hosts (`name`, `name:port`, `[ip]:port`) that notices may reach although they are private or without TLS.
    pub allow_hosts: Vec<String>,
    /// Hosts that life cycles may be read from: no other is asked.
    pub source_hosts: Vec<String>,
    /// Whether a mail server is configured.
    pub email: bool,
    /// Who is told what of the platform's ends (R29). Their addresses were judged when the configuration was read.
    pub platform: Vec<Contact>,
    /// The namespace where checks of releases run.
    pub acceptance_namespace: String,
    /// What trials may take.
    pub trials: TrialSettings,
    /// How many statuses of tenants one plan holds of each class in which thousands may be due. No configuration names it: histories try few.
    pub room: usize,
}

/// Some dozens are sent until the next pass, and each that is answered brings it.
const ROOM: usize = 256;

/// Where checks of releases run, unless the configuration names another namespace.
pub const ACCEPTANCE_NAMESPACE: &str = "uplift-acceptance";

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_hosts: vec![],
            source_hosts: vec![],
            email: false,
            platform: vec![],
            acceptance_namespace: ACCEPTANCE_NAMESPACE.into(),
            trials: TrialSettings::default(),
            room: ROOM,
        }
    }
}
