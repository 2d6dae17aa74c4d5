//! What was seen of the cluster, one thing at a time.

use jiff::Timestamp;

use crate::fleet::{
    Job, JobKey, JobRead, Meta, ObjectKey, PodsRead, Product, Release, Template, Tenant, TenantKey, Trial, TrialKey, View,
    Window, Workload, WorkloadKey,
};

/// Something that a watch, or the answer to a read or a write, has shown.
#[derive(Clone, Debug)]
pub enum Observation {
    /// The process has become the leader for this time: from here on every kind is listed anew, and before that nothing is decided (R25).
    Term(u64),
    /// A list of this kind began anew: what is not seen again until [`Observation::Listed`] is gone. May come several times before.
    Listing(View),
    /// A release.
    Release(String, Box<Release>),
    /// A window.
    Window(String, Box<Window>),
    /// A software product.
    Product(String, Box<Product>),
    /// A tenant.
    Tenant(TenantKey, Box<Tenant>),
    /// A trial.
    Trial(TrialKey, Box<Trial>),
    /// A workload.
    Workload(WorkloadKey, Box<Workload>),
    /// A CronJob that Jobs are made from.
    Template(JobKey, Box<Template>),
    /// A Job of the operator.
    Job(JobKey, Box<Job>),
    /// A Job and its pod were read, and no pod of it is left running.
    JobRead(JobKey, Box<JobRead>),
    /// The pods of a workload were read, or could not be.
    PodsRead(WorkloadKey, Box<PodsRead>),
    /// An object was deleted.
    Gone {
        /// Its key.
        key: ObjectKey,
        /// Its UID: one of the same name may have been made since.
        uid: String,
    },
    /// The list is complete.
    Listed(View),
    /// Everything that happened to this kind until that instant, on the operator's clock, has been told: a list that was begun
    /// then is complete, or a bookmark came. That a watch was merely opened does not say so: what it missed is still to come.
    Current(View, Timestamp),
    /// Whether the policies that stamp opt-outs are in force.
    StampsInForce(bool),
}

impl Observation {
    /// The key and the identity of the object that it shows.
    pub fn object(&self) -> Option<(ObjectKey, &Meta)> {
        Some(match self {
            Self::Release(key, facts) => (ObjectKey::Release(key.clone()), &facts.meta),
            Self::Window(key, facts) => (ObjectKey::Window(key.clone()), &facts.meta),
            Self::Product(key, facts) => (ObjectKey::Product(key.clone()), &facts.meta),
            Self::Tenant(key, facts) => (ObjectKey::Tenant(key.clone()), &facts.meta),
            Self::Trial(key, facts) => (ObjectKey::Trial(key.clone()), &facts.meta),
            Self::Workload(key, facts) => (ObjectKey::Workload(key.clone()), &facts.meta),
            Self::Template(key, facts) => (ObjectKey::Template(key.clone()), &facts.meta),
            Self::Job(key, facts) => (ObjectKey::Job(key.clone()), &facts.meta),
            _ => return None,
        })
    }
}
