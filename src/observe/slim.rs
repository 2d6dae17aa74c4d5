//! The types that are watched: an object stays text until its facts are read, so that none can break a page or a watch.

use std::{borrow::Cow, fmt, marker::PhantomData};

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

use super::{Observation, Unreadable, parse};
use crate::{
    api::{self, FIELD_MANAGER, annotations, tenant::WorkloadKind},
    clock::Clock,
    fleet::{JobKey, ObjectKey, TenantKey, TrialKey, View, WorkloadKey},
};

/// A kind that is watched.
pub trait Kind: 'static {
    /// Where it may live.
    type Scope;
    /// The view that it makes.
    const VIEW: View;
    /// Group, version, kind and plural.
    const NAMES: [&'static str; 4];
    /// The label that it has, where not all of the kind are watched.
    const LABEL: Option<(&'static str, &'static str)>;
    /// The key of an object of this kind.
    fn key(namespace: &str, name: &str) -> ObjectKey;
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident $scope:ident $view:ident $names:expr, $label:expr, $key:expr;)+) => {$(
        $(#[doc = $doc])+
        pub enum $name {}
        impl Kind for $name {
            type Scope = k8s_openapi::$scope;
            const VIEW: View = View::$view;
            const NAMES: [&'static str; 4] = $names;
            const LABEL: Option<(&'static str, &'static str)> = $label;
            fn key(namespace: &str, name: &str) -> ObjectKey {
                let key: fn(&str, &str) -> ObjectKey = $key;
                key(namespace, name)
            }
        }
    )+};
}

kinds! {
    /// `DashboardRelease`.
    Releases ClusterResourceScope Releases [api::GROUP, api::VERSION, "DashboardRelease", "dashboardreleases"], None,
        |_, name| ObjectKey::Release(name.into());
    /// `UpgradeWindow`.
    Windows ClusterResourceScope Windows [api::GROUP, api::VERSION, "UpgradeWindow", "upgradewindows"], None,
        |_, name| ObjectKey::Window(name.into());
    /// `SoftwareProduct`.
    Products ClusterResourceScope Products [api::GROUP, api::VERSION, "SoftwareProduct", "softwareproducts"], None,
        |_, name| ObjectKey::Product(name.into());
    /// `TenantInstance`.
    Tenants NamespaceResourceScope Tenants [api::GROUP, api::VERSION, "TenantInstance", "tenantinstances"], None,
        |namespace, name| ObjectKey::Tenant(TenantKey::new(namespace, name));
    /// `UpgradeTrial`.
    Trials NamespaceResourceScope Trials [api::GROUP, api::VERSION, "UpgradeTrial", "upgradetrials"], None,
        |namespace, name| ObjectKey::Trial(TrialKey::new(namespace, name));
    /// Deployments.
    Deployments NamespaceResourceScope Deployments ["apps", "v1", WorkloadKind::Deployment.name(), WorkloadKind::Deployment.plural()], None,
        |namespace, name| ObjectKey::Workload(WorkloadKey::new(WorkloadKind::Deployment, namespace, name));
    /// StatefulSets.
    StatefulSets NamespaceResourceScope StatefulSets ["apps", "v1", WorkloadKind::StatefulSet.name(), WorkloadKind::StatefulSet.plural()], None,
        |namespace, name| ObjectKey::Workload(WorkloadKey::new(WorkloadKind::StatefulSet, namespace, name));
    /// DaemonSets.
    DaemonSets NamespaceResourceScope DaemonSets ["apps", "v1", WorkloadKind::DaemonSet.name(), WorkloadKind::DaemonSet.plural()], None,
        |namespace, name| ObjectKey::Workload(WorkloadKey::new(WorkloadKind::DaemonSet, namespace, name));
    /// CronJobs that Jobs are made from.
    Templates NamespaceResourceScope Templates ["batch", "v1", "CronJob", "cronjobs"], Some((annotations::TEMPLATE_LABEL, "true")),
        |namespace, name| ObjectKey::Template(JobKey::new(namespace, name));
    /// The operator's Jobs.
    Jobs NamespaceResourceScope Jobs ["batch", "v1", "Job", "jobs"], Some((annotations::MANAGED_BY_LABEL, FIELD_MANAGER)),
        |namespace, name| ObjectKey::Job(JobKey::new(namespace, name));
}

/// An object as it came: its text, and the four fields of its metadata that `watcher` and the key need.
///
/// Transient: it lives from the page or the line that held it until its facts are read.
pub struct Slim<K> {
    meta: ObjectMeta,
    raw: Box<RawValue>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Slim<K> {
    /// Its key.
    pub fn key(&self) -> ObjectKey {
        K::key(self.meta.namespace.as_deref().unwrap_or_default(), self.meta.name.as_deref().unwrap_or_default())
    }
    /// That it was deleted.
    pub fn gone(&self) -> Observation {
        Observation::Gone { key: self.key(), uid: self.meta.uid.clone().unwrap_or_default() }
    }
    /// What it shows, seen at that instant on the operator's clock.
    pub fn read(&self, clock: &dyn Clock, arrived_at: Timestamp) -> Result<Observation, Unreadable> {
        parse::answer(&self.key(), self.raw.get(), clock, arrived_at)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Identity {
    metadata: IdentityMeta,
}
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct IdentityMeta {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<String>,
    resource_version: Option<String>,
}

// `RawValue` borrows straight from JSON text and from nothing else: a `serde_json::Value` fails here.
impl<'de, K> Deserialize<'de> for Slim<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        let IdentityMeta { name, namespace, uid, resource_version } =
            serde_json::from_str::<Identity>(raw.get()).map_err(D::Error::custom)?.metadata;
        let meta = ObjectMeta { name, namespace, uid, resource_version, ..ObjectMeta::default() };
        Ok(Self { meta, raw: raw.to_owned(), kind: PhantomData })
    }
}

impl<K: Kind> Resource for Slim<K> {
    type DynamicType = ();
    type Scope = K::Scope;

    fn group((): &()) -> Cow<'_, str> {
        K::NAMES[0].into()
    }
    fn version((): &()) -> Cow<'_, str> {
        K::NAMES[1].into()
    }
    fn kind((): &()) -> Cow<'_, str> {
        K::NAMES[2].into()
    }
    fn plural((): &()) -> Cow<'_, str> {
        K::NAMES[3].into()
    }
    fn meta(&self) -> &ObjectMeta {
        &self.meta
    }
    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.meta
    }
}

impl<K> Clone for Slim<K> {
    fn clone(&self) -> Self {
        Self { meta: self.meta.clone(), raw: self.raw.clone(), kind: PhantomData }
    }
}

impl<K> fmt::Debug for Slim<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slim")
            .field("name", &self.meta.name)
            .field("resource_version", &self.meta.resource_version)
            .finish_non_exhaustive()
    }
}
