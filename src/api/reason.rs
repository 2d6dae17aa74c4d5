//! Every reason that a condition, a blocker, a history entry, a notice or an Event may carry: stable words for machines.

#[macro_use]
mod declare;
#[macro_use]
mod trial;

use std::fmt;

impl Reason {
    /// The reason of this word, if it is one of ours.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.name() == word)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

with_those_of_trials! {
    // --- conditions of a tenant ---
    /// The manifest makes sense and nothing is wrong with it.
    Valid,
    /// The newest version that the tenant may run is running.
    UpToDate,
    /// A slot is expected, too far away to be announced.
    Expected,
    /// A slot is announced.
    Scheduled,
    /// The upgrade runs.
    Upgrading,
    /// The upgrade failed, and goes back to what ran before.
    RollingBack,
    /// The last upgrade succeeded.
    Succeeded,
    /// The last upgrade failed.
    Failed,
    /// A GitOps tool, or one like it, wrote the images last.
    ImagesSetByTool,
    /// The annotation `uplift.dev/intent` names an upgrade that the status does not know, or cannot be read.
    IntentUnknown,

    // --- gates: slot, notice and start ---
    /// `management: Unmanaged`.
    Unmanaged,
    /// Somebody set `suspend`.
    Suspended,
    /// A pin holds the version.
    Pinned,
    /// The images that run belong to no known release, and nothing says which version they are.
    UnknownVersion,
    /// The workloads run different versions.
    MixedVersions,
    /// A version does not parse.
    InvalidVersion,
    /// No route of releases leads from the running version to a newer one.
    NoRoute,
    /// Two releases of one channel have equal versions.
    DuplicateVersion,
    /// The customer declined this release.
    Declined,
    /// The last upgrade to this release failed; it waits for a retry.
    UpgradeFailed,
    /// A check failed.
    CheckFailed,
    /// A sign-off is missing, or a check's Job has not ended.
    CheckPending,
    /// The CronJob of a Job does not exist, or is not labelled `uplift.dev/template=true`.
    JobTemplateMissing,
    /// The CronJob of a Job is not suspended: it would run by itself.
    JobTemplateNotSuspended,
    /// The operator may not create Jobs, or read pods, in the namespace of a Job.
    JobsNotGranted,
    /// The API server was not asked yet whether it takes the Jobs of hooks and probes; or, while the upgrade runs, has not answered the try to make one.
    JobsPending,
    /// The API server refused a Job, or would refuse it.
    JobRefused,
    /// Another object has the name of a Job, and it is not the operator's.
    JobForeign,
    /// The soak is not over.
    Soaking,
    /// Every check passed and the soak is over.
    Accepted,
    /// Change management has not decided.
    PendingApproval,
    /// Change management said no.
    Rejected,
    /// Whoever created the release approved it, and it asks for four eyes.
    ApprovedByCreator,
    /// Change management said yes.
    Approved,
    /// The slot does not lie in the change window of the approval; or no occurrence does.
    OutsideChange,
    /// The change window of the approval is over.
    ChangeExpired,
    /// The release was taken back.
    Withdrawn,
    /// Failures stopped the release, until people let it go on.
    Halted,
    /// As many tenants failed as may.
    TooManyFailures,
    /// The release does not exist any more.
    ReleaseDeleted,
    /// An earlier ring has not proved the release, and waiting alone does not help: none of its tenants has a date, or none is left.
    RingUnproven,
    /// The release needs another version of what the tenant uses.
    IncompatibleDependency,
    /// The release needs something that the tenant does not declare.
    DependencyUndeclared,
    /// Other tenants use an interface of this one that the release does not offer any more.
    BreaksConsumer,
    /// A risk that people know of concerns the tenant.
    NamedRisk,
    /// The planned version of a shared service is none that the tenant can do with. Nothing is held by it.
    SharedServiceMoves,
    /// Nobody can be told.
    NoContact,
    /// A contact's address is not allowed.
    AddressRefused,
    /// A contact is an e-mail address, and no mail server is configured.
    EmailNotConfigured,
    /// Notices to one contact were lost twice in a row.
    ContactUnreachable,
    /// The window does not exist.
    UnknownWindow,
    /// Less time is left before the close than an upgrade needs.
    NotEnoughTime,
    /// The window's spec does not make sense.
    InvalidWindow,
    /// No occurrence of the window is left that could be used.
    NoOccurrence,
    /// The next occurrence opens too soon to be announced in time; a later one is taken.
    NoTimeToAnnounce,
    /// What runs loses its support before a later date could come.
    EndOfLife,
    /// A workload of the manifest does not exist.
    WorkloadMissing,
    /// The manifest names a container that the workload does not have.
    ContainerMissing,
    /// A container names a component that no release, or the target release, has.
    UnknownComponent,
    /// No container of the workload runs a component of the release.
    NoComponent,
    /// Two tenants name one workload.
    WorkloadClaimedTwice,
    /// The annotation `uplift.dev/opt-out` or `uplift.dev/opt-in` is neither a day nor a version.
    InvalidOptOut,
    /// The object does not parse as its type; or the answer of a source is no product of the endoflife.date API v1.
    Malformed,

    // --- gates: the start only ---
    /// No notice was delivered yet.
    NoticePending,
    /// The customer may still say no.
    ConsentPending,
    /// The slot has not opened yet.
    WindowClosed,
    /// The window is suspended.
    WindowSuspended,
    /// Tenants of an earlier ring are still to be upgraded.
    RingPending,
    /// An earlier ring has succeeded, and its soak is not over.
    RingSoaking,
    /// So many upgrades run that this one waits.
    Concurrency,
    /// A StatefulSet has a partition: it keeps the pods below that number on their old images.
    Partitioned,
    /// A StatefulSet or DaemonSet replaces a pod only when somebody deletes it.
    OnDelete,
    /// A workload is not healthy before the upgrade.
    Unhealthy,
    /// A workload is paused.
    Paused,
    /// A workload has no replica, or a DaemonSet no node.
    NoReplicas,
    /// A watch that the decision needs has shown no life for 90 s.
    StaleView,
    /// The operator's clock and the API server's differ by more than 5 s.
    ClockSkew,

    // --- why a slot ended ---
    /// A freeze touches the slot.
    Frozen,
    /// The window of the slot was deleted.
    WindowDeleted,
    /// The tenant names another window now.
    WindowChanged,
    /// The tenant follows another channel now.
    ChannelChanged,
    /// The release is not approved any more.
    ApprovalRemoved,
    /// A required contact did not accept the notice in time.
    NoticeNotDelivered,
    /// The customer said no.
    OptedOut,
    /// An opt-in took an opt-out back.
    OptedIn,
    /// The slot closed before the upgrade could start.
    SlotClosed,
    /// Nothing is left to upgrade: the version runs already.
    AlreadyRunning,
    /// Somebody asked for another try.
    Retried,

    // --- why a notice is not sent any more, or what it answers ---
    /// Its deadline passed.
    Expired,
    /// The contact has another address, which got a record of its own.
    AddressChanged,
    /// The opt-out fits nothing planned yet.
    Noted,

    // --- why an upgrade failed ---
    /// A Deployment reports that its rollout makes no progress.
    ProgressDeadlineExceeded,
    /// The rollout did not end within the operator's own deadline, or a Job within its timeout.
    DeadlineExceeded,
    /// Somebody else changed the images, while the upgrade ran or after it had succeeded.
    OwnershipConflict,
    /// A workload of the upgrade vanished.
    WorkloadGone,
    /// A hook failed, or could not run.
    HookFailed,
    /// The backup before the upgrade failed, or could not be taken; nothing was changed.
    BackupFailed,
    /// The backup could not be brought back.
    RestoreFailed,
    /// A probe could not be measured, or printed nothing, or no number where one is needed.
    ProbeBroken,
    /// What a probe measured before and after the upgrade does not agree.
    ProbeDiffers,
    /// The API server refused the change, or answered no try of it; or what it was for was edited before each.
    ChangeRefused,
    /// The API server stored something else than was written.
    ChangeAltered,
    /// One object is written again and again.
    TooManyWrites,
    /// A tenant was deleted while a date was announced to its customer.
    TenantDeleted,
    /// The pod of a Job failed.
    JobFailed,
    /// A Job was deleted before its result was read; it does not run again by itself.
    JobVanished,

    // --- support, and where life cycles are read from ---
    /// The upgrades that lead out of a version fit before its end, and so do the dates that may still be declined.
    InTime,
    /// The upgrades fit only if the customer declines fewer dates than they may.
    NoRoomForDeferral,
    /// Fewer dates are left than upgrades are needed, or no route leads there.
    Unreachable,
    /// No version of the channel is supported then.
    NoSupportedRelease,
    /// It is supported until a date that is known, or with no end known.
    Supported,
    /// It is not supported any more.
    Ended,
    /// Nobody can say: the window does not say which dates are left, or no product says until when the version is supported.
    Unknown,
    /// The source has answered, and what it says is in force.
    Fetched,
    /// The source has not been asked yet.
    FetchPending,
    /// The operator's configuration does not list the host of the source, or its address is none that may be asked.
    HostNotAllowed,
    /// The source gave no answer, or none in time.
    SourceUnreachable,
    /// The source answered with an HTTP status that brings no document.
    HttpError,
    /// The source was asked too often (HTTP 429).
    TooManyRequests,
    /// The source names another address, which is not followed.
    Redirected,
    /// The answer is larger than what is read, or than what is kept.
    TooLarge,
    /// The answer lists more releases than are kept.
    TooManyReleases,
    /// The answer lacks a cycle that is in use.
    Shrunk,

    // --- windows ---
    /// An occurrence is open.
    Open,
    /// No occurrence is open.
    Closed,
}
