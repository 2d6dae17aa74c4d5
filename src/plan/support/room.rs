//! Rule R15, `deferral.untilEndOfLife`: what may be declined, so that the way out fits before the end (R28).

use super::release::{self, Ending, until_end_of_life};
use crate::{
    api::Version,
    plan::{
        consent::value::Declines,
        pass::Pass,
        record::{draft::Draft, room::Room},
    },
};

/// What the ends of what runs leave. Where nothing can be saved any more, nothing is kept; nor while nobody knows what runs.
pub fn room<'a>(pass: &mut Pass<'a>, draft: &Draft<'a>) -> Room {
    if !until_end_of_life(pass, &draft.spec.window_ref.name) || draft.in_flight() || draft.running.is_err() {
        return Room::default();
    }
    let fit: Vec<_> = release::support(pass, draft).into_iter().filter_map(|known| known.spare).collect();
    let dates = fit.iter().filter_map(|(ending, spare)| Some((u32::try_from(*spare).ok()?, ending.on))).min();
    let end_of = |version: &Version| fit.iter().find(|(ending, _)| !release::leads_past(pass, draft, ending, version));
    let needed = named(draft).into_iter().filter_map(|version| end_of(&version).map(|(Ending { on, .. }, _)| (version, *on)));
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
