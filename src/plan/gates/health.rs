//! Rule R18: workloads that are not well before an upgrade.

use crate::{
    api::reason::Reason,
    plan::{
        gates::Case,
        output::hold::{Gate, Hold},
        record::history,
    },
};

/// R18. Looked at from the notice deadline on: a pod that restarts weeks before is nobody's business. Once it held, it holds
/// until the workload is healthy, whatever becomes of the slot.
pub fn health(case: Case) -> Option<Hold> {
    let due = case.with_slot().is_some_and(|slot| case.pass.now >= slot.notice_until);
    let held = case.status.blockers.iter().any(|blocker| blocker.gate == Gate::Health.name());
    if !due && !held {
        return None;
    }
    let mends_its_own = mends_its_own_failure(&case);
    case.spec.workloads.iter().find_map(|reference| {
        let workload = case.pass.workload(case.key, reference).ok()?;
        let (reason, message) = if workload.paused {
            (Reason::Paused, format!("{reference} is paused; resume it"))
        } else if workload.replicas == 0 {
            (Reason::NoReplicas, format!("{reference} has no replica; scale it up"))
        } else if !workload.rolled_out() && !mends_its_own {
            let message = format!("{reference} is not healthy before the upgrade; every replica must be updated and available");
            (Reason::Unhealthy, message)
        } else {
            return None;
        };
        Some(Hold::start(Gate::Health, reason, message))
    })
}

/// The damage of a tenant's own last failed upgrade doesn't count when the target is newer than what failed.
fn mends_its_own_failure(case: &Case) -> bool {
    let failed = history::last_upgrade(case.status).filter(|last| last.result.left_images());
    failed.is_some_and(|last| case.target() > last.to.parse().ok())
}
