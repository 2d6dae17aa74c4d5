//! Rules R11 to R13: what the tenant's annotations say is judged once, when it is seen.

use super::{
    deferral,
    ledger::{self, Happening},
    opt_in,
    preview::{self, SaidAt},
    said::{in_time, said_at, said_by, stamped},
    value::{Declines, same},
};
use crate::{
    api::{
        reason::Reason,
        tenant::{OptOutRecord, Slot, SlotResult, Verdict},
    },
    fleet::Said,
    plan::{
        pass::Pass,
        record::{
            draft::{Draft, Ended},
            history,
        },
    },
};

/// What the words of the customer come to, beside the ledger.
#[derive(Default)]
pub struct Judged {
    /// The announced slot is lost to an opt-out, like this.
    pub lost: Option<Ended>,
    /// A slot that an opt-in asks back.
    pub asked_back: Option<Slot>,
}

/// Judges what the annotations say: the opt-in first, since it takes back what was judged before.
pub fn judge(pass: &Pass, draft: &mut Draft) -> Judged {
    let asked_back = opt_in::undo(pass, draft);
    Judged { lost: opt_out(pass, draft), asked_back }
}

fn opt_out(pass: &Pass, draft: &mut Draft) -> Option<Ended> {
    let said = draft.tenant.opt_out.as_ref()?;
    let declines = Declines::parse(&said.value)?;
    // A slot that closed unused is lost anyway: nobody is to hear that it goes ahead.
    let open = |slot: &Slot| pass.now < slot.closes_at || draft.in_flight() || in_time(pass, said, slot.opt_out_until);
    let fits = draft.slot().filter(|(upgrade, slot)| open(slot) && declines.slot(slot, &upgrade.to));
    let fits = fits.map(|(_, slot)| slot.clone());
    if judged(pass, draft, said, fits.as_ref().map(|slot| slot.opens.as_str())) {
        return None;
    }
    match fits {
        Some(slot) => against_slot(pass, draft, said, &declines, slot),
        None => ahead(pass, draft, said, &declines),
    }
}

fn judged(pass: &Pass, draft: &Draft, said: &Said, slot: Option<&str>) -> bool {
    let at = said_at(pass, said);
    let said_at = if stamped(pass, said) { SaidAt::Stamped(at) } else { SaidAt::About(at) };
    preview::judged(&draft.status.opt_outs, &said.value, said_at, slot).is_some()
}

fn against_slot(pass: &Pass, draft: &mut Draft, said: &Said, declines: &Declines, slot: Slot) -> Option<Ended> {
    let limit = deferral::limit_reached(pass, draft, declines, slot.can_decline);
    let happening = Happening::Fits { in_flight: draft.in_flight(), in_time: in_time(pass, said, slot.opt_out_until), limit };
    let verdict = ledger::next(None, declines, happening)?;
    let (opens, lost) = (Some(slot.opens.clone()), Some(slot));
    let record = OptOutRecord { slot: opens, lost, ..new_record(pass, draft, said, verdict) };
    let (by, message) = (record.by.clone(), record.reason.clone());
    ledger::open(draft, record);
    if verdict != Verdict::Accepted {
        return None;
    }
    deferral::count(pass, draft);
    Some(Ended { by, message, ..Ended::new(SlotResult::OptedOut, Reason::OptedOut, "") })
}

/// Nothing planned fits: either nothing ever will, or it is noted until something does.
fn ahead(pass: &Pass, draft: &mut Draft, said: &Said, declines: &Declines) -> Option<Ended> {
    let verdict = ledger::next(None, declines, Happening::FitsNothing { past: is_past(pass, draft, declines) })?;
    let record = new_record(pass, draft, said, verdict);
    ledger::open(draft, record);
    None
}

fn is_past(pass: &Pass, draft: &Draft, declines: &Declines) -> bool {
    match declines {
        Declines::Day(day) => *day < pass.date(&draft.spec.window_ref.name, pass.now),
        Declines::Version(version) => {
            // The images of a failed upgrade stand in the workloads, but nobody runs it: a retry may be declined.
            let failed = history::last_failure(&draft.status, version).is_some();
            let passed = !failed && draft.running.as_ref().is_ok_and(|running| version <= running);
            let out = |reason| matches!(reason, Reason::Withdrawn | Reason::Rejected);
            let release = pass.channel(&draft.spec.channel).iter().find(|r| r.version == version);
            passed || release.and_then(|r| r.held()).is_some_and(|held| out(held.reason))
        }
    }
}

fn new_record(pass: &Pass, draft: &Draft, said: &Said, verdict: Verdict) -> OptOutRecord {
    OptOutRecord {
        value: said.value.clone(),
        slot: None,
        lost: None,
        opt_in_stood: draft.tenant.opt_in.as_ref().is_some_and(|other| same(&other.value, &said.value)),
        verdict,
        at: said_at(pass, said),
        by: said_by(pass, said),
        reason: draft.tenant.opt_out_reason.clone(),
        undone_at: None,
        undone_by: None,
    }
}
