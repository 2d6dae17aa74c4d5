//! What the history says of upgrades that ran to an end. Slots that were lost changed nothing on the workloads.

use crate::api::{
    TenantInstanceStatus, Version,
    tenant::{HistoryEntry, SlotResult},
};

/// How many entries are kept.
pub const KEPT: usize = 20;

fn upgrades(status: &TenantInstanceStatus) -> impl Iterator<Item = &HistoryEntry> {
    status.history.iter().filter(|entry| entry.result == SlotResult::Succeeded || entry.result.is_failure())
}

/// The last upgrade.
pub fn last_upgrade(status: &TenantInstanceStatus) -> Option<&HistoryEntry> {
    upgrades(status).next()
}

/// The last upgrade that succeeded.
pub fn last_success(status: &TenantInstanceStatus) -> Option<&HistoryEntry> {
    upgrades(status).find(|entry| entry.result == SlotResult::Succeeded)
}

/// The last upgrade to this version, if it failed.
pub fn last_failure<'s>(status: &'s TenantInstanceStatus, version: &Version) -> Option<&'s HistoryEntry> {
    let last = upgrades(status).find(|entry| version.is(&entry.to));
    last.filter(|entry| entry.result.is_failure())
}

/// What became of an upgrade that failed, after "the upgrade".
pub fn how_it_failed(result: SlotResult) -> &'static str {
    match result {
        SlotResult::RolledBack => "failed and was rolled back",
        SlotResult::RollbackFailed => "failed, and so did its rollback",
        _ => "failed",
    }
}
