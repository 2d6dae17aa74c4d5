//! Rules R7 and R8: when a tenant is upgraded, and what takes a slot away.

use jiff::Timestamp;

use super::{
    announce, consent,
    draft::{Draft, Ended, NewNotice},
    gates::{Gate, Hold},
    ids,
    pass::Pass,
    story::StoryEvent,
    wake::{earlier, later},
};
use crate::{
    api::{
        reasons,
        tenant::{NoticeKind, Slot, SlotResult},
    },
    calendar::Occurrence,
};

/// The time that a notice gets to be delivered before its deadline, in seconds.
const DELIVERY: i64 = 15 * 60;

/// The slot that an occurrence gives.
pub fn slot(window: &str, occurrence: &Occurrence) -> Slot {
    Slot {
        opens: occurrence.opens.clone(),
        window: window.into(),
        opens_at: occurrence.opens_at,
        closes_at: occurrence.closes_at,
        opt_out_until: occurrence.opt_out_until,
        notice_until: occurrence.notice_until,
    }
}

/// The occurrence of this name, if the window still has it.
pub fn occurrence(pass: &Pass, window: &str, opens: &str) -> Option<Occurrence> {
    pass.schedule(window)?.at_opening(opens.parse().ok()?)
}

/// R8: takes the slot away for what makes it void. Everything else only holds the start, while it lasts.
pub fn review(pass: &mut Pass, draft: &mut Draft) {
    if draft.in_flight() {
        return;
    }
    let Some((_, slot)) = draft.slot() else { return };
    for at in super::gates::instants(slot) {
        pass.wake.at(at);
    }
    if let Some(ended) = void(pass, draft) {
        lose(pass, draft, ended);
    }
}

fn void(pass: &Pass, draft: &Draft) -> Option<Ended> {
    let (upgrade, slot) = draft.slot()?;
    let moved = |reason, message: String| Some(Ended::new(SlotResult::Moved, reason, message));
    if draft.running.as_ref().is_ok_and(|running| running.to_string() == upgrade.to) && upgrade.from != upgrade.to {
        return moved(reasons::ALREADY_RUNNING, format!("{} runs already", upgrade.to));
    }
    if pass.now >= slot.closes_at {
        return Some(Ended::new(SlotResult::Missed, reasons::SLOT_CLOSED, missed(draft)));
    }
    if draft.spec.window_ref.name != slot.window {
        return moved(reasons::WINDOW_CHANGED, format!("the tenant's window is {:?} now", draft.spec.window_ref.name));
    }
    let Some(window) = pass.window(&slot.window) else {
        return moved(reasons::WINDOW_DELETED, format!("window {:?} was deleted", slot.window));
    };
    if let Some(freeze) = window.schedule.as_ref().ok().and_then(|schedule| schedule.frozen(slot.opens_at, slot.closes_at)) {
        return moved(reasons::FROZEN, format!("freeze: {freeze}"));
    }
    if let Some((reason, message)) = release_lost(pass, draft) {
        return moved(reason, message);
    }
    let overdue = pass.now > later(slot.notice_until, announce::RECEIPTS_SETTLE);
    if overdue && !announce::delivered(&draft.status, draft.spec, upgrade, slot) {
        return moved(reasons::NOTICE_NOT_DELIVERED, announce::undelivered(&draft.status, upgrade, slot));
    }
    None
}

/// Why the slot's release does not carry it any more.
fn release_lost(pass: &Pass, draft: &Draft) -> Option<(&'static str, String)> {
    let (upgrade, _) = draft.slot()?;
    // A manifest that does not parse any more is no decision of anyone: its gates hold the start, the slot stays.
    let object = pass.fleet.releases.get(&upgrade.release).filter(|release| release.meta.uid == upgrade.release_uid);
    let Some(object) = object else {
        return Some((reasons::RELEASE_DELETED, format!("DashboardRelease {:?} was deleted", upgrade.release)));
    };
    let spec = object.spec.as_ref().ok()?;
    if spec.channel != draft.spec.channel {
        return Some((reasons::CHANNEL_CHANGED, format!("the tenant follows channel {:?} now", draft.spec.channel)));
    }
    let release = pass.release(&upgrade.release, &upgrade.release_uid)?;
    let lost = |reason| matches!(reason, reasons::WITHDRAWN | reasons::REJECTED | reasons::PENDING_APPROVAL);
    let held = [&release.brake, &release.approved].into_iter().filter_map(|r| r.as_ref().err()).find(|held| lost(held.reason))?;
    let reason = if held.reason == reasons::PENDING_APPROVAL { reasons::APPROVAL_REMOVED } else { held.reason };
    Some((reason, format!("release {}: {}", upgrade.to, held.message)))
}

/// What held the start of a slot that closed unused, as far as its status says.
fn missed(draft: &Draft) -> String {
    match draft.seen.blockers.first() {
        Some(blocker) => format!("the slot closed unused: {}", blocker.message),
        None => "the slot closed before the upgrade could start".into(),
    }
}

