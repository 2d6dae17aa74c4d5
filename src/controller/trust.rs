//! What the loop can rely on.

use crate::fleet::View;

/// What is known of the cluster and of the time, as far as it may not be enough.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Trust {
    /// The views that are stale.
    pub stale: Vec<View>,
    /// Whether the clock agrees with the API server's; where it is ahead, by how many minutes.
    pub clock: bool,
    pub early: i64,
}
