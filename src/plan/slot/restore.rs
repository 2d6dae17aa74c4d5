//! Rule R12: the slot that an opt-in in time brings back, with its own times, under its first notice.

use crate::{
    api::{
        Version,
        notice_key::NoticeKey,
        reason::Reason,
        tenant::{HistoryEntry, Slot, SlotResult, Upgrade, Verdict},
        upgrade_id::Stem,
    },
    plan::{
        consent::{answer, comes_up::declines_occurrence},
        output::story::{Story, StoryEvent},
        pass::{Pass, wake::earlier},
        record::{
            draft::{Draft, Ended},
            ids,
        },
        release::change::Span,
        slot::{give::hold, lose, review::lost_release},
        target::choice::{held_back, next},
    },
};

/// A slot that comes back.
pub struct Back {
    slot: Slot,
    stem: Stem,
    upgrade: Upgrade,
    /// The key of the answer to the opt-in, which says that the date stands again.
    answer: NoticeKey,
}

/// Whether the slot that is asked back can come back: it lies ahead, its place is free, its notice had arrived, and nothing takes it
/// away again at once. What only holds a start (a suspension, a pin) holds it when it is back.
pub fn find<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, slot: Slot) -> Option<Back> {
    let window = draft.spec.window_ref.name.as_str();
    if slot.window != window || !usable(pass, &slot) {
        return None;
    }
    let declined = |e: &&HistoryEntry| e.slot == slot.opens && e.result == SlotResult::OptedOut && e.noticed;
    let entry = draft.status.history.iter().find(declined)?.clone();
    let stem = entry.id.stem().clone();
    let upgrade = upgrade(pass, draft, &entry, &slot, &stem)?;
    // Nor may another opt-out stand against it.
    if declines_occurrence(pass, draft, &slot) {
        return None;
    }
    let undone =
        draft.answers.iter_mut().find(|a| a.record.verdict == Verdict::Undone && a.record.slot.as_ref() == Some(&slot.opens))?;
    undone.deliver_by = Some(earlier(slot.opens_at, 1));
    let undone = undone.record.clone();
    pass.take_place(window, slot.opens_at);
    Some(Back { answer: answer::key(draft, &undone), slot, stem, upgrade })
}

/// The upgrade of a slot that was declined, if its release still carries it.
fn upgrade(pass: &Pass, draft: &mut Draft, entry: &HistoryEntry, slot: &Slot, stem: &Stem) -> Option<Upgrade> {
    let to: Version = entry.to.parse().ok()?;
    let release = pass.channel(&draft.spec.channel).iter().find(|release| *release.version == to)?;
    let announced = ids::is_of(stem, &draft.tenant.meta.uid, release.uid, slot, draft.status.history.len());
    let ahead = draft.running.as_ref().is_ok_and(|running| *running >= to && entry.from != entry.to);
    let other = draft.slot().is_some_and(|(upgrade, _)| upgrade.to != entry.to);
    let outside = Span::of(release.spec).is_some_and(|span| span.first_in(slot.opens_at, slot.closes_at).is_none());
    if other || ahead || outside || !announced || lost_release(release).is_some() {
        return None;
    }
    if held_back(pass, draft, &[release]).is_some() {
        return None;
    }
    let planned = draft.status.upgrade.clone().filter(|upgrade| upgrade.to == entry.to);
    let from = draft.running.clone().ok().or_else(|| entry.from.parse().ok())?;
    Some(planned.unwrap_or_else(|| next(draft, &from, &[release])))
}

/// The window still has room for a slot that it gave before, and nothing forbids it by now.
fn usable(pass: &Pass, slot: &Slot) -> bool {
    let Some(window) = pass.window(&slot.window) else { return false };
    let frozen = window.schedule.as_ref().is_ok_and(|schedule| schedule.frozen(slot.opens_at, slot.closes_at).is_some());
    pass.now < slot.opens_at && !frozen && pass.has_place(&slot.window, slot.opens_at)
}

/// Brings it back, with what is to be told. The answer to the opt-in says so to the customer: no other notice is needed, and the start
/// waits until that was accepted.
pub fn restore(pass: &mut Pass, draft: &mut Draft, back: Back) -> Story {
    let Back { slot, stem, upgrade, answer } = back;
    // The history has one entry for each slot that ended: this one has not, and the date that it replaces has.
    draft.status.history.retain(|entry| *entry.id.stem() != stem);
    draft.record(pass, Ended::new(SlotResult::Moved, Reason::OptedIn, "an earlier date came back"));
    draft.status.upgrade = Some(Upgrade { attempt: 1, ..upgrade });
    hold(pass, draft, slot, &stem);
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.reinstated_by = Some(answer);
    }
    draft.supersede(lose::SLOT_NOTICES, &NoticeKey::slot(&stem).into());
    Story { reason: Some(Reason::OptedIn.into()), ..draft.story(StoryEvent::SlotReplanned) }
}
