//! Rule R7: the first occurrence that is open to a tenant, in the change window of its release (R33).

use jiff::Timestamp;

use crate::{
    api::{reason::Reason, tenant::Slot},
    calendar::DELIVERY,
    plan::{
        consent::comes_up::{declines_occurrence, would_decline_occurrence},
        output::hold::{Gate, Hold},
        pass::{
            Pass,
            qualified::Qualified,
            rings::{After, after},
            wake::{earlier, later},
        },
        record::draft::Draft,
        release::change::{Lies, Span},
    },
};

/// What the search found.
pub enum Found {
    /// The window says nothing.
    Nothing,
    /// The slot of a failed try that is still open; it is held already.
    Again,
    /// A slot that is to be given and announced now.
    Slot(Slot),
    /// An opening that is too far away to be announced, and the name of one before it, which comes too soon for that.
    Expected(Timestamp, Option<String>),
    /// No occurrence can be used.
    Hold(Hold),
}

/// R7: looks for a slot for the planned upgrade, and takes its place. Far away it is only expected; within reach it is to be given
/// and announced.
pub fn search<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) -> Found {
    let window = draft.spec.window_ref.name.as_str();
    let Some(Ok(spec)) = pass.window(window).map(|window| &window.spec) else { return Found::Nothing };
    let Some(schedule) = pass.schedule(window) else { return Found::Nothing };
    let earliest = later(pass.now, spec.notice.as_secs() + DELIVERY.as_secs());
    let reach = later(pass.now, spec.announce_ahead.as_secs());
    // The tenant's own place is given back by the very write that takes the next one.
    let own = draft.seen.upgrade.as_ref().and_then(|u| u.slot.as_ref()).filter(|own| own.window == window);
    // R17: a later ring has no date before those of the rings that are to prove the release for it.
    let after = after_rings(pass, draft);
    let span = planned(pass, draft).and_then(|release| Span::of(release.spec));
    let mut next = if own.is_some() { 0 } else { pass.first_free(window, earliest) };
    while let Some(occurrence) = pass.upcoming(window, earliest, next) {
        next += 1;
        let own = own.is_some_and(|own| own.opens_at == occurrence.opens_at);
        let lies = span.map_or(Lies::Within, |span| span.place(&occurrence));
        if let (Lies::Beyond, Some(span)) = (lies, span) {
            return Found::Hold(none_in(span, window));
        }
        if lies == Lies::Before || after.is_some_and(|after| occurrence.opens_at < after.opens_at) {
            continue;
        }
        if occurrence.frozen.is_some() || (!own && !pass.has_place(window, occurrence.opens_at)) {
            continue;
        }
        let slot = schedule.slot(window, &occurrence);
        let tentative = occurrence.opens_at > reach || after.is_some_and(|after| after.tentative);
        let declined = if tentative { would_decline_occurrence(draft, &slot) } else { declines_occurrence(pass, draft, &slot) };
        if declined {
            // Its verdict is given when it would be announced.
            pass.wake.at(earlier(occurrence.opens_at, spec.announce_ahead.as_secs()));
            continue;
        }
        if !own {
            pass.take_place(window, occurrence.opens_at);
        }
        // From then on nobody can be told of it in time: where rings before keep it tentative, or the plan has no room to give it, a later
        // one is found.
        pass.wake.at(later(earlier(occurrence.opens_at, spec.notice.as_secs() + DELIVERY.as_secs()), 1));
        if tentative {
            pass.wake.at(earlier(occurrence.opens_at, spec.announce_ahead.as_secs()));
            return Found::Expected(occurrence.opens_at, too_soon(pass, draft, window, earliest).filter(|_| after.is_none()));
        }
        return Found::Slot(slot);
    }
    let other = if span.is_some() { ", declined, or outside of the change window of spec.approval" } else { " or declined" };
    let message = format!("the next {next} occurrences of UpgradeWindow {window:?} are frozen, full{other}");
    Found::Hold(Hold::slot(Gate::Window, Reason::NoOccurrence, message))
}

/// R33: later occurrences lie further beyond.
fn none_in(span: Span, window: &str) -> Hold {
    let message = format!(
        "no occurrence of UpgradeWindow {window:?} is left that this tenant may have and that lies in the change window of spec.approval, \
         {span}; approve the release with a longer one"
    );
    Hold::slot(Gate::Change, Reason::OutsideChange, message)
}

fn after_rings(pass: &Pass, draft: &Draft) -> Option<After> {
    after(&planned(pass, draft)?.rings, &draft.spec.ring)
}

fn planned<'p, 'a>(pass: &'p Pass<'a>, draft: &Draft) -> Option<&'p Qualified<'a>> {
    let upgrade = draft.status.upgrade.as_ref()?;
    pass.release(&upgrade.release, &upgrade.release_uid)
}

/// A date that passes because nobody can be told of it in time any more.
fn too_soon<'a>(pass: &mut Pass<'a>, draft: &Draft, window: &'a str, earliest: Timestamp) -> Option<String> {
    let occurrence = pass.too_soon(window, earliest)?;
    let span = planned(pass, draft).and_then(|release| Span::of(release.spec));
    let never = span.is_some_and(|span| span.place(&occurrence) != Lies::Within);
    let declined = never || would_decline_occurrence(draft, &pass.schedule(window)?.slot(window, &occurrence));
    (!declined).then_some(occurrence.opens)
}

/// I10: such a date is not passed over in silence. It holds nothing else, and is over when it has opened.
pub fn no_time(opens: &str) -> Hold {
    let message = format!(
        "{opens} opens too soon to be announced: less than the notice and 15m to deliver it are left; a later date is taken"
    );
    Hold::wait(Gate::Window, Reason::NoTimeToAnnounce, message, opens.parse().ok())
}
