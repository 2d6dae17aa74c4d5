//! Whether the customer was told, and what they said.

use crate::{
    api::{notice_key::NoticeKey, reason::Reason},
    plan::{
        gates::Case,
        output::hold::{Gate, Hold},
        record::receipts,
    },
};

pub fn notice(case: Case) -> Option<Hold> {
    let slot = case.with_slot()?;
    // A slot that came back was told twice: its first notice had arrived, and now the customer must know that it stands again.
    let (key, until) = match &case.upgrade.reinstated_by {
        Some(key) => (Some(key.clone()), slot.opens_at),
        None => (case.upgrade.id.as_ref().map(|id| NoticeKey::slot(id.stem())), slot.notice_until),
    };
    if key.is_some_and(|key| receipts::delivered(case.status, case.spec, &key)) {
        return None;
    }
    let message = format!("the notice must be accepted by every required contact until {until}");
    Some(Hold::wait(Gate::Notice, Reason::NoticePending, message, None))
}

/// R14: no frozen answer, no start.
pub fn consent(case: Case) -> Option<Hold> {
    let slot = case.with_slot()?;
    let message = || format!("the customer may say no until {}", slot.opt_out_until);
    case.upgrade.consent.is_none().then(|| Hold::wait(Gate::Consent, Reason::ConsentPending, message(), Some(slot.opt_out_until)))
}
