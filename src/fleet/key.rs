//! Names of objects, and what every object has.

use std::{borrow::Borrow, cmp::Ordering, fmt};

use jiff::Timestamp;

use super::View;

/// A tenant's namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantKey {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A workload's namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkloadKey {
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
    /// A workload in the tenant's own namespace: a tenant can name no other (I4).
    pub fn workload(&self, name: &str) -> WorkloadKey {
        WorkloadKey::new(self.namespace.clone(), name)
    }
}

impl WorkloadKey {
    /// The key of this namespace and name.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

/// A namespace and a name, whoever owns them: a map by [`WorkloadKey`] is asked without building one.
pub trait NamespacedName {
    /// Both.
    fn parts(&self) -> (&str, &str);
}

impl NamespacedName for WorkloadKey {
    fn parts(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }
}

impl NamespacedName for (&str, &str) {
    fn parts(&self) -> (&str, &str) {
        *self
    }
}

impl<'a> Borrow<dyn NamespacedName + 'a> for WorkloadKey {
    fn borrow(&self) -> &(dyn NamespacedName + 'a) {
        self
    }
}

impl PartialEq for dyn NamespacedName + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}
impl Eq for dyn NamespacedName + '_ {}
impl PartialOrd for dyn NamespacedName + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for dyn NamespacedName + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts()) // as the derived order of the keys
    }
}

impl fmt::Display for TenantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl fmt::Display for WorkloadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// An object that the operator writes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKey {
    /// A `DashboardRelease`.
    Release(String),
    /// An `UpgradeWindow`.
    Window(String),
    /// A `TenantInstance`.
    Tenant(TenantKey),
    /// A Deployment.
    Workload(WorkloadKey),
}

impl ObjectKey {
    /// The view that shows it.
    pub fn view(&self) -> View {
        match self {
            Self::Release(_) => View::Releases,
            Self::Window(_) => View::Windows,
            Self::Tenant(_) => View::Tenants,
            Self::Workload(_) => View::Workloads,
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release(name) => write!(f, "DashboardRelease {name}"),
            Self::Window(name) => write!(f, "UpgradeWindow {name}"),
            Self::Tenant(key) => write!(f, "TenantInstance {key}"),
            Self::Workload(key) => write!(f, "Deployment {key}"),
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
