//! Conditions by the Kubernetes conventions: one entry for each type, the time moves only when the status does.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::reason::Reason;

/// The object is as its spec asks, or on its way there. False only for what an edit of this manifest mends.
pub const READY: &str = "Ready";
/// The tenant runs the newest version that it may run.
pub const UP_TO_DATE: &str = "UpToDate";
/// How the last upgrade ended.
pub const UPGRADE_SUCCEEDED: &str = "UpgradeSucceeded";
/// An upgrade runs. Absent otherwise (kstatus).
pub const RECONCILING: &str = "Reconciling";
/// Nothing will happen until somebody edits this manifest. Absent otherwise (kstatus).
pub const STALLED: &str = "Stalled";
/// False while dates are lost because a required contact accepts nothing. Absent otherwise.
pub const CONTACTS_REACHABLE: &str = "ContactsReachable";
/// A tool sets the images that an upgrade is to change, and may put them back. A warning: nothing is held by it. Absent otherwise.
pub const IMAGES_SET_ELSEWHERE: &str = "ImagesSetElsewhere";
/// Our annotation on a workload names an upgrade that the tenant's status does not know: nothing follows from it. Absent otherwise.
pub const FOREIGN_INTENT: &str = "ForeignIntent";
/// Every check of the release passed and its soak is over.
pub const ACCEPTED: &str = "Accepted";
/// Change management approved the release.
pub const APPROVED: &str = "Approved";
/// Failures stopped the release. Absent otherwise.
pub const HALTED: &str = "Halted";
/// False while tenants are held because Jobs of their hooks and probes cannot be made; the message counts them. Absent otherwise.
pub const JOBS_READY: &str = "JobsReady";
/// No tenant waits for the release any more.
pub const ROLLED_OUT: &str = "RolledOut";
/// What runs is supported: of a release, the version and what its images contain; of a product, every installation. Absent where nothing is known
/// to end.
pub const SUPPORTED: &str = "Supported";
/// No licence of the product has expired. Nothing is held by it. Absent where there is none.
pub const LICENSES_VALID: &str = "LicensesValid";
/// The source of a product answers, and what it says is believed. False: what it said last is in force, or nothing. Absent without a source.
pub const SOURCE_READY: &str = "SourceReady";
/// An occurrence of the window is open.
pub const OPEN: &str = "Open";
/// As many upgrades of the window run as may, and others wait; the message names who has run for 5 minutes. Absent otherwise.
pub const AT_LIMIT: &str = "AtLimit";

/// Of a trial: people may look at it. False: the reason says how far a run is, why none begins, or how it ended.
pub const AVAILABLE: &str = "Available";
/// Of a trial: the last egress Job succeeded and wrote `blocked`. Absent before the first.
pub const QUARANTINED: &str = "Quarantined";
/// Of a trial: the data were scrubbed, and every count is what is expected. Absent before the first count.
pub const SCRUBBED: &str = "Scrubbed";
/// Of a trial: nothing of a run is left. False: the message says what is. Absent before the first run has ended.
pub const CLEANED: &str = "Cleaned";

/// Sets `Ready`, and `Stalled` where it is false: only an edit of the manifest mends that, and tools need not wait any longer (kstatus).
pub fn set_ready(conditions: &mut Vec<Condition>, said: (bool, Reason, &str), generation: i64, now: Timestamp) {
    let (ready, reason, message) = said;
    set(conditions, READY, ready, reason, message, generation, now);
    if ready { clear(conditions, STALLED) } else { set(conditions, STALLED, true, reason, message, generation, now) }
}

/// Sets the condition of this type; keeps the time of the last transition unless the status changes.
pub fn set(
    conditions: &mut Vec<Condition>,
    type_: &str,
    status: bool,
    reason: Reason,
    message: &str,
    generation: i64,
    now: Timestamp,
) {
    let status = if status { "True" } else { "False" };
    let old = conditions.iter().position(|c| c.type_ == type_);
    let since = old.map(|i| &conditions[i]).filter(|c| c.status == status).map_or(Time(now), |c| c.last_transition_time.clone());
    let condition = Condition {
        type_: type_.into(),
        status: status.into(),
        reason: reason.name().into(),
        message: message.into(),
        observed_generation: Some(generation),
        last_transition_time: since,
    };
    match old {
        Some(i) => conditions[i] = condition,
        None => conditions.push(condition),
    }
}

/// Whether the condition of this type says exactly this (status, reason, message) already.
pub fn stands(conditions: &[Condition], type_: &str, said: (bool, Reason, &str), generation: i64) -> bool {
    let (status, reason, message) = said;
    get(conditions, type_).is_some_and(|c| {
        c.status == if status { "True" } else { "False" }
            && c.reason == reason.name()
            && c.message == message
            && c.observed_generation == Some(generation)
    })
}

/// Removes the condition of this type.
pub fn clear(conditions: &mut Vec<Condition>, type_: &str) {
    conditions.retain(|c| c.type_ != type_);
}

/// The condition of this type.
pub fn get<'a>(conditions: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    conditions.iter().find(|c| c.type_ == type_)
}

/// The reason of the condition of this type, if it is one of ours.
pub fn reason(conditions: &[Condition], type_: &str) -> Option<Reason> {
    get(conditions, type_).and_then(|c| Reason::named(&c.reason))
}

/// Whether the condition of this type is there and true.
pub fn is_true(conditions: &[Condition], type_: &str) -> bool {
    get(conditions, type_).is_some_and(|c| c.status == "True")
}
