//! Rule R12: what takes an opt-out back.

use jiff::Timestamp;

use super::{
    answer::about,
    deferral,
    ledger::{self, Happening},
    preview,
    said::{at_the_latest, said_at, said_by},
    value::{Declines, same},
};
use crate::{
    api::tenant::{OptOutRecord, Slot, SlotResult, Verdict},
    plan::{
        output::{Class, story::StoryEvent},
        pass::Pass,
        record::draft::{Answer, Draft},
    },
};

/// R12: only an opt-in of the same value, said later, takes an opt-out back: a day before its cut-off, a version at any time. It
/// asks the slot back that was lost.
pub fn undo(pass: &Pass, draft: &mut Draft) -> Option<Slot> {
    forget_old_opt_ins(draft);
    let said = draft.tenant.opt_in.as_ref()?;
    let i = preview::taken_back(&draft.status.opt_outs, &said.value, |r| !r.opt_in_stood)?;
    if draft.in_flight() {
        return None;
    }
    let record = draft.status.opt_outs[i].clone();
    let asked = said_at(pass, said);
    // In doubt the opt-out stands: only an instant that is known takes it back.
    let late = record.lost.as_ref().is_some_and(|slot| at_the_latest(said) > slot.opt_out_until);
    if late && !is_version(&record) {
        too_late(draft, i);
        return None;
    }
    take_back(draft, i, asked, said_by(pass, said).as_deref());
    // Past its cut-off the slot is spent, and so is the deferral.
    if record.verdict != Verdict::Accepted || late {
        return None;
    }
    deferral::forgive(draft);
    record.lost
}

fn is_version(record: &OptOutRecord) -> bool {
    matches!(Declines::parse(&record.value), Some(Declines::Version(_)))
}

/// This record, and what shares its fate: all that the same value still says, but for other dates that a day declined.
fn take_back(draft: &mut Draft, i: usize, asked: Timestamp, by: Option<&str>) {
    let (value, version) = (draft.status.opt_outs[i].value.clone(), is_version(&draft.status.opt_outs[i]));
    let opens = draft.status.opt_outs[i].slot.clone();
    let announced = draft.status.history.iter().any(|e| e.result == SlotResult::OptedOut && Some(&e.slot) == opens.as_ref())
        || draft.slot().is_some_and(|(_, slot)| Some(&slot.opens) == opens.as_ref());
    let mut told = None;
    for (n, record) in draft.status.opt_outs.iter_mut().enumerate() {
        let shares = same(&record.value, &value) && (record.verdict == Verdict::Noted || version);
        let Some(declines) = Declines::parse(&record.value).filter(|_| n == i || shares) else { continue };
        let Some(verdict) = ledger::next(Some(record.verdict), &declines, Happening::OptIn) else { continue };
        (record.verdict, record.lost) = (verdict, None);
        (record.undone_at, record.undone_by) = (Some(asked), by.map(str::to_owned));
        if n == i {
            told = Some(Answer { record: record.clone(), announced, deliver_by: None });
        }
    }
    draft.answers.extend(told);
    draft.urgent(Class::StopOrVerdict);
}

/// It is told once: from then on the opt-in is one that stood there before.
fn too_late(draft: &mut Draft, i: usize) {
    let record = draft.status.opt_outs[i].clone();
    let shares = |r: &OptOutRecord| r.verdict == Verdict::Noted && same(&r.value, &record.value);
    for (n, other) in draft.status.opt_outs.iter_mut().enumerate() {
        other.opt_in_stood |= n == i || shares(other);
    }
    let mut story = about(draft, StoryEvent::OptInTooLate, &record);
    story.message = Some(format!("opt-in {:?} came after the cut-off: the opt-out stands, with the next date", record.value));
    draft.tell(story);
    draft.urgent(Class::StopOrVerdict);
}

/// An opt-in that stood before an opt-out counts again once it was removed or changed.
fn forget_old_opt_ins(draft: &mut Draft) {
    let opt_in = draft.tenant.opt_in.as_ref().map(|said| said.value.as_str());
    let over = |record: &OptOutRecord| record.opt_in_stood && !opt_in.is_some_and(|opt_in| same(opt_in, &record.value));
    if draft.status.opt_outs.iter().any(over) {
        draft.status.opt_outs.iter_mut().filter(|record| over(record)).for_each(|record| record.opt_in_stood = false);
    }
}
