//! What the customer hears of a date that something takes away.

use crate::plan::{
    output::hold::Hold,
    pass::Pass,
    record::draft::{Draft, Gone},
    slot::lose,
};

/// R8: a slot that is gone without another date, or whose start something still holds at the cut-off, is told to the customer.
pub fn postpone(pass: &Pass, draft: &mut Draft, holds: &[Hold]) {
    if let Some(gone) = draft.gone.take().filter(|gone| draft.slot().is_none_or(|(upgrade, _)| upgrade.to != gone.to)) {
        lose::call_off(pass, draft, gone);
    }
    // At the cut-off, not whenever something holds: stopping everything for an hour frightens nobody.
    let frozen_before = draft.seen.upgrade.as_ref().is_some_and(|upgrade| upgrade.consent.is_some());
    let answered = draft.slot().filter(|(upgrade, _)| upgrade.consent.is_some() && !frozen_before);
    let (Some((upgrade, slot)), Some(hold)) = (answered, holds.iter().find(|hold| !hold.waiting)) else { return };
    let (stem, opens, to) = (draft.stem().cloned().unwrap_or_default(), slot.opens.clone(), upgrade.to.clone());
    lose::postpone(pass, draft, Gone { stem, opens, closes_at: slot.closes_at, to, reason: hold.reason });
}
