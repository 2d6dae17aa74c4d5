//! What happened, as events that people follow: in a cluster as Kubernetes Events, in a simulation as lines.

use crate::{
    api::{reason::Reason, stored_reason::StoredReason, tenant::NoticeKind},
    fleet::TenantKey,
};

/// One thing that happened. It is told once the write that made it true is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// What happened.
    pub event: StoryEvent,
    /// The tenant that it happened to.
    pub tenant: Option<TenantKey>,
    /// The version that it is about.
    pub release: Option<String>,
    /// The slot that it is about.
    pub slot: Option<String>,
    /// The window that it is about.
    pub window: Option<String>,
    /// The software that it is about, and its version: `postgresql/15.4`; the product itself is `dashboard`.
    pub subject: Option<String>,
    /// The kind of notice that it is about.
    pub notice: Option<NoticeKind>,
    /// A stable word for why.
    pub reason: Option<StoredReason>,
    /// The same in words.
    pub message: Option<String>,
}

impl Story {
    /// An event with nothing said about it yet.
    pub fn new(event: StoryEvent) -> Self {
        Self {
            event,
            tenant: None,
            release: None,
            slot: None,
            window: None,
            subject: None,
            notice: None,
            reason: None,
            message: None,
        }
    }

    /// Whether people should look at it: a `Warning` in Kubernetes. A runway that nothing leads out of is one, and one that nobody knows.
    pub fn warning(&self) -> bool {
        let lost = [Reason::Unreachable, Reason::NoSupportedRelease, Reason::Ended, Reason::Unknown];
        let is_lost = self.reason.as_ref().is_some_and(|reason| lost.iter().any(|lost| reason == lost));
        self.event.warning() || self.event == StoryEvent::RunwayChanged && is_lost
    }
}

macro_rules! story_events {
    ($($(#[doc = $doc:literal])+ $name:ident $(($warning:ident))?,)+) => {
        /// What can happen. The names are the reasons of Kubernetes Events and the `event` of a simulation's lines.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum StoryEvent { $($(#[doc = $doc])+ $name,)+ }

        impl StoryEvent {
            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }
            /// Whether people should look at it, whatever its reason.
            pub fn warning(self) -> bool {
                $($(if self == Self::$name { let _ = stringify!($warning); return true; })?)+
                false
            }
        }
    };
}

story_events! {
    /// A check by Job passed.
    CheckPassed,
    /// A check by Job failed.
    CheckFailed (warning),
    /// Every check of the release passed and the soak is over.
    ReleaseAccepted,
    /// Change management rejected it.
    ReleaseRejected (warning),
    /// Change management approved it.
    ReleaseApproved,
    /// Somebody stopped the release.
    ReleaseSuspended (warning),
    /// The change window of its approval is over, and somebody still waits for it.
    ChangeExpired (warning),
    /// Failures stopped the release; the message is the number of the halt.
    ReleaseHalted (warning),
    /// The release goes on after a stop.
    ReleaseResumed,
    /// A ring has proved the release for the next one; the message is the ring.
    RingProven,
    /// A tenant's ring is not one of the release: it goes with the last; the message says both.
    RingUnknown (warning),
    /// The release was taken back.
    ReleaseWithdrawn (warning),
    /// No tenant waits for the release any more.
    ReleaseRolledOut,
    /// The first slot for a release was announced.
    SlotPlanned,
    /// A date passes because there is no time left to announce it.
    NoTimeToAnnounce (warning),
    /// A slot closed unused.
    SlotMissed (warning),
    /// A later slot for a release was announced.
    SlotReplanned,
    /// The last required contact accepted a notice.
    NoticeDelivered,
    /// A notice was not accepted in time.
    NoticeFailed (warning),
    /// An opt-out counts.
    OptOutAccepted,
    /// An opt-out came after the cut-off.
    OptOutTooLate,
    /// An opt-out fits nothing planned yet.
    OptOutNoted,
    /// An opt-out names a past day or a release that is no candidate.
    OptOutStale,
    /// An opt-out beyond the limit of deferrals.
    OptOutLimitReached,
    /// An opt-out while the upgrade runs.
    OptOutAlreadyStarted,
    /// An opt-out was taken back in time.
    OptOutUndone,
    /// An opt-in came after the cut-off: the opt-out stands.
    OptInTooLate,
    /// An occurrence that holds a slot opened.
    WindowOpened,
    /// An occurrence that held a slot closed.
    WindowClosed,
    /// An upgrade started.
    UpgradeStarted,
    /// A hook of an upgrade failed, after its last try; or a probe could not be measured.
    HookFailed (warning),
    /// What a probe measured before and after an upgrade does not agree.
    ProbeDiffers (warning),
    /// The data of the backup are back, on the way back of an upgrade that failed; the message says which backup.
    DataRestored (warning),
    /// An upgrade succeeded: the workloads were seen running the new version.
    UpgradeSucceeded,
    /// An upgrade failed, and what it changed stays as it is.
    UpgradeFailed (warning),
    /// An upgrade failed: the workloads were seen running what they ran before.
    UpgradeRolledBack (warning),
    /// An upgrade failed, and so did its rollback: nothing more is tried.
    RollbackFailed (warning),
    /// A tool sets the images that the first upgrade is to change: it may put them back.
    ImagesSetByTool (warning),
    /// Our annotation on a workload names an upgrade that the tenant's status does not know: nothing follows from it.
    IntentUnknown (warning),
    /// What a tenant runs has an end of support, or whether the way out of it fits before has changed; the reason is the state.
    RunwayChanged,
    /// The customer is told that something is not supported for much longer; the subject is what.
    SupportEnding,
    /// The customer is told that something is not supported any more.
    SupportEnded (warning),
    /// The source of a product lists a new release, or a new version of one that is in use; the subject is which.
    SoftwareReleased,
    /// An upgrade that is planned has an issue, or a shared service that is to move: something that people should look at before; the reason is its word.
    IssueFound,
    /// Somebody accepted an issue of a release; the reason is its word, the message who, until when and why.
    IssueAccepted,
    /// A run of a trial began.
    TrialStarted,
    /// A trial is asked for, and no run begins; or one that is on waits for what people must mend. The reason is why.
    TrialWaits (warning),
    /// People may look at a trial.
    TrialReady,
    /// A run of a trial that was ready is over; the reason is what ended it. Its workloads stop, and its data are cleaned.
    TrialEnded,
    /// A run of a trial failed; the reason is why. Its workloads stop, and its data are cleaned.
    TrialFailed (warning),
    /// Nothing of a run is left.
    TrialCleaned,
    /// Something of a run is left, and the operator alone does not get it away; the message says what.
    TrialNotCleaned (warning),
    /// Gates hold that neither time nor the plan lifts before the slot; or a running upgrade waits for what people must mend.
    Blocked (warning),
    /// None of those is left; or it goes on.
    Unblocked,
}
