//! The life of an upgrade. A status is read once, at the border; behind it every rule matches on the phase.

use crate::api::tenant::{JobPhase, Slot, Step, StepKind, Upgrade, UpgradeJob, WorkloadId};

/// Where an upgrade stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase<'u> {
    /// It is planned; nobody was told of a date.
    Tentative,
    /// A slot is announced, and the customer may answer.
    Announced(&'u Slot),
    /// The customer's silence is frozen.
    Answered(&'u Slot),
    /// It was started, and ends by its own rules.
    InFlight(&'u Slot, &'u Step, Doing<'u>),
}

/// What an upgrade in flight is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing<'u> {
    /// A workload gets the images of the release.
    Images(&'u WorkloadId),
    /// A workload gets those from before.
    Rollback(&'u WorkloadId),
    /// The Job of this number is made, runs, or is read.
    Job(usize),
}

impl<'u> Doing<'u> {
    fn of(upgrade: &'u Upgrade, step: &'u Step) -> Option<Self> {
        match (step.kind, &step.workload, &step.name) {
            (StepKind::Images, Some(on), None) => Some(Self::Images(on)),
            (StepKind::Rollback, Some(on), None) => Some(Self::Rollback(on)),
            (StepKind::Hook | StepKind::Probe | StepKind::Backup | StepKind::Restore, None, Some(name)) => {
                let fits = |job: &UpgradeJob| kind(job.phase) == step.kind && job.attempt == step.attempt && job.step() == *name;
                upgrade.jobs.iter().position(fits).map(Self::Job)
            }
            _ => None,
        }
    }

    /// Whether images or data go back.
    fn is_back(self, upgrade: &Upgrade) -> bool {
        match self {
            Self::Images(_) => false,
            Self::Rollback(_) => true,
            Self::Job(nth) => upgrade.jobs.get(nth).is_some_and(|job| job.phase.is_back()),
        }
    }
}

/// The kind of the step to a Job.
pub const fn kind(phase: JobPhase) -> StepKind {
    match phase {
        JobPhase::Backup => StepKind::Backup,
        JobPhase::Restore => StepKind::Restore,
        JobPhase::ProbeBefore | JobPhase::ProbeAfter | JobPhase::ProbeBack => StepKind::Probe,
        JobPhase::TenantBefore | JobPhase::ReleaseBefore | JobPhase::ReleaseAfter | JobPhase::TenantAfter => StepKind::Hook,
    }
}

/// A status that no rule writes: fields of two phases stand in it, or one is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "status.upgrade describes no phase of an upgrade: {0}; restore the status from a backup, or remove status.upgrade to plan anew"
)]
pub struct Broken(&'static str);

impl<'u> Phase<'u> {
    /// Reads it.
    pub fn of(upgrade: &'u Upgrade) -> Result<Self, Broken> {
        let Upgrade { id, slot, consent, reinstated_by, started_at, step, failure, .. } = upgrade;
        let doing = step.as_ref().and_then(|step| Doing::of(upgrade, step));
        if failure.is_some() != doing.is_some_and(|doing| doing.is_back(upgrade)) {
            return Err(Broken("a rollback without failure, or a failure without rollback"));
        }
        match (slot, consent, started_at, step) {
            (None, None, None, None) if reinstated_by.is_some() => Err(Broken("reinstatedBy without a slot")),
            (None, None, None, None) => Ok(Self::Tentative),
            (None, ..) => Err(Broken("consent, startedAt or step without a slot")),
            (Some(_), ..) if id.is_none() => Err(Broken("a slot without an id")),
            (Some(slot), None, None, None) => Ok(Self::Announced(slot)),
            (Some(slot), Some(_), None, None) => Ok(Self::Answered(slot)),
            (Some(slot), Some(_), Some(_), Some(step)) => {
                let doing = doing.ok_or(Broken("a step of no workload, hook or probe"))?;
                Ok(Self::InFlight(slot, step, doing))
            }
            (Some(_), None, ..) => Err(Broken("startedAt or step without consent")),
            (Some(_), Some(_), Some(_), None) => Err(Broken("startedAt without a step")),
            (Some(_), Some(_), None, Some(_)) => Err(Broken("a step without startedAt")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn phase(more: &Value) -> Result<String, String> {
        let mut upgrade = json!({"release": "r", "releaseUid": "u", "from": "2026.11.0", "to": "2026.12.0"});
        upgrade.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let upgrade: Upgrade = serde_json::from_value(upgrade).unwrap();
        Phase::of(&upgrade).map(|phase| format!("{phase:?}").split('(').next().unwrap().into()).map_err(|broken| broken.0.into())
    }

    #[test]
    fn every_status_is_in_one_phase_or_says_what_is_broken() {
        let at = "2026-12-15T18:00:00Z";
        let slot = json!({"opens": "2026-12-15T18:00+00:00", "window": "w", "opensAt": at, "closesAt": at, "optOutUntil": at, "noticeUntil": at});
        let (id, consent) = ("a-1", json!({"answer": "Silence", "frozenAt": at}));
        let step = json!({"workload": {"kind": "Deployment", "name": "dashboard"}, "generation": 1, "at": at});
        let back =
            json!({"kind": "Rollback", "workload": {"kind": "Deployment", "name": "dashboard"}, "generation": 1, "at": at});
        let hook = json!({"kind": "Hook", "name": "release-before.a", "at": at});
        let failure = json!({"reason": "DeadlineExceeded", "message": "m", "at": at});
        let neither = "a rollback without failure, or a failure without rollback";
        for (more, wanted) in [
            (json!({}), Ok("Tentative")),
            (json!({"expectedAt": at}), Ok("Tentative")),
            (json!({"id": id, "slot": slot}), Ok("Announced")),
            (json!({"id": id, "slot": slot, "consent": consent}), Ok("Answered")),
            (json!({"id": id, "slot": slot, "consent": consent, "startedAt": at, "step": step}), Ok("InFlight")),
            (
                json!({"id": id, "slot": slot, "consent": consent, "startedAt": at, "step": back, "failure": failure}),
                Ok("InFlight"),
            ),
            (json!({"id": id, "slot": slot, "consent": consent, "startedAt": at, "step": back}), Err(neither)),
            (
                json!({"id": id, "slot": slot, "consent": consent, "startedAt": at, "step": step, "failure": failure}),
                Err(neither),
            ),
            (
                json!({"id": id, "slot": slot, "consent": consent, "startedAt": at, "step": hook, "jobs": [{"phase": "ReleaseBefore", "name": "a", "cronJob": "c"}]}),
                Ok("InFlight"),
            ),
            (
                json!({"id": id, "slot": slot, "consent": consent, "startedAt": at, "step": hook}),
                Err("a step of no workload, hook or probe"),
            ),
            (json!({"slot": slot}), Err("a slot without an id")),
            (json!({"consent": consent}), Err("consent, startedAt or step without a slot")),
            (json!({"startedAt": at}), Err("consent, startedAt or step without a slot")),
            (json!({"reinstatedBy": "k"}), Err("reinstatedBy without a slot")),
            (json!({"id": id, "slot": slot, "startedAt": at, "step": step}), Err("startedAt or step without consent")),
            (json!({"id": id, "slot": slot, "consent": consent, "startedAt": at}), Err("startedAt without a step")),
            (json!({"id": id, "slot": slot, "consent": consent, "step": step}), Err("a step without startedAt")),
        ] {
            assert_eq!(phase(&more), wanted.map(String::from).map_err(String::from), "{more}");
        }
    }
}
