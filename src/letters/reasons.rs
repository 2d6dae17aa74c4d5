//! Reasons as a customer may read them. What has no words here is the operator's own business: nobody's name, no manager of a field,
//! no container and no workload stands in a letter.

use crate::api::reason::Reason;

/// Why there is another date, where the reason has no words.
const OTHER: &str = "it could not take place on the date before";

/// Why a date is held back, or off.
pub fn postponed(reason: Option<Reason>) -> Option<&'static str> {
    Some(match reason? {
        Reason::NoticeNotDelivered => "we could not reach you in time",
        Reason::OptedOut => "you declined it",
        Reason::Frozen => "no upgrades take place at that time",
        Reason::Withdrawn | Reason::ReleaseDeleted => "the release was taken back",
        Reason::Rejected | Reason::ApprovalRemoved | Reason::PendingApproval | Reason::ApprovedByCreator => {
            "the release is not approved at present"
        }
        Reason::OutsideChange | Reason::ChangeExpired => "the release is not approved for that time",
        Reason::Halted => "the release is stopped: it did not succeed everywhere",
        Reason::WindowChanged | Reason::WindowDeleted => "your maintenance window has changed",
        Reason::ChannelChanged => "your instance gets other releases now",
        Reason::AlreadyRunning => "you run this version already",
        Reason::Unhealthy | Reason::NoReplicas | Reason::Paused => "your instance must be well first",
        unprepared if is_unprepared(unprepared) => "we must prepare your instance first",
        issue if is_issue(issue) => "what works together with your instance must be made ready first",
        untried if is_untried(untried) => "it is to be tried on a copy of your data first",
        Reason::Suspended | Reason::WindowSuspended => "upgrades are stopped at present",
        Reason::RingUnproven | Reason::RingPending | Reason::RingSoaking => "the release is still being tried elsewhere",
        Reason::Concurrency | Reason::SlotClosed | Reason::StaleView | Reason::ClockSkew => {
            "there was not enough time in the window"
        }
        // Said before the window opens, too.
        Reason::NotEnoughTime => "the window leaves too little time for it",
        _ => return None,
    })
}

/// Why there is another date. What held the one before is over by now.
pub fn moved(reason: Option<Reason>) -> &'static str {
    let Some(reason) = reason else { return OTHER };
    match reason {
        Reason::NoticeNotDelivered => "we could not reach you in time for the date before",
        Reason::OptedOut => "you declined the date before",
        Reason::Frozen => "no upgrades take place on the date before",
        Reason::Withdrawn | Reason::ReleaseDeleted => "the release had been taken back",
        Reason::Rejected | Reason::ApprovalRemoved | Reason::PendingApproval | Reason::ApprovedByCreator => {
            "the release was not approved at that time"
        }
        Reason::OutsideChange | Reason::ChangeExpired => "the release was not approved for the date before",
        Reason::Halted => "the release was stopped for a time",
        Reason::WindowChanged | Reason::WindowDeleted => "your maintenance window has changed",
        Reason::ChannelChanged => "your instance got other releases for a time",
        Reason::AlreadyRunning => "your instance does not run this version any more",
        Reason::Unhealthy | Reason::NoReplicas | Reason::Paused => "your instance was not well at that time",
        unprepared if is_unprepared(unprepared) => "your instance was not prepared at that time",
        issue if is_issue(issue) => "what works together with your instance was not ready at that time",
        untried if is_untried(untried) => "it was to be tried on a copy of your data first",
        Reason::Suspended | Reason::WindowSuspended => "upgrades were stopped at that time",
        Reason::RingUnproven | Reason::RingPending | Reason::RingSoaking => "the release was still being tried elsewhere",
        Reason::Concurrency | Reason::SlotClosed | Reason::StaleView | Reason::ClockSkew | Reason::NotEnoughTime => {
            "there was not enough time in the window"
        }
        Reason::ProgressDeadlineExceeded
        | Reason::DeadlineExceeded
        | Reason::OwnershipConflict
        | Reason::WorkloadGone
        | Reason::HookFailed
        | Reason::BackupFailed
        | Reason::ProbeBroken
        | Reason::ProbeDiffers
        | Reason::ChangeRefused => "the last attempt did not succeed",
        Reason::Retried => "it is tried again",
        _ => OTHER,
    }
}

/// Whether whoever runs the instance has not made ready what an upgrade needs of it.
fn is_unprepared(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Partitioned
            | Reason::OnDelete
            | Reason::JobTemplateMissing
            | Reason::JobTemplateNotSuspended
            | Reason::JobsNotGranted
            | Reason::JobsPending
            | Reason::JobRefused
            | Reason::JobForeign
    )
}

/// Whether what is around the instance does not fit with the release.
fn is_issue(reason: Reason) -> bool {
    matches!(reason, Reason::IncompatibleDependency | Reason::DependencyUndeclared | Reason::BreaksConsumer | Reason::NamedRisk)
}

/// Whether the version has not passed the trial that it must pass.
fn is_untried(reason: Reason) -> bool {
    matches!(reason, Reason::TrialPending | Reason::TrialFailed | Reason::TrialRejected | Reason::TrialStale)
}

/// Why an upgrade failed.
pub fn failed(reason: Option<Reason>) -> &'static str {
    match reason {
        Some(Reason::OwnershipConflict) => "your instance was changed while the upgrade ran",
        Some(Reason::WorkloadGone) => "a part of your instance was removed while it ran",
        Some(Reason::ChangeRefused) => "the platform did not take the change",
        Some(Reason::HookFailed | Reason::ProbeBroken) => "a step of the upgrade did not succeed",
        Some(Reason::BackupFailed) => "your data could not be saved first",
        Some(Reason::ProbeDiffers) => "a check of your data after the upgrade did not agree",
        Some(Reason::ReleaseDeleted) => "the release was taken back while it ran",
        _ => "the new version did not come up in time",
    }
}

/// Whether nothing of this release is planned any more, until people decide anew.
pub fn is_final(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Withdrawn
            | Reason::ReleaseDeleted
            | Reason::Halted
            | Reason::Rejected
            | Reason::ApprovalRemoved
            | Reason::PendingApproval
            | Reason::ApprovedByCreator
            | Reason::ChangeExpired
            | Reason::ChannelChanged
            | Reason::AlreadyRunning
    ) || is_issue(reason)
}
