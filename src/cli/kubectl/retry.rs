//! `kubectl uplift retry`: try a failed upgrade again (R22), or go on after another hand put back what one brought (R23).

use anyhow::anyhow;
use kube::ResourceExt;
use serde_json::{Value, json};

use super::{
    Context, Failure,
    write::{Hand, OfTenant, edit, follows, tell, tenant},
};
use crate::api::{
    TenantInstance, TenantInstanceStatus, Version, annotations,
    reason::Reason,
    tenant::{HistoryEntry, SlotResult},
    upgrade_id::UpgradeId,
};

const HAND: Hand =
    Hand { manager: "uplift-retry", takes: "the verbs get and patch on tenantinstances.uplift.dev (ClusterRole uplift-support)" };

/// Asks for another try.
pub async fn run(context: &Context, options: &OfTenant) -> Result<(), Failure> {
    let (api, name) = tenant(context, &options.tenant)?;
    let done = edit(&api, &name, HAND, options.writing, body).await?;
    let failed = failure(&done.before)?;
    let already = if asked(&done.before, failed) { " already" } else { "" };
    let ended = if failed.result.is_failure() { "failed" } else { "succeeded" };
    let text = format!("retry of {} to {} asked for{already}; it {ended} at {}", failed.id, failed.to, failed.finished_at);
    tell(context, &done.after, options.writing, &text)?;
    follows(
        context,
        "In the slot that is still open it runs at once, if nothing holds it. Else it gets a new date, and the customer a new notice of it: \
         kubectl uplift why shows it, and what holds it.",
    )
}

fn body(before: &TenantInstance) -> Result<Option<Value>, Failure> {
    let failed = failure(before)?;
    let write = json!({"metadata": {"annotations": {annotations::RETRY: failed.id}}});
    Ok((!asked(before, failed)).then_some(write))
}

fn asked(tenant: &TenantInstance, failed: &HistoryEntry) -> bool {
    tenant.annotations().get(annotations::RETRY).is_some_and(|id| UpgradeId::from(&**id) == failed.id)
}

fn failure(tenant: &TenantInstance) -> Result<&HistoryEntry, Failure> {
    let failed = tenant.status.as_ref().and_then(again);
    failed.ok_or_else(|| {
        let last = tenant.status.as_ref().and_then(|status| status.history.first());
        let last = last.map(|last| format!("; its last slot, {} to {}, ended as {}", last.slot, last.to, last.result.name()));
        let name = tenant.name_any();
        Failure::Runtime(anyhow!("no upgrade of {name} failed that could be tried again{}", last.unwrap_or_default()))
    })
}

/// What may be asked for again: what was put back, else what failed.
fn again(status: &TenantInstanceStatus) -> Option<&HistoryEntry> {
    let put_back = status.blockers.iter().any(|blocker| blocker.reason == Reason::OwnershipConflict);
    let brought = status.history.iter().find(|entry| entry.result == SlotResult::Succeeded).filter(|_| put_back);
    brought.or_else(|| still_failed(status))
}

/// The last upgrade that failed, unless its version, or a newer one, was reached since. The newest is first.
fn still_failed(status: &TenantInstanceStatus) -> Option<&HistoryEntry> {
    let version = |entry: &HistoryEntry| entry.to.parse::<Version>().ok();
    let (at, failed) = status.history.iter().enumerate().find(|(_, entry)| entry.result.is_failure())?;
    let reached = |later: &HistoryEntry| later.result == SlotResult::Succeeded && version(later) >= version(failed);
    (!status.history[..at].iter().any(reached)).then_some(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(history: &[(&str, &str, &str)]) -> TenantInstance {
        let entry = |(result, id, to): &(&str, &str, &str)| {
            json!({"result": result, "id": id, "from": "2026.11.0", "to": to, "slot": "2026-12-15T18:00+00:00", "noticed": true,
                "finishedAt": "2026-12-15T18:09:00Z"})
        };
        let history: Vec<_> = history.iter().map(entry).collect();
        serde_json::from_value(json!({
            "metadata": {"name": "acme"},
            "spec": {"customer": {"displayName": "Acme"}, "windowRef": {"name": "w"}, "workloads": [{"kind": "Deployment", "name": "d"}]},
            "status": {"history": history},
        }))
        .unwrap()
    }

    #[test]
    fn the_last_failed_upgrade_is_asked_for_by_its_id() {
        let mut acme = tenant(&[("Missed", "c-1", "2026.12.0"), ("Failed", "b-1", "2026.12.0"), ("Failed", "a-1", "2026.11.0")]);
        let write = body(&acme).unwrap();
        assert_eq!(write, Some(json!({"metadata": {"annotations": {"uplift.dev/retry": "b-1"}}})));
        acme.annotations_mut().insert(annotations::RETRY.into(), "b-1".into());
        assert_eq!(body(&acme).unwrap(), None, "asked for already");
    }

    #[test]
    fn what_was_reached_since_is_not_tried_again() {
        for reached in ["2026.12.0", "2026.12.1"] {
            let acme = tenant(&[("Succeeded", "b-1", reached), ("Failed", "a-1", "2026.12.0")]);
            let Err(Failure::Runtime(error)) = body(&acme) else { panic!("{reached}") };
            assert!(error.to_string().contains("ended as Succeeded"), "{error}");
        }
        let another = tenant(&[("Succeeded", "b-1", "2026.11.5"), ("Failed", "a-1", "2026.12.0")]);
        assert!(body(&another).unwrap().is_some());
    }

    #[test]
    fn what_another_hand_put_back_is_asked_for_by_the_id_of_what_brought_it() {
        let mut acme = tenant(&[("Moved", "c-1", "2027.1.0"), ("Succeeded", "b-1", "2026.12.0"), ("Failed", "a-1", "2026.12.0")]);
        let status = acme.status.as_mut().unwrap();
        let blocker = json!({"gate": "Ownership", "holds": "Slot", "reason": "OwnershipConflict", "message": "m"});
        status.blockers = vec![serde_json::from_value(blocker).unwrap()].into();
        assert_eq!(body(&acme).unwrap(), Some(json!({"metadata": {"annotations": {"uplift.dev/retry": "b-1"}}})));
    }

    #[test]
    fn without_a_failure_there_is_nothing_to_try_again() {
        let Err(Failure::Runtime(error)) = body(&tenant(&[])) else { panic!("written") };
        assert_eq!(error.to_string(), "no upgrade of acme failed that could be tried again");
    }
}
