//! What a turn comes to, for people who ask.

use crate::{
    api::{TenantInstanceStatus, Version},
    plan::{
        gates::{self, Case},
        output::hold::Hold,
        pass::Pass,
        record::draft::Draft,
        target::choice::next,
    },
};

/// What the turn of one tenant comes to.
pub struct Outcome {
    /// Its status as it would be written.
    pub status: TenantInstanceStatus,
    /// All that holds it, mere waiting too.
    pub holds: Vec<Hold>,
    /// Newer releases of its channel that it is not planned for, by version, with what holds each.
    pub newer: Vec<(String, Vec<Hold>)>,
}

/// The same gates, asked of each newer release as if it were planned. What only waits says nothing of a release.
pub fn newer(pass: &Pass, draft: &Draft) -> Vec<(String, Vec<Hold>)> {
    let Ok(running) = &draft.running else { return vec![] };
    let target: Option<Version> = draft.status.upgrade.as_ref().and_then(|upgrade| upgrade.to.parse().ok());
    let newer = pass.channel(&draft.spec.channel).iter().rev().filter(|r| r.version > target.as_ref().unwrap_or(running));
    let holds = |release| {
        let Draft { key, tenant, spec, ref status, ref running, ref room, .. } = *draft;
        let upgrade = &next(draft, running.as_ref().ok()?, &[release]);
        let holds = gates::holds(Case { pass, key, tenant, spec, status, running, room, upgrade });
        Some((upgrade.to.clone(), holds.into_iter().filter(|hold| !hold.waiting).collect()))
    };
    newer.filter_map(holds).collect()
}
