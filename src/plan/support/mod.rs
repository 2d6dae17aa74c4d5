//! Rules R27 to R29: until when what a tenant runs and uses is supported, by when it must have left it, and who is told of that.

mod dependency;
mod notices;
mod release;
mod room;
pub mod runway;

use std::borrow::Cow;

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
    let before = draft.status.support.clone();
    let all = all(pass, draft, known, &before);
    let all: Vec<&Support> = all.iter().map(AsRef::as_ref).collect();
    say(draft, &all[..all.len().min(MOST)], &before);
    notices::tell(pass, draft, &all);
}

/// All of it, the most urgent first. Of what runs nothing may be known. What was said before is not made anew: in most turns that is all.
fn all<'a, 's>(
    pass: &mut Pass<'a>,
    draft: &Draft<'a>,
    known: Option<Vec<Known>>,
    before: &'s [Support],
) -> Vec<Cow<'s, Support>> {
    let mut all: Vec<_> = match known {
        Some(known) => known.into_iter().map(|known| Cow::Owned(known.support)).collect(),
        None => before.iter().filter(|said| said.dependency.is_none()).map(Cow::Borrowed).collect(),
    };
    all.extend(dependency::support(pass, draft, before));
    all.sort_by(|one, other| order(one).cmp(&order(other)));
    all
}

/// What the status has room for.
fn say(draft: &mut Draft, support: &[&Support], before: &[Support]) {
    if support.iter().copied().eq(before) {
        return;
    }
    for new in support.iter().filter(|now| !before.iter().any(|before| told(before) == told(now))) {
        let story = story(draft, new);
        draft.tell(story);
    }
    draft.status.support = support.iter().copied().cloned().collect();
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
