//! Rule R18: workloads that are not well before an upgrade.

use crate::{
    api::{
        reason::Reason,
        tenant::{WorkloadKind, WorkloadRef},
    },
    plan::{
        gates::Case,
        output::hold::{Gate, Hold},
        record::history,
    },
};

/// R18. What keeps old pods is seen at once: nothing but an edit of the workload mends it, and whoever reads of it weeks before has time.
pub fn health(case: Case) -> Option<Hold> {
    keeps_old(case).or_else(|| unwell(case))
}

fn keeps_old(case: Case) -> Option<Hold> {
    case.spec.workloads.iter().find_map(|reference| {
        let keeps_old = case.pass.workload(case.key, reference).ok()?.keeps_old?;
        Some(Hold::start(Gate::Health, keeps_old.reason(), format!("{reference} {keeps_old}")))
    })
}

/// R18. Looked at from the notice deadline on: a pod that restarts weeks before is nobody's business. Once it held, it holds
/// until the workload is healthy, whatever becomes of the slot.
fn unwell(case: Case) -> Option<Hold> {
    let due = case.with_slot().is_some_and(|slot| case.pass.now >= slot.notice_until);
    let reasons = [Reason::Paused, Reason::NoReplicas, Reason::Unhealthy];
    let held = case.status.blockers.iter().any(|blocker| reasons.iter().any(|reason| blocker.reason == *reason));
    if !due && !held {
        return None;
    }
    let mends_its_own = mends_its_own_failure(&case);
    case.spec.workloads.iter().find_map(|reference| {
        let workload = case.pass.workload(case.key, reference).ok()?;
        let (reason, message) = if workload.paused {
            (Reason::Paused, format!("{reference} is paused; resume it"))
        } else if workload.rollout.wanted == 0 {
            (Reason::NoReplicas, none_wanted(reference))
        } else if !workload.rolled_out() && !mends_its_own {
            let message = format!("{reference} is not healthy before the upgrade; every replica must be updated and available");
            (Reason::Unhealthy, message)
        } else {
            return None;
        };
        Some(Hold::start(Gate::Health, reason, message))
    })
}

fn none_wanted(reference: &WorkloadRef) -> String {
    match reference.kind {
        WorkloadKind::DaemonSet => {
            format!("{reference} has no node to run on; look at its nodeSelector, affinity and tolerations")
        }
        WorkloadKind::Deployment | WorkloadKind::StatefulSet => format!("{reference} has no replica; scale it up"),
    }
}

/// The damage of a tenant's own last failed upgrade doesn't count when the target is newer than what failed.
fn mends_its_own_failure(case: &Case) -> bool {
    let failed = history::last_upgrade(case.status).filter(|last| last.result.left_images());
    failed.is_some_and(|last| case.target() > last.to.parse().ok())
}
