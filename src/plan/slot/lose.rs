//! Rule R8: how a slot ends that was not used, and who is told.

use crate::{
    api::{
        notice_key::NoticeKey,
        reason::Reason,
        stored_reason::StoredReason,
        tenant::{HistoryEntry, NoticeKind, NoticeRecord, SlotResult},
        upgrade_id::Stem,
    },
    plan::{
        consent::comes_up::carry_over,
        output::story::StoryEvent,
        pass::Pass,
        record::draft::{Draft, Ended, Gone, NewNotice},
    },
};

/// Notices that a new date, or the end of the slot, makes void.
pub const SLOT_NOTICES: &[NoticeKind] = &[NoticeKind::Planned, NoticeKind::Moved, NoticeKind::Reminder, NoticeKind::Postponed];

/// Those of them that speak of a slot that stands. `Postponed` says what is left to say once it is gone.
const ANNOUNCEMENTS: &[NoticeKind] = &[NoticeKind::Planned, NoticeKind::Moved, NoticeKind::Reminder];

/// Ends the announced slot: history, stories, and words to whoever had its notice.
pub fn lose(pass: &Pass, draft: &mut Draft, ended: Ended) {
    // Only a success has no reason, and that is not lost.
    let (Some((upgrade, slot)), Some(reason)) = (draft.slot(), ended.reason) else { return };
    let (stem, opens, to) = (draft.stem().cloned().unwrap_or_default(), slot.opens.clone(), upgrade.to.clone());
    let closes_at = slot.closes_at;
    if ended.result == SlotResult::Missed {
        let mut story = draft.story(StoryEvent::SlotMissed);
        story.reason = Some(reason.into());
        story.message.clone_from(&ended.message);
        draft.tell(story);
    }
    let by_customer = ended.result == SlotResult::OptedOut;
    draft.record(pass, ended);
    carry_over(draft, &opens);
    // Who declined knows; who was never told need not hear that it is off, but that the date before is.
    let told = is_heard(draft, &stem);
    let to_be_told = told && !by_customer;
    draft.supersede(if to_be_told { ANNOUNCEMENTS } else { SLOT_NOTICES }, &reason.into());
    draft.gone = if to_be_told { Some(Gone { stem, opens, closes_at, to, reason }) } else { last_heard(draft).filter(|_| !told) };
    if let Some(upgrade) = &mut draft.status.upgrade {
        (upgrade.slot, upgrade.id, upgrade.consent, upgrade.attempt) = (None, None, None, 1);
        upgrade.reinstated_by = None;
    }
}

/// Whether somebody accepted a notice that says that this slot stands.
fn is_heard(draft: &Draft, stem: &Stem) -> bool {
    draft.status.notices.iter().any(|n| n.key.announces(stem) && n.delivered_at.is_some())
}

/// The date that somebody was told of last, and that is gone: the new date was to say so, and nobody heard of that one.
fn last_heard(draft: &Draft) -> Option<Gone> {
    let unused = |e: &&HistoryEntry| matches!(e.result, SlotResult::Missed | SlotResult::Moved);
    let mut earlier = draft.status.history.iter().skip(1).take_while(unused);
    let heard = earlier.find(|e| is_heard(draft, e.id.stem()))?;
    let reason = heard.reason.as_ref().and_then(StoredReason::known).unwrap_or(Reason::SlotClosed);
    let (stem, opens, to) = (heard.id.stem().clone(), heard.slot.clone(), heard.to.clone());
    // Its history does not hold the close; once it has opened, a word that it may not be kept was the last.
    Some(Gone { closes_at: opens.parse().ok()?, stem, opens, to, reason })
}

/// Tells that a slot may not be kept.
pub fn postpone(pass: &Pass, draft: &mut Draft, gone: Gone) {
    let key = NoticeKey::postponed(&gone.stem);
    tell(pass, draft, gone, key);
}

/// Tells that a slot is gone, unless the customer knows: from the answer to an opt-out of this turn, or from the word that it may not be
/// kept. That word is not the last where the date is off before it closes, or somebody was told of the date since: it stands in a calendar.
pub fn call_off(pass: &Pass, draft: &mut Draft, gone: Gone) {
    let answers = |n: &NoticeRecord| n.kind == NoticeKind::OptOutAccepted && n.created_at == pass.now;
    if draft.status.notices.iter().any(|n| answers(n) && n.slot.as_ref() == Some(&gone.opens)) {
        return;
    }
    let held = NoticeKey::postponed(&gone.stem);
    let held_at = draft.status.notices.iter().filter(|n| n.key == held).map(|n| n.created_at).min();
    let told_since = |at| draft.status.notices.iter().any(|n| n.key.announces(&gone.stem) && n.created_at >= at);
    // A word that a newer date made void, before anybody heard it, was none.
    let void = draft.status.notices.iter().any(|n| n.key == held && n.superseded_by.is_some());
    let stands = held_at.is_some_and(|at| pass.now < gone.closes_at || void || told_since(at));
    let key = if stands { NoticeKey::called_off(&gone.stem) } else { held };
    tell(pass, draft, gone, key);
}

fn tell(pass: &Pass, draft: &mut Draft, gone: Gone, key: NoticeKey) {
    let (kind, slot, reason) = (NoticeKind::Postponed, Some(gone.opens), Some(gone.reason.into()));
    draft.note(pass, &NewNotice { key, kind, release: gone.to, slot, reason, deliver_by: None });
}
