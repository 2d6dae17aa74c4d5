//! Rule R7: a slot is given, and its notice written down in the same write.

use jiff::Timestamp;

use crate::{
    api::{
        notice_key::NoticeKey,
        reason::Reason,
        tenant::{NoticeKind, Slot},
        upgrade_id::{Stem, UpgradeId},
    },
    plan::{
        consent::deferral::none_left,
        output::story::{Story, StoryEvent},
        pass::{Pass, wake::later},
        record::{
            draft::{Draft, NewNotice},
            ids, receipts,
        },
        slot::lose,
        support,
    },
};

/// Gives the slot and writes its notice down, in the same write.
pub fn give<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, slot: Slot) {
    let Some(upgrade) = &draft.status.upgrade else { return };
    let (to, opens, deliver_by) = (upgrade.to.clone(), slot.opens.clone(), Some(slot.notice_until));
    let given_before = draft.status.history.iter().filter(|entry| entry.slot == opens).count();
    let stem = ids::stem(&draft.tenant.meta.uid, &upgrade.release_uid, &slot, given_before);
    // The history says whether this release had a slot before, and why that is gone.
    let before = draft.status.history.iter().find(|entry| entry.to == to);
    let reason = before.map(|entry| entry.reason.clone().unwrap_or(Reason::Retried.into()));
    let (kind, event) = if reason.is_none() {
        (NoticeKind::Planned, StoryEvent::SlotPlanned)
    } else {
        (NoticeKind::Moved, StoryEvent::SlotReplanned)
    };
    hold(pass, draft, slot, &stem);
    offer(pass, draft);
    let key = NoticeKey::slot(&stem);
    // The new date says why the old one is gone: a second message would only confuse.
    draft.supersede(lose::SLOT_NOTICES, &key.clone().into());
    draft.note(pass, &NewNotice { key, kind, release: to, slot: Some(opens), reason: reason.clone(), deliver_by });
    let story = Story { reason, ..draft.story(event) };
    draft.tell(story);
}

/// Its letter offers to decline it, if any date is left to be declined: this one takes part in that.
fn offer<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) {
    draft.room = support::room(pass, draft);
    let can_decline = !none_left(pass, draft);
    if let Some(slot) = draft.status.upgrade.as_mut().and_then(|upgrade| upgrade.slot.as_mut()) {
        slot.can_decline = can_decline;
    }
}

/// Holds the slot for the planned upgrade.
pub fn hold(pass: &mut Pass, draft: &mut Draft, slot: Slot, stem: &Stem) {
    for at in instants(&slot) {
        pass.wake.at(at);
    }
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.id = Some(UpgradeId::new(stem.clone(), upgrade.attempt));
        (upgrade.slot, upgrade.expected_at, upgrade.consent, upgrade.reinstated_by) = (Some(slot), None, None, None);
    }
}

/// The instants at which a gate of this slot may change its answer.
pub fn instants(slot: &Slot) -> [Timestamp; 5] {
    let settled = later(slot.opt_out_until, crate::plan::consent::silence::SETTLES_AFTER);
    [slot.notice_until, later(slot.notice_until, receipts::SETTLE + 1), settled, slot.opens_at, slot.closes_at]
}
