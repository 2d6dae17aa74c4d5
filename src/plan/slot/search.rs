//! Rule R7: the first occurrence that is open to a tenant.

use jiff::Timestamp;

use crate::{
    api::reasons,
    calendar::DELIVERY,
    plan::{
        consent::judge as consent,
        output::hold::{Gate, Hold},
        pass::{
            Pass,
            wake::{earlier, later},
        },
        record::draft::Draft,
        slot::give::{give, slot},
    },
};

/// R7: looks for a slot for the planned upgrade. Far away it is only expected; within reach it is given and announced.
pub fn plan<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) -> Option<Hold> {
    let window = draft.spec.window_ref.name.as_str();
    let spec = pass.window(window)?.spec.as_ref().ok()?;
    let schedule = pass.window(window)?.schedule.as_ref().ok()?;
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
        let slot = slot(window, schedule, &occurrence);
        let tentative = occurrence.opens_at > reach;
        let declined =
            if tentative { consent::would_decline(draft, &slot) } else { consent::declines_occurrence(pass, draft, &slot) };
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
