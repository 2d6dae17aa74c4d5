//! Rules R7 and R8: when a tenant is upgraded, and what takes a slot away.

use jiff::Timestamp;

use super::{
    announce, consent,
    draft::{Draft, Ended, NewNotice},
    hold::{Gate, Hold},
    ids, lose,
    pass::Pass,
    receipts,
    story::{Story, StoryEvent},
    wake::{earlier, later},
};
use crate::{
    api::{
        Version, reasons,
        tenant::{HistoryEntry, NoticeKind, Slot, SlotResult},
    },
    calendar::{DELIVERY, Occurrence},
};

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
    match void(pass, draft) {
        Some(ended) => lose::lose(pass, draft, ended),
        None => announce::tell_new_contacts(pass, draft),
    }
}

fn void(pass: &Pass, draft: &Draft) -> Option<Ended> {
    let (upgrade, slot) = draft.slot()?;
    let moved = |reason, message: String| Some(Ended::new(SlotResult::Moved, reason, message));
    if draft.running.as_ref().is_ok_and(|running| upgrade.to.parse().is_ok_and(|to: Version| *running >= to))
        && upgrade.from != upgrade.to
    {
        return moved(reasons::ALREADY_RUNNING, format!("{} runs already", upgrade.to));
    }
    if pass.now >= slot.closes_at {
        return Some(missed(pass, draft));
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
    let overdue = pass.now > later(slot.notice_until, receipts::SETTLE);
    if overdue && !draft.notice_delivered() {
        let message = announce::undelivered(&draft.status, draft.stem().unwrap_or_default(), slot);
        return moved(reasons::NOTICE_NOT_DELIVERED, message);
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

/// A slot that closed unused, with what held its start: what people must mend before what only took its time.
fn missed(pass: &Pass, draft: &Draft) -> Ended {
    let holds = super::gates::of_draft(pass, draft);
    let lasting = holds.iter().find(|hold| !hold.waiting || hold.reason == reasons::CONCURRENCY);
    let Some(hold) = lasting else {
        let message = "the slot closed unused: the operator did not run, or the time was too short";
        return Ended::new(SlotResult::Missed, reasons::SLOT_CLOSED, message);
    };
    Ended::new(SlotResult::Missed, hold.reason, format!("the slot closed unused: {}", hold.message))
}

/// R7: looks for a slot for the planned upgrade. Far away it is only expected; within reach it is given and announced.
pub fn plan<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) -> Option<Hold> {
    let window = draft.spec.window_ref.name.as_str();
    let spec = pass.window(window)?.spec.as_ref().ok()?;
    let earliest = later(pass.now, spec.notice.as_secs() + DELIVERY.as_secs());
    let reach = later(pass.now, spec.announce_ahead.as_secs());
    // The tenant's own place is given back by the very write that takes the next one.
    let own = draft.seen.upgrade.as_ref().and_then(|u| u.slot.as_ref()).filter(|own| own.window == window);
    let mut next = if own.is_some() { 0 } else { pass.first_free(window, earliest) };
    while let Some(occurrence) = pass.upcoming(window, earliest, next) {
        next += 1;
        let own = own.is_some_and(|own| own.opens_at == occurrence.opens_at);
        if occurrence.frozen.is_some() || (!own && !pass.has_place(window, occurrence.opens_at)) {
            continue;
        }
        let slot = slot(window, &occurrence);
        let tentative = occurrence.opens_at > reach;
        let declined =
            if tentative { consent::would_decline(pass, draft, &slot) } else { consent::declines_occurrence(pass, draft, &slot) };
        if declined {
            // Its verdict is given when it would be announced.
            pass.wake.at(earlier(occurrence.opens_at, spec.announce_ahead.as_secs()));
            continue;
        }
        if !own {
            pass.take_place(window, occurrence.opens_at);
        }
        if tentative {
            expect(pass, draft, occurrence.opens_at, spec.announce_ahead.as_secs());
        } else {
            give(pass, draft, slot);
        }
        return None;
    }
    let message = format!("the next {next} occurrences of UpgradeWindow {window:?} are frozen, full or declined");
    Some(Hold::slot(Gate::Window, reasons::NO_OCCURRENCE, message))
}

fn expect(pass: &mut Pass, draft: &mut Draft, opens_at: Timestamp, ahead: i64) {
    pass.wake.at(earlier(opens_at, ahead));
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.expected_at = Some(opens_at);
    }
}

/// R12: with the place still free the slot that an opt-in asks back comes back, with its own times, under its first notice.
pub fn restore<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) {
    let window = draft.spec.window_ref.name.as_str();
    let Some(slot) = draft.asked_back.take().filter(|slot| slot.window == window && usable(pass, slot)) else { return };
    let Some(upgrade) = &draft.status.upgrade else { return };
    let declined = |e: &&HistoryEntry| e.slot == slot.opens && e.to == upgrade.to && e.result == SlotResult::OptedOut;
    let Some(stem) = draft.status.history.iter().find(declined).map(|entry| ids::stem_of(&entry.id).to_owned()) else { return };
    // Only a slot whose own notice arrived can come back: there is no time for another. And no other no may stand against it.
    let told = receipts::delivered(&draft.status, draft.spec, &stem);
    if !told || consent::declines_occurrence(pass, draft, &slot) {
        return;
    }
    pass.take_place(window, slot.opens_at);
    // The history has one entry for each slot that ended: this one has not, and the date that it replaces has.
    draft.status.history.retain(|entry| ids::stem_of(&entry.id) != stem);
    draft.record(pass, Ended::new(SlotResult::Moved, reasons::OPTED_IN, "an earlier date came back"));
    hold(pass, draft, slot, &stem);
    // The answer to the opt-in says that the date stands again: no other notice is needed.
    draft.supersede(lose::SLOT_NOTICES, &ids::slot_notice(&stem));
    let story = Story { reason: Some(reasons::OPTED_IN.into()), ..draft.story(StoryEvent::SlotReplanned) };
    draft.tell(story);
}

