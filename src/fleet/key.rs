//! Names of objects, and what every object has.

use std::{borrow::Borrow, cmp::Ordering, fmt};

use jiff::Timestamp;

use super::View;
use crate::api::tenant::{WorkloadId, WorkloadKind, WorkloadRef};

/// A tenant's namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantKey {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A workload's kind, namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkloadKey {
    /// Its kind.
    pub kind: WorkloadKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl TenantKey {
    /// The key of this namespace and name.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
    /// Who runs the platform, where notices name whom they are for. No tenant is without a namespace.
    pub fn platform() -> Self {
        Self::new("", "platform")
    }
    /// Whether it is the platform, and no tenant.
    pub fn is_platform(&self) -> bool {
        self.namespace.is_empty()
    }
    /// The key that [`fmt::Display`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        text.split_once('/').map(|(namespace, name)| Self::new(namespace, name))
    }
    /// A workload in the tenant's own namespace: a tenant can name no other (I4).
    pub fn workload(&self, reference: &WorkloadRef) -> WorkloadKey {
        WorkloadKey::new(reference.kind, self.namespace.clone(), &reference.name)
    }
    /// The workload of a step, in the tenant's own namespace.
    pub fn workload_of(&self, id: &WorkloadId) -> WorkloadKey {
        WorkloadKey::new(id.kind, self.namespace.clone(), &id.name)
    }
}

impl WorkloadKey {
    /// The key of this kind, namespace and name.
    pub fn new(kind: WorkloadKind, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind, namespace: namespace.into(), name: name.into() }
    }
}

/// Namespace and name of a Job, or of a CronJob.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl JobKey {
    /// The key of this namespace and name.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
    /// The key that [`fmt::Display`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        text.split_once('/').map(|(namespace, name)| Self::new(namespace, name))
    }
}

impl fmt::Display for JobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A trial's namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrialKey {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl TrialKey {
    /// The key of this namespace and name.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for TrialKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Kind, namespace and name, whoever owns them: a map by [`WorkloadKey`] is asked without building one.
pub trait WorkloadName {
    /// All three.
    fn parts(&self) -> (WorkloadKind, &str, &str);
}

impl WorkloadName for WorkloadKey {
    fn parts(&self) -> (WorkloadKind, &str, &str) {
        (self.kind, &self.namespace, &self.name)
    }
}

impl WorkloadName for (WorkloadKind, &str, &str) {
    fn parts(&self) -> (WorkloadKind, &str, &str) {
        *self
    }
}

impl<'a> Borrow<dyn WorkloadName + 'a> for WorkloadKey {
    fn borrow(&self) -> &(dyn WorkloadName + 'a) {
        self
    }
}

impl PartialEq for dyn WorkloadName + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}
impl Eq for dyn WorkloadName + '_ {}
impl PartialOrd for dyn WorkloadName + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for dyn WorkloadName + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts()) // as the derived order of the keys
    }
}

impl fmt::Display for TenantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_platform() {
            return f.write_str(&self.name);
        }
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl fmt::Display for WorkloadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// An object that the operator reads or writes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKey {
    /// A `DashboardRelease`.
    Release(String),
    /// An `UpgradeWindow`.
    Window(String),
    /// A `SoftwareProduct`.
    Product(String),
    /// A `TenantInstance`.
    Tenant(TenantKey),
    /// An `UpgradeTrial`, by its namespace and name.
    Trial(TrialKey),
    /// A workload of a tenant or a trial.
    Workload(WorkloadKey),
    /// A CronJob that Jobs are made from.
    Template(JobKey),
    /// A Job of the operator.
    Job(JobKey),
}

impl ObjectKey {
    /// Its namespace, if it is in one.
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::Release(_) | Self::Window(_) | Self::Product(_) => None,
            Self::Tenant(key) => Some(&key.namespace),
            Self::Trial(key) => Some(&key.namespace),
            Self::Workload(key) => Some(&key.namespace),
            Self::Template(key) | Self::Job(key) => Some(&key.namespace),
        }
    }
    /// The tenant that it is, if it is one.
    pub fn tenant(&self) -> Option<&TenantKey> {
        match self {
            Self::Tenant(key) => Some(key),
            _ => None,
        }
    }
    /// The view that shows it.
    pub fn view(&self) -> View {
        match self {
            Self::Release(_) => View::Releases,
            Self::Window(_) => View::Windows,
            Self::Product(_) => View::Products,
            Self::Tenant(_) => View::Tenants,
            Self::Trial(_) => View::Trials,
            Self::Workload(key) => View::of(key.kind),
            Self::Template(_) => View::Templates,
            Self::Job(_) => View::Jobs,
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release(name) => write!(f, "DashboardRelease {name}"),
            Self::Window(name) => write!(f, "UpgradeWindow {name}"),
            Self::Product(name) => write!(f, "SoftwareProduct {name}"),
            Self::Tenant(key) => write!(f, "TenantInstance {key}"),
            Self::Trial(key) => write!(f, "UpgradeTrial {key}"),
            Self::Workload(key) => key.fmt(f),
            Self::Template(key) => write!(f, "CronJob {key}"),
            Self::Job(key) => write!(f, "Job {key}"),
        }
    }
}

/// What every object has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Distinguishes an object from an earlier one of the same name.
    pub uid: String,
    /// The precondition of a write. Never empty: the API server takes an empty one as no precondition.
    pub resource_version: String,
    /// Moves with the spec only.
    pub generation: i64,
    /// When it was created, on the operator's clock.
    pub created_at: Timestamp,
}

/// A part of an object, or what is wrong with it: one malformed object never stops the others.
pub type Parsed<T> = Result<T, String>;
