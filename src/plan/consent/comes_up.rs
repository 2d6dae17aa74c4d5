//! Rule R12: what a standing opt-out does to a release, or an occurrence, that is about to be announced.

use super::{
    deferral,
    ledger::{self, Happening},
    value::Declines,
};
use crate::{
    api::{
        TenantInstanceStatus, Version,
        tenant::{OptOutRecord, Slot, Verdict},
    },
    plan::{pass::Pass, record::draft::Draft},
};

/// Whether an opt-out declines this version; one that waits is judged now that such a release comes up.
pub fn declines_release(pass: &Pass, draft: &mut Draft, version: &Version) -> bool {
    let Some(i) = refusal(&draft.status, version) else { return false };
    draft.status.opt_outs[i].verdict == Verdict::Accepted || settle(pass, draft, i, None)
}

/// Whether an opt-out would decline this version if it came up. Nothing is judged.
pub fn would_decline_release(status: &TenantInstanceStatus, version: &Version, limit: bool) -> bool {
    let record = refusal(status, version).map(|i| &status.opt_outs[i]);
    record.is_some_and(|r| r.verdict == Verdict::Accepted || comes_to(r, limit) == Some(Verdict::Accepted))
}

/// The opt-out that says whether this version is declined.
fn refusal(status: &TenantInstanceStatus, version: &Version) -> Option<usize> {
    let names = |r: &OptOutRecord| matches!(Declines::parse(&r.value), Some(Declines::Version(v)) if v == *version);
    let speaks = |r: &OptOutRecord| r.verdict.stands() || comes_to(r, false).is_some();
    let i = status.opt_outs.iter().position(|r| names(r) && speaks(r))?;
    // Once the limit was told of this very opt-out, no later date asks again.
    let one = &status.opt_outs[i];
    let told =
        |r: &OptOutRecord| r.verdict == Verdict::LimitReached && r.slot.is_none() && (&r.value, r.at) == (&one.value, one.at);
    (one.verdict == Verdict::Accepted || !status.opt_outs.iter().any(told)).then_some(i)
}

/// What a record comes to when what it declines comes up.
fn comes_to(record: &OptOutRecord, limit: bool) -> Option<Verdict> {
    ledger::next(Some(record.verdict), &Declines::parse(&record.value)?, Happening::ComesUp { limit })
}

/// Whether an opt-out of a day declines this occurrence, which is about to be announced. The first that a day touches settles it;
/// once it was accepted it takes every occurrence that it touches out of the search, and counts no more (R15).
pub fn declines_occurrence(pass: &Pass, draft: &mut Draft, slot: &Slot) -> bool {
    if draft.status.opt_outs.iter().any(|r| took_off(r, slot)) {
        return true;
    }
    let names = |r: &OptOutRecord, verdict| r.verdict == verdict && names_day_of(r, slot);
    // A slot that was judged keeps its verdict: that the limit was reached for it, say.
    let judged = |value: &str| draft.status.opt_outs.iter().any(|r| r.value == value && r.slot.as_deref() == Some(&slot.opens));
    match draft.status.opt_outs.iter().position(|r| names(r, Verdict::Noted) && !judged(&r.value)) {
        Some(i) => settle(pass, draft, i, Some(slot)),
        None => false,
    }
}

/// Whether a day declines this occurrence if it were announced: for slots that are still tentative. Nothing is judged.
pub fn would_decline_occurrence(draft: &Draft, slot: &Slot) -> bool {
    draft.status.opt_outs.iter().any(|r| took_off(r, slot) || r.verdict.stands() && names_day_of(r, slot))
}

/// Whether a day that was accepted takes this occurrence out: one on that day, or at the time of the very slot that it declined. A window
/// that was edited may bring that slot back shorter, so that the day lies on it no more.
fn took_off(record: &OptOutRecord, slot: &Slot) -> bool {
    let Some(day @ Declines::Day(_)) = Declines::parse(&record.value) else { return false };
    let overlaps = |lost: &Slot| lost.opens_at < slot.closes_at && slot.opens_at < lost.closes_at;
    record.verdict == Verdict::Accepted && (day.slot(slot, "") || record.lost.as_ref().is_some_and(overlaps))
}

fn names_day_of(record: &OptOutRecord, slot: &Slot) -> bool {
    matches!(Declines::parse(&record.value), Some(day @ Declines::Day(_)) if day.slot(slot, ""))
}

/// Settles what waited, and says whether it declines.
fn settle(pass: &Pass, draft: &mut Draft, i: usize, slot: Option<&Slot>) -> bool {
    let record = draft.status.opt_outs[i].clone();
    let limit = Declines::parse(&record.value).is_some_and(|declines| deferral::limit_reached(pass, draft, &declines, false));
    let Some(verdict) = comes_to(&record, limit) else { return false };
    if record.verdict == Verdict::Noted {
        // What is declined keeps the date that was lost in this very turn: its answer says that it is off. What is not, is about the next.
        let own = record.lost.filter(|_| verdict == Verdict::Accepted);
        ledger::settle(draft, i, verdict, slot.or(own.as_ref()));
    } else if record.slot.is_none() {
        ledger::settle(draft, i, verdict, slot);
    } else {
        // What came too late for one slot stays on record beside what it is for the next.
        let (lost, slot) = (slot.cloned(), slot.map(|slot| slot.opens.clone()));
        ledger::open(draft, OptOutRecord { slot, lost, verdict, ..record });
    }
    if verdict == Verdict::Accepted {
        deferral::count(pass, draft);
    }
    verdict == Verdict::Accepted
}

/// An opt-out of a version that came too late for a slot is in time for the next one, where that slot was not used or its upgrade
/// failed: it is noted, so that it holds although its annotation may be gone by then.
///
/// Where the slot is lost in the very turn that judged it, nobody was told yet that it goes ahead: there is one answer, and it names the
/// date that is off.
pub fn carry_over(draft: &mut Draft, opens: &str) {
    let unused = |r: &OptOutRecord| ledger::next(Some(r.verdict), &Declines::parse(&r.value)?, Happening::Unused);
    let mut records = draft.status.opt_outs.iter().enumerate().filter(|(_, r)| r.slot.as_deref() == Some(opens));
    let carried = records.find_map(|(i, r)| Some((i, r.clone(), unused(r)?)));
    let Some((i, record, verdict)) = carried else { return };
    if draft.answers.iter().any(|answer| answer.record == record) {
        ledger::settle(draft, i, verdict, record.lost.as_ref());
    } else {
        ledger::open(draft, OptOutRecord { slot: None, lost: None, verdict, ..record });
    }
}
