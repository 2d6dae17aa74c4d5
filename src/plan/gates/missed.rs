//! Rule R8: no third date where two in a row were missed for what still stands.

use crate::{
    api::{
        reason::Reason,
        tenant::{HistoryEntry, Holds, SlotResult},
    },
    plan::{gates::Case, output::hold::Hold},
};

/// After so many dates that were missed in a row for one reason, none is announced until it is over.
const IN_A_ROW: usize = 2;

/// What holds a start, and cost the last dates, holds the next date too: a customer is not told of dates, night after night, that
/// nobody expects to be kept.
pub fn holds_the_next_date(case: Case, hold: Hold) -> Hold {
    if hold.waiting || hold.holds == Holds::Slot || case.with_slot().is_some() || !cost_the_last_dates(case, hold.reason) {
        return hold;
    }
    let more = format!("; the last {IN_A_ROW} dates were missed for it, and the next is announced once it is over");
    // What held before a restart goes on holding in the words of the status, which says it already.
    let said = hold.message.strip_suffix(&more).unwrap_or(&hold.message);
    Hold { holds: Holds::Slot, message: format!("{said}{more}"), ..hold }
}

fn cost_the_last_dates(case: Case, reason: Reason) -> bool {
    let missed = |e: &HistoryEntry| e.result == SlotResult::Missed && e.reason.as_ref().is_some_and(|why| *why == reason);
    let history = &case.status.history;
    history.len() >= IN_A_ROW && history.iter().take(IN_A_ROW).all(missed)
}
