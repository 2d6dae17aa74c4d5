//! What the history says of upgrades that ran to an end. Slots that were lost changed nothing on the workloads.

use crate::{
    api::{
        TenantInstanceStatus, Version,
        tenant::{HistoryEntry, SlotResult},
    },
    plan::pass::share::upgrades,
};

/// How many entries are kept.
pub const KEPT: usize = 20;

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

/// The same, while no upgrade has succeeded since: what somebody set afterwards is not what a failure left.
pub fn failure_left<'s>(status: &'s TenantInstanceStatus, version: &Version) -> Option<&'s HistoryEntry> {
    let mut since = upgrades(status).take_while(|entry| entry.result != SlotResult::Succeeded);
    since.find(|entry| version.is(&entry.to) && entry.result.is_failure())
}

/// What became of an upgrade that failed, after "the upgrade".
pub fn how_it_failed(result: SlotResult) -> &'static str {
    match result {
        SlotResult::RolledBack => "failed and was rolled back",
        SlotResult::RollbackFailed => "failed, and so did its rollback",
        _ => "failed",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn left(entries: &[(&str, &str)]) -> Option<String> {
        let entry = |(result, to): &(&str, &str)| json!({"id": "6e8967dbbe38-1", "slot": "2026-12-15T18:00+00:00", "from": "1.0", "to": to, "result": result, "noticed": true, "finishedAt": "2026-12-15T19:00:00Z"});
        let history: Vec<Value> = entries.iter().map(entry).collect();
        let status: TenantInstanceStatus = serde_json::from_value(json!({"history": history})).unwrap();
        failure_left(&status, &"2.0".parse().unwrap()).map(|failed| failed.to.clone())
    }

    /// The newest stands first.
    #[test]
    fn a_failure_has_left_its_images_until_an_upgrade_succeeds() {
        let failed = Some("2.0".to_owned());
        assert_eq!(left(&[("Failed", "2.0")]), failed);
        assert_eq!(left(&[("RolledBack", "3.0"), ("Failed", "2.0")]), failed, "the next one went back to them");
        assert_eq!(left(&[("Succeeded", "1.1"), ("Failed", "2.0")]), None, "who set them since did so on purpose");
        assert_eq!(left(&[("Succeeded", "2.0"), ("Failed", "2.0")]), None);
        assert_eq!(left(&[("Failed", "3.0")]), None);
    }
}
