//! Whether the operator itself may be trusted with a start.

use crate::{
    api::reason::Reason,
    fleet::{CLOCK_SKEW, STALE_AFTER},
    plan::{
        gates::Case,
        output::hold::{Gate, Hold},
    },
};

/// R25: by a wrong clock a window would open at a wrong time.
pub fn clock(case: Case) -> Option<Hold> {
    let ahead = case.pass.fleet.clock_ahead;
    if ahead.is_trusted() || !is_due(&case) {
        return None;
    }
    let told = ahead.0.map_or_else(
        || "the operator's clock was not compared with the API server's yet".into(),
        |ahead| {
            let side = if ahead.is_negative() { "behind" } else { "ahead of" };
            format!("the operator's clock is more than {CLOCK_SKEW:#} {side} the API server's; set the clocks of their machines")
        },
    );
    Some(Hold::start(Gate::Clock, Reason::ClockSkew, told))
}

/// Whether a start would be due: what is wrong with the operator at another time changes nothing that anybody waits for.
fn is_due(case: &Case) -> bool {
    case.with_slot().is_some_and(|slot| case.pass.now >= slot.opens_at)
}

/// R18.
pub fn view(case: Case) -> Option<Hold> {
    let view = case.pass.fleet.views.stale_for(case.spec).filter(|_| is_due(&case))?;
    let message =
        format!("the watch of {view:?} has shown no life for {STALE_AFTER} s; look at the API server and the operator's log");
    Some(Hold::start(Gate::View, Reason::StaleView, message))
}
