//! Rule R17: an earlier ring proves the release for the later ones.

use jiff::Timestamp;

use crate::{
    api::reason::Reason,
    plan::{
        gates::{Case, time_left::starts_end},
        output::hold::{Gate, Hold},
        pass::rings::{Proof, unproven_before},
    },
};

/// A ring that waiting alone cannot prove holds slot, notice and start; what is on its way, or soaks, holds the start. Where that is over
/// while something may start it is mere waiting.
pub fn ring(case: Case) -> Option<Hold> {
    let release = case.release()?;
    let before = unproven_before(&release.rings, &case.spec.ring).next()?;
    let (name, version) = (&before.ring.name, release.version);
    let let_pass =
        || format!("`kubectl uplift resume release {} --skip-ring {name}` lets it pass (spec.rollout.provenRings)", release.name);
    let starts_end = starts_end(case);
    let start = |reason, message, until: Timestamp| {
        let waiting = starts_end.is_none_or(|end| until < end);
        Hold { waiting, ..Hold::wait(Gate::Ring, reason, message, Some(until)) }
    };
    Some(match before.proof() {
        Proof::Soaks(over) => {
            start(Reason::RingSoaking, format!("ring {name:?} has upgraded to {version}, and soaks until {over}"), over)
        }
        Proof::Pending(until) => {
            let message = format!("ring {name:?} goes first to {version}, and has not proved it yet; {}", let_pass());
            start(Reason::RingPending, message, until)
        }
        Proof::Undated => {
            let message = format!(
                "ring {name:?} goes first to {version}, and none of its tenants has a date; mend what holds them, or: {}",
                let_pass()
            );
            Hold::slot(Gate::Ring, Reason::RingUnproven, message)
        }
        Proof::Nobody => {
            let message = format!(
                "ring {name:?} goes first to {version}, and no tenant is in it that may still be upgraded; {}",
                let_pass()
            );
            Hold::slot(Gate::Ring, Reason::RingUnproven, message)
        }
    })
}
