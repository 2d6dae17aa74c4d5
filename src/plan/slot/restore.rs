//! Rule R12: the slot that an opt-in asks back.

use crate::{
    api::{
        reasons,
        tenant::{HistoryEntry, Slot, SlotResult},
    },
    plan::{
        consent::judge as consent,
        output::story::{Story, StoryEvent},
        pass::Pass,
        record::{
            draft::{Draft, Ended},
            ids, receipts,
        },
        slot::{give::hold, lose},
    },
};

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
