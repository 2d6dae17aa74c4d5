//! Rule R15: an accepted opt-out is a deferral. A window may limit how many there are, and an end of support may.

use jiff::civil::Date;

use super::value::Declines;
use crate::{
    api::{
        Version,
        tenant::{Deferrals, OptOutRecord, Verdict},
        window::Deferral,
    },
    plan::{
        pass::Pass,
        record::{draft::Draft, room::Room},
    },
};

/// Whether no date can be declined.
pub fn none_left(pass: &Pass, draft: &Draft) -> bool {
    refusals_left(pass, &draft.spec.window_ref.name, draft.status.deferrals.as_ref(), &draft.room) == Some(0)
}

/// Whether a version cannot be declined: no date can, or no other one leads to a supported version in time.
pub fn is_kept(pass: &Pass, window: &str, deferrals: Option<&Deferrals>, room: &Room, version: &Version) -> bool {
    refusals_left(pass, window, deferrals, room) == Some(0) || room.needs(version).is_some()
}

/// Whether what an opt-out names cannot be declined. What the letter of a date offered stands, whatever is left by now (R8).
pub fn limit_reached(pass: &Pass, draft: &Draft, declines: &Declines, offered: bool) -> bool {
    let needed = || matches!(declines, Declines::Version(version) if draft.room.needs(version).is_some());
    (!offered && none_left(pass, draft)) || needed()
}

/// How many more times the customer may decline; none: as often as they like.
pub fn refusals_left(pass: &Pass, window: &str, deferrals: Option<&Deferrals>, room: &Room) -> Option<u32> {
    let agreed = agreed_left(pass, window, deferrals)?;
    Some(room.dates.map_or(agreed, |(left, _)| left.min(agreed)))
}

/// The same by the window's limit alone.
pub fn agreed_left(pass: &Pass, window: &str, deferrals: Option<&Deferrals>) -> Option<u32> {
    let limit = agreed(pass, window)?.max;
    Some(limit.saturating_sub(deferrals.map_or(0, |d| d.count)))
}

/// Whether the window lets nothing be declined that the way out of what runs needs before its support ends.
pub fn until_end_of_life(pass: &Pass, window: &str) -> bool {
    agreed(pass, window).is_some_and(|agreed| agreed.until_end_of_life)
}

/// What the window says; none: there is no limit.
fn agreed<'p>(pass: &'p Pass, window: &str) -> Option<&'p Deferral> {
    pass.window(window)?.spec.as_ref().ok()?.deferral.as_ref()
}

/// The first day without support, where it is that which leaves nothing to decline: of what an opt-out named, or of any date.
pub fn kept_for(
    pass: &Pass,
    window: &str,
    deferrals: Option<&Deferrals>,
    room: &Room,
    said: Option<&OptOutRecord>,
) -> Option<Date> {
    let met = said.filter(|said| said.verdict == Verdict::LimitReached);
    let version = met.and_then(|said| Declines::parse(&said.value)).and_then(|declines| match declines {
        Declines::Version(version) => room.needs(&version),
        Declines::Day(_) => None,
    });
    let date = room.dates.filter(|(left, _)| *left == 0 && agreed_left(pass, window, deferrals) != Some(0)).map(|(_, on)| on);
    version.or(date)
}

/// Counts one.
pub fn count(pass: &Pass, draft: &mut Draft) {
    let deferrals = draft.status.deferrals.get_or_insert(Deferrals { count: 0, since: pass.now });
    deferrals.count += 1;
    draft.room.take();
}

/// Takes one back.
pub fn forgive(draft: &mut Draft) {
    let Some(deferrals) = &mut draft.status.deferrals else { return };
    deferrals.count = deferrals.count.saturating_sub(1);
    if deferrals.count == 0 {
        draft.status.deferrals = None;
    }
    draft.room.give_back();
}
