//! What is written, each with the object that takes it: a body for another object cannot be written down.

use serde_json::Value;

use crate::{
    api::{DashboardReleaseStatus, TenantInstanceStatus, UpgradeWindowStatus, annotations::Intent},
    fleet::{Effect, ObjectKey, TenantKey, WorkloadKey},
};

/// A change of one object.
#[derive(Clone, Debug)]
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
    /// The whole status of a tenant.
    TenantStatus {
        /// The tenant.
        tenant: TenantKey,
        /// What is written.
        status: Box<TenantInstanceStatus>,
    },
    /// Images and the intent annotation of a workload, in one PATCH.
    Images {
        /// The workload.
        workload: WorkloadKey,
        /// What is written.
        images: ImageChange,
    },
}

impl Change {
    /// The object.
    pub fn object(&self) -> ObjectKey {
        match self {
            Self::ReleaseStatus { release, .. } => ObjectKey::Release(release.clone()),
            Self::WindowStatus { window, .. } => ObjectKey::Window(window.clone()),
            Self::TenantStatus { tenant, .. } => ObjectKey::Tenant(tenant.clone()),
            Self::Images { workload, .. } => ObjectKey::Workload(workload.clone()),
        }
    }

    /// What the write will have done to the facts, if it is committed.
    pub fn effect(&self) -> Effect {
        match self {
            Self::TenantStatus { status, .. } => Effect::TenantStatus(status.clone()),
            Self::Images { images, .. } => Effect::Images(images.intent.clone()),
            Self::ReleaseStatus { .. } | Self::WindowStatus { .. } => Effect::Told,
        }
    }

    /// The status, or the intent, as the API server stores it.
    pub fn to_json(&self) -> serde_json::Result<Value> {
        match self {
            Self::ReleaseStatus { status, .. } => serde_json::to_value(status),
            Self::WindowStatus { status, .. } => serde_json::to_value(status),
            Self::TenantStatus { status, .. } => serde_json::to_value(status),
            Self::Images { images, .. } => serde_json::to_value(&images.intent),
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
}
