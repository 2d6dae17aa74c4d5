//! What holds the planned release back.

use crate::{
    api::{Version, reason::Reason},
    plan::{
        consent::{comes_up::would_decline_release, deferral::is_kept},
        gates::{Case, time_left::starts_end},
        output::hold::{Gate, Hold},
        release::change::Span,
        target::choice,
    },
};

pub fn withdrawn(case: Case) -> Option<Hold> {
    let Some(release) = case.release() else {
        let message = format!("DashboardRelease {:?} is gone or does not parse", case.upgrade.release);
        return Some(Hold::slot(Gate::Withdrawn, Reason::ReleaseDeleted, message));
    };
    release.brake.as_ref().err().map(|held| Hold::release(Gate::Withdrawn, release.name, held))
}

pub fn approved(case: Case) -> Option<Hold> {
    let release = case.release()?;
    release.approved.as_ref().err().map(|held| Hold::release(Gate::Approved, release.name, held))
}

pub fn accepted(case: Case) -> Option<Hold> {
    let release = case.release()?;
    release.accepted.as_ref().err().map(|held| Hold::release(Gate::Accepted, release.name, held))
}

/// R33: what an edit left outside of the change window holds the start; once that is over, everything waits for another approval.
pub fn change(case: Case) -> Option<Hold> {
    let release = case.release()?;
    if let Err(held) = &release.change {
        return Some(Hold::release(Gate::Change, release.name, held));
    }
    let (span, slot) = (Span::of(release.spec)?, case.with_slot()?);
    let message = |what| format!("release {}: its slot {what} the change window of spec.approval, {span}", release.name);
    let Some(first) = span.first_in(slot.opens_at, slot.closes_at) else {
        let what = "does not lie in";
        return Some(Hold::start(Gate::Change, Reason::OutsideChange, message(what)));
    };
    let waiting = starts_end(case).is_none_or(|end| first < end);
    let hold = || Hold { waiting, ..Hold::wait(Gate::Change, Reason::OutsideChange, message("begins before"), Some(first)) };
    (case.pass.now < first && slot.opens_at < first).then(hold)
}

/// A refusal of the release, or of one on the way there. Where a slot is announced, its verdicts have taken it away already, or
/// said that the upgrade goes ahead.
pub fn declined(case: Case) -> Option<Hold> {
    let (window, deferrals) = (&case.spec.window_ref.name, case.status.deferrals.as_ref());
    let limit = |version: &Version| is_kept(case.pass, window, deferrals, case.room, version);
    let version = hops(case).into_iter().find(|version| would_decline_release(case.status, version, limit(version)))?;
    Some(choice::declined(&version))
}

/// A release that failed on this tenant, until somebody asks for it again. An announced slot was asked for.
pub fn failed(case: Case) -> Option<Hold> {
    hops(case).iter().find_map(|version| choice::failed(case.tenant, case.status, version))
}

/// The releases that are still to be decided on: those of the route, while no slot is announced.
fn hops(case: Case) -> Vec<Version> {
    let route = case.upgrade.route.iter().chain(std::iter::once(&case.upgrade.to));
    if case.with_slot().is_some() { vec![] } else { route.filter_map(|version| version.parse().ok()).collect() }
}
