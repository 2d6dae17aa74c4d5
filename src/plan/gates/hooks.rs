//! Rule R19: the hooks and probes of an upgrade that could not run.

use crate::plan::{
    gates::Case,
    jobs::steps,
    output::hold::{Gate, Hold},
};

/// What can be seen before the start, and would fail the upgrade after it: it holds the start, and fails nothing.
pub fn hooks(case: Case) -> Option<Hold> {
    let held = steps::unmakeable(case.pass.fleet, &case.key.namespace, case.spec, case.release()?.spec)?;
    Some(Hold::start(Gate::Hooks, held.reason, held.message))
}
