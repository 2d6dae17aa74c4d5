//! Rule R12: what takes a no back.

use crate::{
    api::tenant::{OptOutRecord, Verdict},
    plan::{
        consent::{
            judge::{self as consent, about},
            said::{said_at, said_by},
            value::Declines,
        },
        output::{Class, story::StoryEvent},
        pass::Pass,
        record::draft::Draft,
    },
};

/// R12: only an opt-in of the same value, said later and before the cut-off, takes a verdict back.
pub fn undo(pass: &Pass, draft: &mut Draft) {
    forget_old_opt_ins(draft);
    let Some(said) = &draft.tenant.opt_in else { return };
    let takes_back = |r: &OptOutRecord| same(&r.value, &said.value) && r.verdict.stands() && !r.opt_in_stood;
    // The verdict on a slot goes before the note of its day that stands beside it, and that shares its fate.
    let on_a_slot = |r: &OptOutRecord| takes_back(r) && r.lost.is_some();
    let opt_outs = &draft.status.opt_outs;
    let Some(i) = opt_outs.iter().position(on_a_slot).or_else(|| opt_outs.iter().position(takes_back)) else { return };
    let record = opt_outs[i].clone();
    let asked = said_at(pass, said);
    // In doubt the no stands: only an instant that is known takes it back.
    let late = record.lost.as_ref().is_some_and(|slot| asked > slot.opt_out_until);
    if draft.in_flight() {
        return;
    }
    // A refused version may be asked for at any time; a day that is over is over.
    if late && !matches!(Declines::parse(&record.value), Some(Declines::Version(_))) {
        return too_late_to_undo(draft, i);
    }
    let by = said_by(pass, said);
    for undone in with_notes(draft, i) {
        (undone.verdict, undone.lost) = (Verdict::Undone, None);
        (undone.undone_at, undone.undone_by) = (Some(asked), by.clone());
    }
    let answer_to = draft.status.opt_outs[i].clone();
    let mut story = about(draft.story(StoryEvent::OptOutUndone), &record);
    story.message = Some(format!("opt-out {:?} taken back by opt-in", record.value));
    draft.tell(story);
    draft.urgent(Class::StopOrVerdict);
    consent::answer(pass, draft, &answer_to);
    if record.verdict == Verdict::Accepted && !late {
        forgive(draft);
        draft.asked_back = record.lost;
    }
}

/// It is told once: from then on the opt-in is one that stood there before.
fn too_late_to_undo(draft: &mut Draft, i: usize) {
    let record = draft.status.opt_outs[i].clone();
    with_notes(draft, i).for_each(|r| r.opt_in_stood = true);
    let mut story = about(draft.story(StoryEvent::OptInTooLate), &record);
    story.message = Some(format!("opt-in {:?} came after the cut-off: the opt-out stands, with the next date", record.value));
    draft.tell(story);
    draft.urgent(Class::StopOrVerdict);
}

/// This record, and the standing notes of the same value: they have no slot of their own.
fn with_notes<'d>(draft: &'d mut Draft, i: usize) -> impl Iterator<Item = &'d mut OptOutRecord> {
    let value = draft.status.opt_outs[i].value.clone();
    let note = move |r: &OptOutRecord| r.verdict == Verdict::Noted && same(&r.value, &value);
    draft.status.opt_outs.iter_mut().enumerate().filter(move |(n, r)| *n == i || note(r)).map(|(_, r)| r)
}

/// Whether two values name the same day, or the same version.
pub fn same(one: &str, other: &str) -> bool {
    one == other || Declines::parse(one).is_some_and(|one| Some(one) == Declines::parse(other))
}

/// An opt-in that stood before an opt-out counts again once it was removed or changed.
fn forget_old_opt_ins(draft: &mut Draft) {
    let opt_in = draft.tenant.opt_in.as_ref().map(|said| said.value.as_str());
    let over = |record: &OptOutRecord| record.opt_in_stood && !opt_in.is_some_and(|opt_in| same(opt_in, &record.value));
    if draft.status.opt_outs.iter().any(over) {
        draft.status.opt_outs.iter_mut().filter(|record| over(record)).for_each(|record| record.opt_in_stood = false);
    }
}

fn forgive(draft: &mut Draft) {
    let Some(deferrals) = &mut draft.status.deferrals else { return };
    deferrals.count = deferrals.count.saturating_sub(1);
    if deferrals.count == 0 {
        draft.status.deferrals = None;
    }
}
