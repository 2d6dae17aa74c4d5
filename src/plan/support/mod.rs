//! Rules R27 to R29: until when what a tenant runs and uses is supported, by when it must have left it, and who is told of that.

mod dependency;
mod notices;
mod release;
mod room;
pub mod runway;

use jiff::civil::Date;

pub use room::room;

use self::{release::Known, room::leaves};
use crate::{
    api::tenant::{Runway, Support},
    plan::{
        output::story::{Story, StoryEvent},
        pass::Pass,
        record::draft::Draft,
        software::cycle::DASHBOARD,
    },
};

/// So many entries a status holds: what has ended, what nobody knows, then what ends first.
const MOST: usize = 16;

/// Says of what the tenant runs and uses until when it is supported, and tells the customer of what is theirs.
pub fn tell<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) {
    // While an upgrade runs, or while nobody knows what runs, what was said of that stands.
    let known = if draft.in_flight() || draft.running.is_err() { None } else { Some(release::support(pass, draft)) };
    // As it is for what letters say of the next date: that of this turn may be gone.
    draft.room = known.as_deref().map(|known| leaves(pass, draft, known)).unwrap_or_default();
    let support = say(pass, draft, known);
    notices::tell(pass, draft, &support);
}

/// All of it; the first stand in the status. Of what runs nothing may be known.
fn say<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, known: Option<Vec<Known>>) -> Vec<Support> {
    let mut all: Vec<_> = match known {
        Some(known) => known.into_iter().map(|known| known.support).collect(),
        None => draft.status.support.iter().filter(|said| said.dependency.is_none()).cloned().collect(),
    };
    all.extend(dependency::support(pass, draft));
    all.sort_by(|one, other| order(one).cmp(&order(other)));
    let support = &all[..all.len().min(MOST)];
    if *support == **draft.status.support {
        return all;
    }
    let before = std::mem::take(&mut draft.status.support);
    for new in support.iter().filter(|now| !before.iter().any(|before| told(before) == told(now))) {
        let story = story(draft, new);
        draft.tell(story);
    }
    draft.status.support = support.to_vec().into();
    all
}

/// The product first.
fn order(said: &Support) -> (bool, u8, Option<Date>, &str, &str, Option<&str>) {
    let Support { subject, version, dependency, ends_on, state, .. } = said;
    let urgent = match state {
        Runway::Ended => 0,
        Runway::Unknown => 1,
        _ => 2,
    };
    (subject != DASHBOARD, urgent, *ends_on, subject, version, dependency.as_deref())
}

/// What people are told of, once.
fn told(said: &Support) -> (&str, &str, Option<&str>, Option<Date>, Runway) {
    let Support { subject, version, dependency, ends_on, state, .. } = said;
    (subject, version, dependency.as_deref(), *ends_on, *state)
}

fn story(draft: &Draft, support: &Support) -> Story {
    // The version of the product that it is about, where it is about one.
    let release = match (&support.dependency, &draft.running) {
        (None, Ok(_)) if support.subject == DASHBOARD => Some(support.version.clone()),
        (None, Ok(running)) => Some(running.as_str().to_owned()),
        _ => None,
    };
    let message = Some(support.to_string());
    Story { release, slot: None, reason: Some(support.state.reason().into()), message, ..draft.story(StoryEvent::RunwayChanged) }
}
