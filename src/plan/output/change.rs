//! What is written, each with the object that takes it: a body for another object cannot be written down.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    api::{
        DashboardReleaseStatus, SoftwareProductStatus, TenantInstanceStatus, UpgradeTrialStatus, UpgradeWindowStatus,
        annotations::Intent,
    },
    fleet::{Effect, JobKey, ObjectKey, ReadFor, TenantKey, TrialKey, WorkloadKey},
};

/// A change of one object.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The whole status of a release.
    ReleaseStatus {
        /// The release.
        release: String,
        /// What is written.
        status: Box<DashboardReleaseStatus>,
    },
    /// The whole status of a window.
    WindowStatus {
        /// The window.
        window: String,
        /// What is written.
        status: Box<UpgradeWindowStatus>,
    },
    /// The whole status of a product.
    ProductStatus {
        /// The product.
        product: String,
        /// What is written.
        status: Box<SoftwareProductStatus>,
    },
    /// The whole status of a tenant.
    TenantStatus {
        /// The tenant.
        tenant: TenantKey,
        /// What is written.
        status: Box<TenantInstanceStatus>,
    },
    /// The whole status of a trial.
    TrialStatus {
        /// The trial.
        trial: TrialKey,
        /// What is written.
        status: Box<UpgradeTrialStatus>,
    },
    /// Images and the intent annotation of a workload, in one PATCH; of a trial's also its replicas.
    Images {
        /// The workload.
        workload: WorkloadKey,
        /// What is written.
        images: ImageChange,
    },
    /// A Job is made. It is written once: a Job of this name that is the operator's and of the same owner is this one.
    Job {
        /// The Job.
        job: JobKey,
        /// What it is made of.
        new: Box<NewJob>,
    },
    /// The API server is asked whether it would take a Job (`dryRun`): nothing changes but what is known.
    AskJob {
        /// The Job. Its name says of which CronJob, as it is, and of which release the answer is: another question is another object.
        job: JobKey,
        /// What it would be made of.
        new: Box<NewJob>,
        /// The UID of the release.
        release: String,
    },
    /// A Job that ended, or is missing, is read with its pods: nothing changes but what is known.
    ReadJob {
        /// The Job.
        job: JobKey,
        /// Whose it is.
        owner: ObjectKey,
        /// The owner's UID.
        owner_uid: String,
    },
    /// The pods of a workload that did not come up are read, once, whatever comes of it.
    ReadPods {
        /// The workload.
        workload: WorkloadKey,
        /// Which failure asks.
        read_for: ReadFor,
    },
}

impl Change {
    /// The object.
    pub fn object(&self) -> ObjectKey {
        match self {
            Self::ReleaseStatus { release, .. } => ObjectKey::Release(release.clone()),
            Self::WindowStatus { window, .. } => ObjectKey::Window(window.clone()),
            Self::ProductStatus { product, .. } => ObjectKey::Product(product.clone()),
            Self::TenantStatus { tenant, .. } => ObjectKey::Tenant(tenant.clone()),
            Self::TrialStatus { trial, .. } => ObjectKey::Trial(trial.clone()),
            Self::Images { workload, .. } | Self::ReadPods { workload, .. } => ObjectKey::Workload(workload.clone()),
            Self::Job { job, .. } | Self::AskJob { job, .. } | Self::ReadJob { job, .. } => ObjectKey::Job(job.clone()),
        }
    }

    /// The object that people are told of it at: of a Job, whose it is.
    pub fn subject(&self) -> ObjectKey {
        match self {
            Self::Job { new, .. } | Self::AskJob { new, .. } => new.owner.clone(),
            Self::ReadJob { owner, .. } => owner.clone(),
            _ => self.object(),
        }
    }

    /// Whether it only reads, and waits for nothing that a write of its object waits for.
    pub fn waits_for_nothing(&self) -> bool {
        matches!(self, Self::ReadPods { .. })
    }

    /// What the write will have done to the facts, if it is committed.
    pub fn effect(&self) -> Effect {
        match self {
            Self::TenantStatus { status, .. } => Effect::TenantStatus(status.clone()),
            Self::TrialStatus { status, .. } => Effect::TrialStatus(status.clone()),
            Self::Images { images, .. } => Effect::Images(images.intent.clone()),
            Self::Job { new, .. } => Effect::Job { owner: new.owner_uid.clone() },
            Self::AskJob { job, new, release } => Effect::Asked {
                template: JobKey::new(&job.namespace, &new.template),
                template_version: new.template_version.clone(),
                release: release.clone(),
            },
            Self::ReadPods { read_for, .. } => Effect::Pods(read_for.clone()),
            Self::ReadJob { owner_uid, .. } => Effect::JobRead { owner: owner_uid.clone() },
            Self::ReleaseStatus { .. } | Self::WindowStatus { .. } | Self::ProductStatus { .. } => Effect::Told,
        }
    }

    /// The status, the intent, or what a Job is told, as the API server stores it.
    pub fn to_json(&self) -> serde_json::Result<Value> {
        match self {
            Self::ReleaseStatus { status, .. } => serde_json::to_value(status),
            Self::WindowStatus { status, .. } => serde_json::to_value(status),
            Self::ProductStatus { status, .. } => serde_json::to_value(status),
            Self::TenantStatus { status, .. } => serde_json::to_value(status),
            Self::TrialStatus { status, .. } => serde_json::to_value(status),
            Self::Images { images, .. } => serde_json::to_value(&images.intent),
            Self::Job { new, .. } | Self::AskJob { new, .. } => serde_json::to_value(&new.env),
            Self::ReadJob { .. } | Self::ReadPods { .. } => Ok(Value::Null),
        }
    }
}

/// The images of a workload for an upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageChange {
    /// The intent to write beside them; it lists the images.
    pub intent: Intent,
    /// Containers that are init containers: a strategic merge names them in another list.
    pub init: Vec<String>,
    /// In a trial: how many pods it gets, in the same write, so that none comes up on other images. Nothing else changes replicas.
    pub replicas: Option<i32>,
}

/// A Job to be made from a CronJob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// The name of the CronJob, in the namespace of the Job.
    pub template: String,
    /// The resourceVersion of the CronJob: what was looked at is what runs.
    pub template_version: String,
    /// Whose it is.
    pub owner: ObjectKey,
    /// The UID of the owner.
    pub owner_uid: String,
    /// An upgrade's id, or a release's UID.
    pub id: String,
    /// Which step of it.
    pub step: String,
    /// Seconds that it may take.
    pub deadline: i64,
    /// The image of each component: a container that is named like one runs it.
    pub images: BTreeMap<String, String>,
    /// What every container is told.
    pub env: BTreeMap<String, String>,
}
