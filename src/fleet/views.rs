//! How fresh what is known is (R18).

/// A kind that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum View {
    /// `DashboardRelease`.
    Releases,
    /// `UpgradeWindow`.
    Windows,
    /// `TenantInstance`.
    Tenants,
    /// Deployments.
    Workloads,
    /// CronJobs that Jobs are made from.
    Templates,
    /// The operator's Jobs.
    Jobs,
}

impl View {
    /// Every view.
    pub const ALL: [Self; 6] = [Self::Releases, Self::Windows, Self::Tenants, Self::Workloads, Self::Templates, Self::Jobs];
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
        View::ALL.into_iter().find(|view| self.0.get(view).is_none_or(|age| *age > limit))
    }
}
