//! Rule R15: an accepted opt-out is a deferral, and a window may limit how many there are.

use crate::{
    api::tenant::Deferrals,
    plan::{pass::Pass, record::draft::Draft},
};

/// Whether no refusal is left.
pub fn limit_reached(pass: &Pass, draft: &Draft) -> bool {
    refusals_left(pass, &draft.spec.window_ref.name, draft.status.deferrals.as_ref()) == Some(0)
}

/// How many more times the customer may decline; none: as often as they like.
pub fn refusals_left(pass: &Pass, window: &str, deferrals: Option<&Deferrals>) -> Option<u32> {
    let limit = pass.window(window)?.spec.as_ref().ok()?.deferral.as_ref()?.max;
    Some(limit.saturating_sub(deferrals.map_or(0, |d| d.count)))
}

/// Counts one.
pub fn count(pass: &Pass, draft: &mut Draft) {
    let deferrals = draft.status.deferrals.get_or_insert(Deferrals { count: 0, since: pass.now });
    deferrals.count += 1;
}

/// Takes one back.
pub fn forgive(draft: &mut Draft) {
    let Some(deferrals) = &mut draft.status.deferrals else { return };
    deferrals.count = deferrals.count.saturating_sub(1);
    if deferrals.count == 0 {
        draft.status.deferrals = None;
    }
}
