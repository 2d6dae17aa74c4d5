//! Whether a tenant has a date, gets one, and what holds it.

use jiff::Timestamp;

use crate::{
    api::{
        condition,
        tenant::{Holds, Management},
    },
    plan::{
        consent::answer,
        gates,
        output::{
            hold::{Gate, Hold},
            story::{Story, StoryEvent},
        },
        pass::{Pass, wake::later},
        record::draft::Draft,
        release::rings,
        slot::{
            again::again,
            give::give,
            restore::{Back, restore},
            search::{Found, no_time, search},
        },
    },
};

/// Finds a slot where nothing is announced yet, and says what holds what is planned.
pub fn settle<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, back: Option<Back>, mut holds: Vec<Hold>) -> Vec<Hold> {
    if draft.in_flight() {
        answer::tell(pass, draft);
        // Nothing holds it any more, but what a person wrote and nobody can read must not be silent.
        return holds.into_iter().filter(|hold| hold.gate == Gate::Manifest).collect();
    }
    let restored = back.map(|back| restore(pass, draft, back));
    let mut gated = gates::of_draft(pass, draft);
    let found = if draft.slot().is_none() { look(pass, draft, &holds, &gated) } else { Found::Nothing };
    draft.expect(None);
    // Answers come before the new date that follows from them.
    answer::tell(pass, draft);
    draft.stories.extend(restored);
    match found {
        Found::Slot(slot) => {
            give(pass, draft, slot);
            dated(pass, draft);
            gated = gates::of_draft(pass, draft);
        }
        Found::Expected(at, passed) => {
            draft.expect(Some(at));
            dated(pass, draft);
            holds.extend(passed.map(|opens| passed_over(draft, &holds, &opens)));
        }
        Found::Again => gated = gates::of_draft(pass, draft),
        Found::Hold(hold) => holds.push(hold),
        Found::Nothing => {}
    }
    holds.extend(gated);
    for until in holds.iter().filter_map(|hold| hold.until) {
        pass.wake.at(until);
    }
    if let Some(over) = starts_end(pass, draft) {
        pass.wake.at(over);
    }
    holds.sort_by_key(|hold| hold.gate);
    holds.dedup_by(|a, b| a.gate == b.gate && a.reason == b.reason);
    holds
}

fn starts_end(pass: &Pass, draft: &Draft) -> Option<Timestamp> {
    let (upgrade, slot) = draft.slot()?;
    let release = pass.release(&upgrade.release, &upgrade.release_uid);
    Some(later(gates::time_left::last_start(pass, &draft.status, release, slot)?, 1))
}

fn dated(pass: &mut Pass, draft: &Draft) {
    if let Some(upgrade) = &draft.status.upgrade {
        rings::dated(pass, &draft.spec.ring, upgrade);
    }
}

/// Tells of a date that passes unannounced, once: from then on the condition says so.
fn passed_over(draft: &mut Draft, holds: &[Hold], opens: &str) -> Hold {
    let hold = no_time(opens);
    let told =
        condition::get(&draft.seen.conditions, condition::UP_TO_DATE).is_some_and(|c| c.message.starts_with(&hold.message));
    if !told && holds.iter().all(|hold| hold.waiting) {
        let (slot, message) = (Some(opens.to_owned()), Some(hold.message.clone()));
        let story = Story { slot, message, ..draft.story(StoryEvent::NoTimeToAnnounce) };
        draft.tell(story);
    }
    hold
}

/// Looks for a slot, if one is wanted and nothing holds it.
fn look<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, holds: &[Hold], gated: &[Hold]) -> Found {
    if draft.spec.management == Management::Unmanaged {
        draft.plan(None);
    }
    let held = holds.iter().chain(gated).any(|hold| hold.holds == Holds::Slot);
    if held || draft.status.upgrade.is_none() {
        Found::Nothing
    } else if again(pass, draft) {
        Found::Again
    } else {
        search(pass, draft)
    }
}
