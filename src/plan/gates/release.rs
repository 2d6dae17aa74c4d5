//! What holds the planned release back.

use crate::{
    api::{
        Version,
        reason::Reason,
        tenant::{OptOutRecord, Verdict},
    },
    plan::{
        consent::{deferral::refusals_left, value::Declines},
        gates::Case,
        output::hold::{Gate, Hold},
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

/// A refusal of the release, or of one on the way there. Where a slot is announced, its verdicts have taken it away already, or
/// said that the upgrade goes ahead.
pub fn declined(case: Case) -> Option<Hold> {
    let version = hops(case).into_iter().find(|version| refuses(case, version))?;
    Some(choice::declined(&version))
}

/// A refusal that waits for its release counts only while the limit of deferrals leaves one.
fn refuses(case: Case, version: &Version) -> bool {
    let left = || refusals_left(case.pass, &case.spec.window_ref.name, case.status.deferrals.as_ref()) != Some(0);
    let counts = |r: &OptOutRecord| r.verdict == Verdict::Accepted || (r.verdict == Verdict::Noted && left());
    let names = |r: &OptOutRecord| matches!(Declines::parse(&r.value), Some(Declines::Version(named)) if named == *version);
    case.status.opt_outs.iter().any(|r| names(r) && counts(r))
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
