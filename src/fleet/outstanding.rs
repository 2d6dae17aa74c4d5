//! Writes that are under way, with what they will have done.

use jiff::Timestamp;

use super::{JobKey, ReadFor};
use crate::api::{TenantInstanceStatus, UpgradeTrialStatus, annotations::Intent};

/// A write that was sent and whose outcome is not known yet: from before it is sent until its answer, or a read after a lost
/// answer, was folded.
///
/// Until then its object gets no other write, and what it takes (a place in an occurrence, a place among the running
/// upgrades) counts as taken.
#[derive(Clone, Debug)]
pub struct Outstanding {
    /// What it will have done if it was committed.
    pub effect: Effect,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// What the API server said when it refused a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What was to be set, where it was a change of images.
    pub intent: Option<Intent>,
    /// The UID of the owner, where a Job was made or read.
    pub owner: Option<String>,
    /// Its message.
    pub message: String,
    /// What refused it.
    pub by: RefusedBy,
}

/// What refuses a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedBy {
    /// The operator's rights.
    Rights,
    /// Another object of the same name.
    Another,
    /// A pod of a Job that has ended and was to be read: it is left running.
    ItsPod,
    /// Anything else: a policy, the schema.
    Else,
}

/// What a write does to the facts.
#[derive(Clone, Debug)]
pub enum Effect {
    /// The tenant gets this status.
    TenantStatus(Box<TenantInstanceStatus>),
    /// The trial gets this status.
    TrialStatus(Box<UpgradeTrialStatus>),
    /// A workload gets this intent and its images, in a trial its replicas too.
    Images(Intent),
    /// There is another Job.
    Job {
        /// The UID of its owner.
        owner: String,
    },
    /// A Job and its pods are read.
    JobRead {
        /// The UID of the Job's owner.
        owner: String,
    },
    /// It will be known whether a Job would be taken.
    Asked {
        /// The CronJob.
        template: JobKey,
        /// Its resourceVersion.
        template_version: String,
        /// The UID of the release.
        release: String,
    },
    /// The pods of the workload are read.
    Pods(ReadFor),
    /// Nothing that another decision counts: the status of a release or a window.
    Told,
}

impl Effect {
    /// The images that it sets.
    pub fn intent(&self) -> Option<&Intent> {
        match self {
            Self::Images(intent) => Some(intent),
            Self::TenantStatus(_)
            | Self::TrialStatus(_)
            | Self::Job { .. }
            | Self::JobRead { .. }
            | Self::Asked { .. }
            | Self::Pods(_)
            | Self::Told => None,
        }
    }
    /// The owner of the Job that it makes or reads: a refusal is remembered as long as that one waits.
    pub fn job_owner(&self) -> Option<&String> {
        match self {
            Self::Job { owner } | Self::JobRead { owner } => Some(owner),
            Self::TenantStatus(_) | Self::TrialStatus(_) | Self::Images(_) | Self::Asked { .. } | Self::Pods(_) | Self::Told => {
                None
            }
        }
    }
}
