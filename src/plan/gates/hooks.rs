//! Rule R19: the hooks and probes of an upgrade that could not run.

use crate::{
    api::{reason::Reason, tenant::Management},
    plan::{
        gates::Case,
        jobs::steps::{Unmakeable, unmakeable},
        output::hold::{Gate, Hold},
    },
};

/// What can be known before the start, and would fail the upgrade after it: it holds the start, and fails nothing. What the API server was not
/// asked yet is waited for.
pub fn hooks(case: Case) -> Option<Hold> {
    if case.spec.management == Management::Unmanaged {
        return None; // nobody asks on its behalf, so nobody would hear that it is mended
    }
    match unmakeable(case.pass.fleet, &case.key.namespace, case.spec, case.release()?)? {
        Unmakeable::Held(held) => Some(Hold::start(Gate::Hooks, held.reason, held.message)),
        // A start on record has had its answer: a process that starts between it and the first Job takes nothing back.
        Unmakeable::NotAsked if case.upgrade.started_at.is_some() => None,
        Unmakeable::NotAsked => Some(held_before(&case).unwrap_or_else(not_asked)),
    }
}

fn not_asked() -> Hold {
    let message = "the API server is asked whether it takes the Jobs of the hooks and probes";
    Hold::wait(Gate::Hooks, Reason::JobsPending, message, None)
}

/// What held goes on holding until the API server says otherwise: a restart, and an edit of a CronJob, forget its answer, and would be told as the
/// end of what still stands.
fn held_before(case: &Case) -> Option<Hold> {
    let seen = case.tenant.status.as_ref().ok()?;
    seen.upgrade.as_ref().filter(|upgrade| upgrade.release_uid == case.upgrade.release_uid)?;
    let before = seen.blockers.iter().find(|blocker| blocker.gate == Gate::Hooks.name())?;
    Some(Hold::start(Gate::Hooks, before.reason.known()?, before.message.clone()))
}
