//! How fresh what is known is (R18).

use crate::api::{TenantInstanceSpec, tenant::WorkloadKind};

/// A kind that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum View {
    /// `DashboardRelease`.
    Releases,
    /// `UpgradeWindow`.
    Windows,
    /// `SoftwareProduct`.
    Products,
    /// `TenantInstance`.
    Tenants,
    /// `UpgradeTrial`.
    Trials,
    /// Deployments.
    Deployments,
    /// StatefulSets.
    StatefulSets,
    /// DaemonSets.
    DaemonSets,
    /// CronJobs that Jobs are made from.
    Templates,
    /// The operator's Jobs.
    Jobs,
}

impl View {
    /// Every view.
    pub const ALL: [Self; 10] = [
        Self::Releases,
        Self::Windows,
        Self::Products,
        Self::Tenants,
        Self::Trials,
        Self::Deployments,
        Self::StatefulSets,
        Self::DaemonSets,
        Self::Templates,
        Self::Jobs,
    ];
    /// The view of the workloads of a kind.
    pub fn of(kind: WorkloadKind) -> Self {
        match kind {
            WorkloadKind::Deployment => Self::Deployments,
            WorkloadKind::StatefulSet => Self::StatefulSets,
            WorkloadKind::DaemonSet => Self::DaemonSets,
        }
    }
    /// The kind of the workloads that it shows, if it shows any.
    pub fn workloads(self) -> Option<WorkloadKind> {
        WorkloadKind::ALL.into_iter().find(|kind| Self::of(*kind) == self)
    }
}

/// How long a view may show no life before it holds back starts (R18), in seconds.
pub const STALE_AFTER: u64 = 90;

/// Seconds since each watch last showed life (an opening, an event, a bookmark), by the process's own monotonic clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Views(pub std::collections::BTreeMap<View, u64>);

impl Views {
    /// All as fresh as can be.
    pub fn fresh() -> Self {
        Self(View::ALL.into_iter().map(|view| (view, 0)).collect())
    }
    /// The first view that has shown no life for more than so many seconds, or never.
    pub fn stale(&self, limit: u64) -> Option<View> {
        View::ALL.into_iter().find(|view| self.is_older(*view, limit))
    }
    /// All that are stale.
    pub fn all_stale(&self) -> Vec<View> {
        View::ALL.into_iter().filter(|view| self.is_stale(*view)).collect()
    }
    /// The first that is stale of those that decisions about a tenant come from: of the workloads the kinds that it names, and products only
    /// where they say what it uses, and trials where it must pass one.
    pub fn stale_for(&self, spec: &TenantInstanceSpec) -> Option<View> {
        let feeds = |view: View| match (view, view.workloads()) {
            (View::Products, _) => spec.dependencies.iter().any(|dependency| dependency.installation.is_some()),
            (View::Trials, _) => spec.must_be_tried(),
            (_, Some(kind)) => spec.workloads.iter().any(|named| named.kind == kind),
            (_, None) => true,
        };
        View::ALL.into_iter().find(|view| feeds(*view) && self.is_stale(*view))
    }
    /// Whether this one is stale (R18).
    pub fn is_stale(&self, view: View) -> bool {
        self.is_older(view, STALE_AFTER)
    }
    fn is_older(&self, view: View, limit: u64) -> bool {
        self.0.get(&view).is_none_or(|age| *age > limit)
    }
}
