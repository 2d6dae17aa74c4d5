//! What holds the planned release back.

use crate::{
    api::reasons,
    plan::{
        gates::Case,
        output::hold::{Gate, Hold},
    },
};

pub fn withdrawn(case: Case) -> Option<Hold> {
    let Some(release) = case.release() else {
        let message = format!("DashboardRelease {:?} is gone or does not parse", case.upgrade.release);
        return Some(Hold::slot(Gate::Withdrawn, reasons::RELEASE_DELETED, message));
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
