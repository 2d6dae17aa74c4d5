//! An object as the API server keeps it.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;

use super::workload::Workload;
use crate::{
    api::{
        DashboardReleaseSpec, DashboardReleaseStatus, SoftwareProductSpec, SoftwareProductStatus, TenantInstanceSpec,
        TenantInstanceStatus, UpgradeTrialSpec, UpgradeTrialStatus, UpgradeWindowSpec, UpgradeWindowStatus,
    },
    fleet::{self, Ended, Meta, ObjectKey},
    plan::NewJob,
};

/// An object with everything that a write, an edit or a judge may ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Kind, namespace and name.
    pub key: ObjectKey,
    /// The same for the same kind, namespace and name in every run, unless the manifest gives one.
    pub uid: String,
    /// Moves with every change, one counter for the whole world.
    pub resource_version: u64,
    /// Moves with the spec only.
    pub generation: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations, with who wrote them and when.
    pub annotations: BTreeMap<String, Note>,
    /// Spec and status.
    pub content: Content,
    /// The manifest that was applied last: what it named and a newer one doesn't is removed, what others set stays.
    pub applied: Arc<Value>,
}

/// A Job of the operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// What it was made of.
    pub new: NewJob,
    /// When it began.
    pub started_at: Timestamp,
    /// How it ended.
    pub ended: Option<Ended>,
    /// The termination message of its pod.
    pub message: String,
}

impl Job {
    /// What is known of it.
    pub(super) fn fact(&self, object: &Object) -> fleet::Job {
        fleet::Job {
            meta: object.meta(),
            owner: Some(self.new.owner_uid.clone()),
            id: self.new.id.clone(),
            step: self.new.step.clone(),
            started_at: Some(self.started_at),
            ended: self.ended.clone(),
        }
    }
}

/// An annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its value.
    pub value: String,
    /// When it got this value, in whole seconds.
    pub at: Timestamp,
    /// Who gave it this value.
    pub by: String,
}

/// Spec and status of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A `DashboardRelease`.
    Release(Box<DashboardReleaseSpec>, Box<DashboardReleaseStatus>),
    /// An `UpgradeWindow`.
    Window(Box<UpgradeWindowSpec>, Box<UpgradeWindowStatus>),
    /// A `SoftwareProduct`.
    Product(Box<SoftwareProductSpec>, Box<SoftwareProductStatus>),
    /// A `TenantInstance`.
    Tenant(Box<TenantInstanceSpec>, Box<TenantInstanceStatus>),
    /// An `UpgradeTrial`.
    Trial(Box<UpgradeTrialSpec>, Box<UpgradeTrialStatus>),
    /// A workload.
    Workload(Workload),
    /// A CronJob's spec.
    Template(Value),
    /// A Job of the operator.
    Job(Box<Job>),
}

impl Object {
    /// What every fact has.
    pub fn meta(&self) -> Meta {
        Meta {
            uid: self.uid.clone(),
            resource_version: self.resource_version.to_string(),
            generation: self.generation,
            created_at: self.created_at,
        }
    }
    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(|note| note.value.as_str())
    }
    /// Spec and status of a tenant.
    pub fn tenant(&self) -> Option<(&TenantInstanceSpec, &TenantInstanceStatus)> {
        match &self.content {
            Content::Tenant(spec, status) => Some((spec, status)),
            _ => None,
        }
    }
    /// Spec and status of a trial.
    pub fn trial(&self) -> Option<(&UpgradeTrialSpec, &UpgradeTrialStatus)> {
        match &self.content {
            Content::Trial(spec, status) => Some((spec, status)),
            _ => None,
        }
    }
    /// Spec and status of a release.
    pub fn release(&self) -> Option<(&DashboardReleaseSpec, &DashboardReleaseStatus)> {
        match &self.content {
            Content::Release(spec, status) => Some((spec, status)),
            _ => None,
        }
    }
    /// Spec and status of a window.
    pub fn window(&self) -> Option<(&UpgradeWindowSpec, &UpgradeWindowStatus)> {
        match &self.content {
            Content::Window(spec, status) => Some((spec, status)),
            _ => None,
        }
    }
    /// A workload.
    pub fn workload(&self) -> Option<&Workload> {
        match &self.content {
            Content::Workload(workload) => Some(workload),
            _ => None,
        }
    }
    /// A Job.
    pub fn job(&self) -> Option<&Job> {
        match &self.content {
            Content::Job(job) => Some(job),
            _ => None,
        }
    }
    /// The spec as JSON, with defaults filled in.
    pub fn spec(&self) -> Value {
        let json = match &self.content {
            Content::Release(spec, _) => serde_json::to_value(spec),
            Content::Window(spec, _) => serde_json::to_value(spec),
            Content::Product(spec, _) => serde_json::to_value(spec),
            Content::Tenant(spec, _) => serde_json::to_value(spec),
            Content::Trial(spec, _) => serde_json::to_value(spec),
            Content::Workload(workload) => return workload.spec.clone(),
            Content::Template(spec) => return spec.clone(),
            Content::Job(_) => return Value::Null,
        };
        json.unwrap_or_default() // specs have string keys only, so they always are JSON
    }
}

impl Content {
    /// Whether the spec differs: the generation moves with nothing else.
    pub(super) fn spec_differs(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Release(a, _), Self::Release(b, _)) => a != b,
            (Self::Window(a, _), Self::Window(b, _)) => a != b,
            (Self::Product(a, _), Self::Product(b, _)) => a != b,
            (Self::Tenant(a, _), Self::Tenant(b, _)) => a != b,
            (Self::Trial(a, _), Self::Trial(b, _)) => a != b,
            (Self::Workload(a), Self::Workload(b)) => a.spec != b.spec,
            (Self::Template(a), Self::Template(b)) => a != b,
            (Self::Job(_), Self::Job(_)) => false,
            _ => true,
        }
    }
}
