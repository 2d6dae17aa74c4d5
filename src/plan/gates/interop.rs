//! Rule R31: issues that nobody accepted.

use crate::{
    api::reason::Reason,
    plan::{
        gates::Case,
        interop::{provider::is_new, standing},
        output::hold::{Gate, Hold},
    },
};

/// What comes up after the announcement holds the start only: the date stands, and is lost at its close.
pub fn interop(case: Case) -> Option<Hold> {
    let release = case.release()?;
    if let Some(hold) = unknown_yet(case) {
        return Some(hold);
    }
    let standing = standing(case.pass, case.key, case.spec, release);
    let first = standing.first()?;
    let more = match standing.len() - 1 {
        0 => String::new(),
        1 => "; and one more issue".to_owned(),
        more => format!("; and {more} more issues"),
    };
    let accept = format!("kubectl uplift accept-issue {} {} takes it on for a time", release.name, first.name());
    let message = format!("{}; {accept}{more}", first.message);
    let hold = if case.with_slot().is_some() { Hold::start } else { Hold::slot };
    Some(hold(Gate::Interop, first.reason, message))
}

/// A moment after neighbours were made nobody knows yet what they run: a date that is given then could not be kept.
fn unknown_yet(case: Case) -> Option<Hold> {
    let mut neighbours = case.pass.stock.neighbours(case.key).peekable();
    neighbours.peek()?;
    let new = neighbours.chain([case.key]).any(|tenant| is_new(case.pass, tenant));
    let message = "what its neighbours run is not known yet; it is after their first turn";
    new.then(|| Hold { waiting: true, ..Hold::slot(Gate::Interop, Reason::UnknownVersion, message) })
}