/// Ends the announced slot: history, stories, and words to whoever had its notice.
pub fn lose(pass: &Pass, draft: &mut Draft, ended: Ended) {
    let Some((upgrade, slot)) = draft.slot() else { return };
    let (stem, opens, to) = (draft.stem(upgrade, slot), slot.opens.clone(), upgrade.to.clone());
    let reason = ended.reason.clone().unwrap_or_default();
    if ended.result == SlotResult::Missed {
        let mut story = draft.story(StoryEvent::SlotMissed);
        story.reason = Some(reason.clone());
        story.message.clone_from(&ended.message);
        draft.tell(story);
    }
    let by_customer = ended.result == SlotResult::OptedOut;
    draft.record(pass, ended);
    draft.supersede(&[NoticeKind::Planned, NoticeKind::Moved, NoticeKind::Postponed], &reason);
    // Who declined knows; who was never told need not hear that it is off.
    let told = draft.status.notices.iter().any(|n| n.key == ids::slot_notice(&stem) && n.delivered_at.is_some());
    if told && !by_customer {
        postpone(pass, draft, &stem, &opens, &to, &reason);
    }
    if let Some(upgrade) = &mut draft.status.upgrade {
        (upgrade.slot, upgrade.id, upgrade.consent, upgrade.attempt) = (None, None, None, 1);
        upgrade.replans += 1;
        upgrade.replanned_for = Some(reason);
    }
}

/// Tells that a slot may not be kept, or is gone: once for each slot.
pub fn postpone(pass: &Pass, draft: &mut Draft, stem: &str, opens: &str, to: &str, reason: &str) {
    let key = ids::postponed_notice(stem);
    let notice = NewNotice {
        key,
        kind: NoticeKind::Postponed,
        release: to.into(),
        slot: Some(opens.into()),
        reason: Some(reason.into()),
        deliver_by: None,
    };
    draft.note(pass, &notice);
}

/// R7: looks for a slot for the planned upgrade. Far away it is only expected; within reach it is given and announced.
pub fn plan<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) -> Option<Hold> {
    let window = draft.spec.window_ref.name.as_str();
    let spec = pass.window(window)?.spec.as_ref().ok()?;
    let earliest = later(pass.now, spec.notice.as_secs() + DELIVERY);
    let reach = later(pass.now, spec.announce_ahead.as_secs());
    let upcoming: Vec<Occurrence> = {
        let found = pass.occurrences(window);
        let first = found.partition_point(|o| o.opens_at < earliest);
        found[first..].to_vec()
    };
    for occurrence in upcoming.iter().filter(|o| o.frozen.is_none()) {
        // The tenant's own place is given back by the very write that takes the next one.
        let own = draft.seen.upgrade.as_ref().and_then(|u| u.slot.as_ref());
        let own = own.is_some_and(|own| own.window == window && own.opens_at == occurrence.opens_at);
        if !own && !pass.has_place(window, occurrence.opens_at) {
            continue;
        }
        let slot = slot(window, occurrence);
        let tentative = occurrence.opens_at > reach;
        let declined =
            if tentative { consent::would_decline(pass, draft, &slot) } else { consent::declines_occurrence(pass, draft, &slot) };
        if declined {
            continue;
        }
        if !own {
            pass.take_place(window, occurrence.opens_at);
        }
        if tentative {
            expect(pass, draft, occurrence.opens_at, spec.announce_ahead.as_secs());
        } else {
            give(pass, draft, slot, "");
        }
        return None;
    }
    let message = format!("UpgradeWindow {window:?} has no occurrence left that is neither frozen nor full");
    Some(Hold::slot(Gate::Window, reasons::NO_OCCURRENCE, message))
}

fn expect(pass: &mut Pass, draft: &mut Draft, opens_at: Timestamp, ahead: i64) {
    pass.wake.at(earlier(opens_at, ahead));
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.expected_at = Some(opens_at);
    }
}

/// Gives the slot and writes its notice down, in the same write. `restored` names why a slot comes back, else is empty.
pub fn give(pass: &mut Pass, draft: &mut Draft, slot: Slot, restored: &str) {
    let uid = draft.tenant.meta.uid.clone();
    let Some(upgrade) = &mut draft.status.upgrade else { return };
    let stem = ids::stem(&uid, &upgrade.release_uid, &slot.opens);
    upgrade.id = Some(ids::upgrade(&stem, upgrade.attempt));
    (upgrade.expected_at, upgrade.consent) = (None, None);
    let (to, opens, notice_until) = (upgrade.to.clone(), slot.opens.clone(), slot.notice_until);
    let first = upgrade.replans == 0 && restored.is_empty();
    let reason = if restored.is_empty() { upgrade.replanned_for.clone() } else { Some(restored.into()) };
    for at in super::gates::instants(&slot) {
        pass.wake.at(at);
    }
    upgrade.slot = Some(slot);
    let (kind, event) =
        if first { (NoticeKind::Planned, StoryEvent::SlotPlanned) } else { (NoticeKind::Moved, StoryEvent::SlotReplanned) };
    let (key, deliver_by) =
        if restored.is_empty() { (ids::slot_notice(&stem), Some(notice_until)) } else { (ids::restored_notice(&stem), None) };
    let kind = if restored.is_empty() { kind } else { NoticeKind::Planned };
    // The new date says why the old one is gone: a second message would only confuse.
    draft.supersede(&[NoticeKind::Planned, NoticeKind::Moved, NoticeKind::Postponed], &key);
    draft.note(pass, &NewNotice { key, kind, release: to, slot: Some(opens), reason: reason.clone(), deliver_by });
    let mut story = draft.story(event);
    story.reason = reason.filter(|_| !first);
    draft.tell(story);
}
