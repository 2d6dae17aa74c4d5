//! Rule R14: silence is frozen after the cut-off, once the notice is known to have arrived.

use crate::{
    api::tenant::{Answer, Consent},
    plan::{
        output::Class,
        pass::{Pass, wake::later},
        record::{draft::Draft, phase::Phase},
    },
};

/// Silence is frozen this long after the cut-off, in seconds: what was stamped in its last second has arrived by then (R14).
pub const SETTLES_AFTER: i64 = 5;

/// Freezes the answer of a customer who said nothing.
pub fn freeze(pass: &Pass, draft: &mut Draft) {
    let Some(Phase::Announced(slot)) = draft.phase() else { return };
    if pass.now < later(slot.opt_out_until, SETTLES_AFTER) || !draft.notice_delivered() {
        return;
    }
    let frozen_at = pass.now;
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.consent = Some(Consent { answer: Answer::Silence, frozen_at });
    }
    // Thousands fall silent at once: nobody's word waits for that.
    draft.urgent(Class::Receipt);
}
