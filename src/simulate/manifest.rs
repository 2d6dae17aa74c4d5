//! One manifest: an object as people write it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};

use super::{
    admission::{self, FieldError, read},
    whole::whole,
};
use crate::{
    api::{GROUP, VERSION, tenant::WorkloadKind},
    fleet::{JobKey, ObjectKey, TenantKey, TrialKey, WorkloadKey},
};

/// Who wrote the manifests of a world, and what happens in it where nobody is named: that is nobody who could have created a release.
pub const BY: &str = "simulation";

/// A manifest of one of the five kinds, of a workload or of a CronJob.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Kind, namespace and name.
    pub key: ObjectKey,
    /// Its UID, if it was read from a cluster.
    pub uid: Option<String>,
    /// Its generation, if it was read from a cluster.
    pub generation: Option<i64>,
    /// When it was created, if it says so.
    pub created_at: Option<Timestamp>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// The spec as written.
    pub spec: Value,
    /// The status, if it was read from a cluster.
    pub status: Option<Value>,
}

/// The kind of a manifest, as far as a simulation cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `DashboardRelease`.
    Release,
    /// `UpgradeWindow`.
    Window,
    /// `SoftwareProduct`.
    Product,
    /// `TenantInstance`.
    Tenant,
    /// `UpgradeTrial`.
    Trial,
    /// A workload of a tenant or a trial.
    Workload(WorkloadKind),
    /// A CronJob that Jobs are made from.
    Template,
}

impl Kind {
    /// The kind of this name, if it is one of ours.
    pub fn named(kind: &str) -> Option<Self> {
        match kind {
            "DashboardRelease" => Some(Self::Release),
            "UpgradeWindow" => Some(Self::Window),
            "SoftwareProduct" => Some(Self::Product),
            "TenantInstance" => Some(Self::Tenant),
            "UpgradeTrial" => Some(Self::Trial),
            "CronJob" => Some(Self::Template),
            _ => WorkloadKind::ALL.into_iter().find(|workload| workload.name() == kind).map(Self::Workload),
        }
    }
    /// The key of an object of this kind. Without a namespace it is in `default`, as kubectl has it.
    pub fn key(self, namespace: Option<&str>, name: &str) -> ObjectKey {
        let namespace = namespace.filter(|n| !n.is_empty()).unwrap_or("default");
        match self {
            Self::Release => ObjectKey::Release(name.into()),
            Self::Window => ObjectKey::Window(name.into()),
            Self::Product => ObjectKey::Product(name.into()),
            Self::Tenant => ObjectKey::Tenant(TenantKey::new(namespace, name)),
            Self::Trial => ObjectKey::Trial(TrialKey::new(namespace, name)),
            Self::Workload(kind) => ObjectKey::Workload(WorkloadKey::new(kind, namespace, name)),
            Self::Template => ObjectKey::Template(JobKey::new(namespace, name)),
        }
    }
    fn api_version(self) -> String {
        match self {
            Self::Workload(_) => WorkloadKind::API_VERSION.into(),
            Self::Template => "batch/v1".into(),
            _ => format!("{GROUP}/{VERSION}"),
        }
    }
}

/// What a document is, by its `apiVersion` and `kind`: one of ours, of another API, or in a version that isn't served.
pub fn kind_of(document: &Value) -> Result<Option<Kind>, FieldError> {
    let text = |key: &str| document[key].as_str().ok_or_else(|| FieldError::new(key, "missing field"));
    let (api_version, kind) = (text("apiVersion")?, text("kind")?);
    let group = |version: &str| version.split_once('/').map_or("", |(group, _)| group).to_owned();
    let Some(kind) = Kind::named(kind) else {
        if group(api_version) == GROUP {
            let message = format!(
                "{kind:?} is none of ours; write DashboardRelease, UpgradeWindow, TenantInstance, SoftwareProduct or UpgradeTrial"
            );
            return Err(FieldError::new("kind", message));
        }
        return Ok(None);
    };
    if api_version == kind.api_version() {
        Ok(Some(kind))
    } else if group(api_version) == group(&kind.api_version()) {
        Err(FieldError::new("apiVersion", format!("{api_version:?} is not served; write {:?}", kind.api_version())))
    } else {
        Ok(None)
    }
}

impl Manifest {
    /// Reads a document of this kind.
    pub fn read(kind: Kind, document: &Value) -> Result<Self, FieldError> {
        let known = ["apiVersion", "kind", "metadata", "spec", "status"];
        let unknown = document.as_object().and_then(|map| map.keys().find(|key| !known.contains(&key.as_str())));
        if let Some(field) = unknown {
            return Err(FieldError::new(field, "unknown field"));
        }
        let missing = |field: &str| FieldError::new(field, "missing field");
        let meta: ObjectMeta = read(document.get("metadata").ok_or_else(|| missing("metadata"))?, "metadata")?;
        let name = meta.name.filter(|n| !n.is_empty()).ok_or_else(|| missing("metadata.name"))?;
        let (labels, annotations) = (meta.labels.unwrap_or_default(), meta.annotations.unwrap_or_default());
        admission::name("metadata.name", &name)?;
        let namespace = meta.namespace.as_deref().filter(|namespace| !namespace.is_empty());
        namespace.map_or(Ok(()), |namespace| admission::label("metadata.namespace", "namespace", namespace))?;
        admission::labels(&labels)?;
        admission::annotations(&annotations)?;
        Ok(Self {
            key: kind.key(namespace, &name),
            uid: meta.uid.filter(|uid| !uid.is_empty()),
            generation: meta.generation.map(admission::generation).transpose()?,
            created_at: meta.creation_timestamp.map(|time| whole(time.0)),
            labels,
            annotations,
            spec: document.get("spec").cloned().ok_or_else(|| missing("spec"))?,
            status: document.get("status").filter(|status| !status.is_null()).cloned(),
        })
    }

    /// What an apply of it names.
    pub fn named(&self) -> Value {
        json!({"metadata": {"labels": self.labels, "annotations": self.annotations}, "spec": self.spec})
    }
}
