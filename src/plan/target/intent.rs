//! Rule R23: whether the tenant's status knows the upgrade that our annotation on a workload names. One that it does not know came with a
//! copy, a restore, or another life of the tenant. Whoever wrote it did not write it for this tenant: nothing follows from it.

use crate::{
    api::{TenantInstanceStatus, annotations::Intent},
    fleet::Workload,
    plan::record::history,
};

/// Our annotation, if it names an upgrade of this tenant.
pub fn known<'w>(status: &TenantInstanceStatus, workload: &'w Workload) -> Option<&'w Intent> {
    workload.intent.as_ref()?.as_ref().ok().filter(|intent| knows(status, intent))
}

/// Our annotation, if it does not, or what is wrong with one that cannot be read.
pub fn foreign<'w>(status: &TenantInstanceStatus, workload: &'w Workload) -> Option<Result<&'w Intent, &'w str>> {
    match workload.intent.as_ref()? {
        Ok(intent) => (!knows(status, intent)).then_some(Ok(intent)),
        Err(wrong) => Some(Err(wrong)),
    }
}

/// Every try in a slot counts: an id moves on when a start is taken back.
fn knows(status: &TenantInstanceStatus, intent: &Intent) -> bool {
    let planned = status.upgrade.as_ref().and_then(|upgrade| upgrade.id.as_ref());
    let mut ids = planned.into_iter().chain(status.history.iter().map(|entry| &entry.id));
    ids.any(|id| id.stem() == intent.id.stem()) || may_be_forgotten(status, intent)
}

/// The history is full, so that an upgrade may have fallen off it; then the version that it brought is said to run.
fn may_be_forgotten(status: &TenantInstanceStatus, intent: &Intent) -> bool {
    status.history.len() >= history::KEPT && status.version.as_ref().or(status.last_known_version.as_ref()) == Some(&intent.to)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn intent(id: &str, to: &str) -> Intent {
        Intent { id: id.into(), to: to.into(), images: BTreeMap::new(), rollback: false }
    }

    fn status(entries: usize) -> TenantInstanceStatus {
        let entry = json!({"result": "Moved", "id": "bbbbbbbbbbbb-1", "from": "1.0", "to": "2.0", "slot": "s", "noticed": true,
            "finishedAt": "2026-12-15T18:00:00Z"});
        let upgrade = json!({"release": "r", "releaseUid": "u", "from": "1.0", "to": "2.0", "id": "aaaaaaaaaaaa-2"});
        serde_json::from_value(json!({"version": "1.0", "upgrade": upgrade, "history": vec![entry; entries]})).unwrap()
    }

    #[test]
    fn an_annotation_is_ours_by_the_slot_that_it_names_whichever_try_it_was() {
        for (id, ours) in [("aaaaaaaaaaaa-1", true), ("bbbbbbbbbbbb-3", true), ("cccccccccccc-1", false), ("", false)] {
            assert_eq!(knows(&status(1), &intent(id, "1.0")), ours, "{id}");
        }
    }

    #[test]
    fn an_upgrade_that_may_have_fallen_off_a_full_history_counts_by_its_version() {
        let old = |to| intent("cccccccccccc-1", to);
        assert!(knows(&status(history::KEPT), &old("1.0")));
        assert!(!knows(&status(history::KEPT), &old("2.0")));
        assert!(!knows(&status(history::KEPT - 1), &old("1.0")));
    }
}
