//! Rule R15, `deferral.untilEndOfLife`: what may be declined, so that the way out fits before the end (R28).

use super::release::{self, Known};
use crate::{
    api::Version,
    plan::{
        consent::{deferral::until_end_of_life, value::Declines},
        pass::Pass,
        record::{draft::Draft, room::Room},
    },
};

/// What the ends of what runs leave. Where nothing can be saved any more, nothing is kept; nor while nobody knows what runs.
pub fn room<'a>(pass: &mut Pass<'a>, draft: &Draft<'a>) -> Room {
    if !until_end_of_life(pass, &draft.spec.window_ref.name) || draft.in_flight() || draft.running.is_err() {
        return Room::default();
    }
    let known = release::support(pass, draft);
    leaves(pass, draft, &known)
}

/// The same by what is known of the ends; without `untilEndOfLife` that is nothing.
pub fn leaves<'a>(pass: &Pass<'a>, draft: &Draft<'a>, known: &[Known<'a>]) -> Room {
    let fit: Vec<_> = known.iter().filter_map(|known| known.spare).collect();
    if fit.is_empty() {
        return Room::default();
    }
    let dates = fit.iter().filter_map(|(ending, spare)| Some((u32::try_from(*spare).ok()?, ending.on))).min();
    let end_of = |version: &Version| fit.iter().find(|(ending, _)| !release::leads_past(pass, draft, ending, version));
    let needed = named(draft).into_iter().filter_map(|version| end_of(&version).map(|(ending, _)| (version, ending.on)));
    Room { dates, needed: needed.collect() }
}

/// The versions that somebody declines, or has declined.
fn named(draft: &Draft) -> Vec<Version> {
    let said = draft.tenant.opt_out.iter().map(|said| &said.value);
    let values = said.chain(draft.status.opt_outs.iter().map(|record| &record.value));
    let versions = values.filter_map(|value| match Declines::parse(value) {
        Some(Declines::Version(version)) => Some(version),
        _ => None,
    });
    versions.collect()
}
