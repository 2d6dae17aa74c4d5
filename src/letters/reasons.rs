//! Reasons as a customer may read them. What has no words here is the operator's own business: nobody's name, no manager of a field,
//! no container and no Deployment stands in a letter.

use crate::api::reasons;

/// Why a date is held back, or off.
pub fn postponed(reason: &str) -> Option<&'static str> {
    Some(match reason {
        reasons::NOTICE_NOT_DELIVERED => "we could not reach you in time",
        reasons::OPTED_OUT => "you declined it",
        reasons::FROZEN => "no upgrades take place at that time",
        reasons::WITHDRAWN | reasons::RELEASE_DELETED => "the release was taken back",
        reasons::REJECTED | reasons::APPROVAL_REMOVED | reasons::PENDING_APPROVAL => "the release is not approved at present",
        reasons::WINDOW_CHANGED | reasons::WINDOW_DELETED => "your maintenance window has changed",
        reasons::CHANNEL_CHANGED => "your instance gets other releases now",
        reasons::ALREADY_RUNNING => "you run this version already",
        reasons::UNHEALTHY | reasons::NO_REPLICAS | reasons::PAUSED => "your instance must be well first",
        reasons::SUSPENDED | reasons::WINDOW_SUSPENDED => "upgrades are stopped at present",
        reasons::CONCURRENCY | reasons::SLOT_CLOSED | reasons::STALE_VIEW | reasons::CLOCK_SKEW => {
            "there was not enough time in the window"
        }
        _ => return None,
    })
}

/// Why there is another date. What held the one before is over by now.
pub fn moved(reason: &str) -> &'static str {
    match reason {
        reasons::NOTICE_NOT_DELIVERED => "we could not reach you in time for the date before",
        reasons::OPTED_OUT => "you declined the date before",
        reasons::FROZEN => "no upgrades take place on the date before",
        reasons::WITHDRAWN | reasons::RELEASE_DELETED => "the release had been taken back",
        reasons::REJECTED | reasons::APPROVAL_REMOVED | reasons::PENDING_APPROVAL => "the release was not approved at that time",
        reasons::WINDOW_CHANGED | reasons::WINDOW_DELETED => "your maintenance window has changed",
        reasons::CHANNEL_CHANGED => "your instance got other releases for a time",
        reasons::ALREADY_RUNNING => "your instance does not run this version any more",
        reasons::UNHEALTHY | reasons::NO_REPLICAS | reasons::PAUSED => "your instance was not well at that time",
        reasons::SUSPENDED | reasons::WINDOW_SUSPENDED => "upgrades were stopped at that time",
        reasons::CONCURRENCY | reasons::SLOT_CLOSED | reasons::STALE_VIEW | reasons::CLOCK_SKEW => {
            "there was not enough time in the window"
        }
        reasons::PROGRESS_DEADLINE_EXCEEDED
        | reasons::DEADLINE_EXCEEDED
        | reasons::OWNERSHIP_CONFLICT
        | reasons::WORKLOAD_GONE
        | reasons::CHANGE_REFUSED => "the first attempt did not succeed",
        reasons::RETRIED => "it is tried again",
        _ => "it could not take place on the date before",
    }
}

/// Why an upgrade failed.
pub fn failed(reason: Option<&str>) -> &'static str {
    match reason {
        Some(reasons::OWNERSHIP_CONFLICT) => "your instance was changed by somebody else while it ran",
        Some(reasons::WORKLOAD_GONE) => "a part of your instance was removed while it ran",
        Some(reasons::CHANGE_REFUSED) => "the platform did not take the change",
        Some(reasons::RELEASE_DELETED) => "the release was taken back while it ran",
        _ => "the new version did not come up in time",
    }
}

/// Whether nothing of this release is planned any more, until people decide anew.
pub fn is_final(reason: &str) -> bool {
    matches!(
        reason,
        reasons::WITHDRAWN
            | reasons::RELEASE_DELETED
            | reasons::REJECTED
            | reasons::APPROVAL_REMOVED
            | reasons::PENDING_APPROVAL
            | reasons::CHANNEL_CHANGED
            | reasons::ALREADY_RUNNING
    )
}