/// The window still has room for a slot that it gave before, and nothing forbids it by now.
fn usable(pass: &Pass, slot: &Slot) -> bool {
    let Some(schedule) = pass.schedule(&slot.window) else { return false };
    let ahead = pass.now < slot.opens_at;
    ahead && schedule.frozen(slot.opens_at, slot.closes_at).is_none() && pass.has_place(&slot.window, slot.opens_at)
}

/// Gives the slot and writes its notice down, in the same write.
fn give(pass: &mut Pass, draft: &mut Draft, slot: Slot) {
    let Some(upgrade) = &draft.status.upgrade else { return };
    let (to, opens, deliver_by) = (upgrade.to.clone(), slot.opens.clone(), Some(slot.notice_until));
    let given_before = draft.status.history.iter().filter(|entry| entry.slot == opens).count();
    let stem = ids::stem(&draft.tenant.meta.uid, &upgrade.release_uid, &slot, given_before);
    // The history says whether this release had a slot before, and why that is gone.
    let before = draft.status.history.iter().find(|entry| entry.to == to);
    let reason = before.map(|entry| entry.reason.clone().unwrap_or_else(|| reasons::RETRIED.into()));
    let (kind, event) = if reason.is_none() {
        (NoticeKind::Planned, StoryEvent::SlotPlanned)
    } else {
        (NoticeKind::Moved, StoryEvent::SlotReplanned)
    };
    hold(pass, draft, slot, &stem);
    let key = ids::slot_notice(&stem);
    // The new date says why the old one is gone: a second message would only confuse.
    draft.supersede(lose::SLOT_NOTICES, &key);
    draft.note(pass, &NewNotice { key, kind, release: to, slot: Some(opens), reason: reason.clone(), deliver_by });
    let story = Story { reason, ..draft.story(event) };
    draft.tell(story);
}

/// Holds the slot for the planned upgrade.
fn hold(pass: &mut Pass, draft: &mut Draft, slot: Slot, stem: &str) {
    for at in super::gates::instants(&slot) {
        pass.wake.at(at);
    }
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.id = Some(ids::upgrade(stem, upgrade.attempt));
        (upgrade.slot, upgrade.expected_at, upgrade.consent) = (Some(slot), None, None);
    }
}
