//! What users type: the five kinds of `uplift.dev/v1alpha1`, their statuses, annotation keys and reasons. No I/O.
#![allow(clippy::duplicated_attributes, reason = "the derive repeats `type_` in each printer column")]

pub mod address;
pub mod annotations;
mod approval;
pub mod check;
pub mod condition;
pub mod data;
mod defaults;
pub mod duration;
pub mod hook;
pub mod interop;
pub mod notice_key;
pub mod product;
pub mod reason;
pub mod release;
mod rollout;
pub mod shared;
pub mod stored_reason;
pub mod suspend;
pub mod tenant;
mod text;
pub mod trial;
pub mod upgrade_id;
pub mod version;
pub mod window;

pub use duration::Duration;
pub use product::{SoftwareProduct, SoftwareProductSpec, SoftwareProductStatus};
pub use release::{DashboardRelease, DashboardReleaseSpec, DashboardReleaseStatus};
pub use suspend::Suspend;
pub use tenant::{TenantInstance, TenantInstanceSpec, TenantInstanceStatus};
pub use text::Many;
pub use trial::{UpgradeTrial, UpgradeTrialSpec, UpgradeTrialStatus};
pub use version::{Version, VersionReq};
pub use window::{UpgradeWindow, UpgradeWindowSpec, UpgradeWindowStatus};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;

/// The API group of the five kinds.
pub const GROUP: &str = "uplift.dev";
/// The served version.
pub const VERSION: &str = "v1alpha1";
/// The one field manager of everything that the operator writes.
pub const FIELD_MANAGER: &str = "uplift";

/// The definitions of the five kinds, as `crds/` holds them.
pub fn custom_resource_definitions() -> Vec<CustomResourceDefinition> {
    vec![DashboardRelease::crd(), UpgradeWindow::crd(), SoftwareProduct::crd(), TenantInstance::crd(), UpgradeTrial::crd()]
}
