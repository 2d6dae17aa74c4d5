//! Rule R10: reminders of an announced slot, so long before it opens as its window says.

use jiff::Timestamp;

use crate::{
    api::{
        notice_key::NoticeKey,
        tenant::{NoticeKind, Slot},
    },
    plan::{
        output::hold::Hold,
        pass::{Pass, wake::earlier},
        record::draft::{Draft, NewNotice},
    },
};

/// Writes the reminder down that is due, if one is. One that the operator was not there for is made good until the next one is
/// due, or the slot opens.
pub fn remind(pass: &mut Pass, draft: &mut Draft, holds: &[Hold]) {
    let Some((upgrade, slot)) = draft.slot() else { return };
    let ahead = reminders(pass, slot);
    if ahead.is_empty() || draft.in_flight() || pass.now >= slot.opens_at {
        return;
    }
    let passed = ahead.iter().take_while(|secs| earlier(slot.opens_at, **secs) <= pass.now).count();
    let next = ahead.get(passed).map_or(slot.opens_at, |secs| earlier(slot.opens_at, *secs));
    pass.wake.at(next);
    let Some(secs) = passed.checked_sub(1).map(|last| ahead[last]) else { return };
    // Whoever hears of a date for the first time, or is to hear that it may not be kept, needs no reminder of it.
    let held = holds.iter().any(|hold| !hold.waiting);
    if held || !draft.notice_delivered() || !announced_before(draft, earlier(slot.opens_at, secs)) {
        return;
    }
    let key = NoticeKey::reminder(&draft.stem().cloned().unwrap_or_default(), secs);
    let (release, slot) = (upgrade.to.clone(), Some(slot.opens.clone()));
    draft.supersede(&[NoticeKind::Reminder], &key.clone().into());
    draft.note(pass, &NewNotice { key, kind: NoticeKind::Reminder, release, slot, reason: None, deliver_by: Some(next) });
}

/// How long before the opening, in seconds, the earliest reminder first.
fn reminders(pass: &Pass, slot: &Slot) -> Vec<i64> {
    let spec = pass.window(&slot.window).and_then(|window| window.spec.as_ref().ok());
    let mut ahead: Vec<i64> = spec.into_iter().flat_map(|spec| &spec.reminders).map(|ahead| ahead.as_secs()).collect();
    ahead.sort_unstable_by_key(|secs| std::cmp::Reverse(*secs));
    ahead
}

fn announced_before(draft: &Draft, due: Timestamp) -> bool {
    let Some(stem) = draft.stem() else { return false };
    draft.status.notices.iter().any(|n| n.key.announces(stem) && n.created_at < due)
}
