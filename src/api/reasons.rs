//! Every reason that a condition, a blocker, a history entry or an Event may carry: stable words for machines.

/// Declares reasons whose value is their name, with their meaning.
macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $value:literal;)+) => {
        $($(#[doc = $doc])+ pub const $name: &str = $value;)+
        /// Every reason, for tests and documentation.
        pub const ALL: &[&str] = &[$($value),+];
    };
}

reasons! {
    // --- conditions of a tenant ---
    /// The manifest makes sense and nothing is wrong with it.
    VALID = "Valid";
    /// The newest version that the tenant may run is running.
    UP_TO_DATE = "UpToDate";
    /// A slot is expected, too far away to be announced.
    EXPECTED = "Expected";
    /// A slot is announced.
    SCHEDULED = "Scheduled";
    /// The upgrade runs.
    UPGRADING = "Upgrading";
    /// The last upgrade succeeded.
    SUCCEEDED = "Succeeded";
    /// The last upgrade failed.
    FAILED = "Failed";

    // --- gates: slot, notice and start ---
    /// `management: Unmanaged`.
    UNMANAGED = "Unmanaged";
    /// Somebody set `suspend`.
    SUSPENDED = "Suspended";
    /// A pin holds the version.
    PINNED = "Pinned";
    /// The images that run belong to no known release, and nothing says which version they are.
    UNKNOWN_VERSION = "UnknownVersion";
    /// The workloads run different versions.
    MIXED_VERSIONS = "MixedVersions";
    /// A version does not parse.
    INVALID_VERSION = "InvalidVersion";
    /// No route of releases leads from the running version to a newer one.
    NO_ROUTE = "NoRoute";
    /// Two releases of one channel have equal versions.
    DUPLICATE_VERSION = "DuplicateVersion";
    /// The customer declined this release.
    DECLINED = "Declined";
    /// The last upgrade to this release failed; it waits for a retry.
    UPGRADE_FAILED = "UpgradeFailed";
    /// A check failed.
    CHECK_FAILED = "CheckFailed";
    /// A sign-off is missing.
    CHECK_PENDING = "CheckPending";
    /// The soak is not over.
    SOAKING = "Soaking";
    /// Every check passed and the soak is over.
    ACCEPTED = "Accepted";
    /// Change management has not decided.
    PENDING_APPROVAL = "PendingApproval";
    /// Change management rejected it.
    REJECTED = "Rejected";
    /// Change management approved it.
    APPROVED = "Approved";
    /// The release was taken back.
    WITHDRAWN = "Withdrawn";
    /// The release does not exist any more.
    RELEASE_DELETED = "ReleaseDeleted";
    /// Nobody can be told.
    NO_CONTACT = "NoContact";
    /// A contact's address is not allowed.
    ADDRESS_REFUSED = "AddressRefused";
    /// A contact is an e-mail address, and no mail server is configured.
    EMAIL_NOT_CONFIGURED = "EmailNotConfigured";
    /// Notices to one contact were lost twice in a row.
    CONTACT_UNREACHABLE = "ContactUnreachable";
    /// The window does not exist.
    UNKNOWN_WINDOW = "UnknownWindow";
    /// The window's spec does not make sense.
    INVALID_WINDOW = "InvalidWindow";
    /// No occurrence of the window is left that could be used.
    NO_OCCURRENCE = "NoOccurrence";
    /// The next occurrence opens too soon to be announced in time; a later one is taken.
    NO_TIME_TO_ANNOUNCE = "NoTimeToAnnounce";
    /// A workload of the manifest does not exist.
    WORKLOAD_MISSING = "WorkloadMissing";
    /// The manifest names a container that the workload does not have.
    CONTAINER_MISSING = "ContainerMissing";
    /// A container names a component that no release, or the target release, has.
    UNKNOWN_COMPONENT = "UnknownComponent";
    /// No container of the workload runs a component of the release.
    NO_COMPONENT = "NoComponent";
    /// Two tenants name one workload.
    WORKLOAD_CLAIMED_TWICE = "WorkloadClaimedTwice";
    /// The annotation `uplift.dev/opt-out` or `uplift.dev/opt-in` is neither a day nor a version.
    INVALID_OPT_OUT = "InvalidOptOut";
    /// The object does not parse as its type.
    MALFORMED = "Malformed";

    // --- gates: the start only ---
    /// No notice was delivered yet.
    NOTICE_PENDING = "NoticePending";
    /// The customer may still opt out.
    CONSENT_PENDING = "ConsentPending";
    /// The slot has not opened yet.
    WINDOW_CLOSED = "WindowClosed";
    /// The window is suspended.
    WINDOW_SUSPENDED = "WindowSuspended";
    /// So many upgrades run that this one waits.
    CONCURRENCY = "Concurrency";
    /// A workload is not healthy before the upgrade.
    UNHEALTHY = "Unhealthy";
    /// A workload is paused.
    PAUSED = "Paused";
    /// A workload has no replica.
    NO_REPLICAS = "NoReplicas";
    /// A watch that the decision needs has shown no life for 90 s.
    STALE_VIEW = "StaleView";
    /// The operator's clock and the API server's differ by more than 5 s.
    CLOCK_SKEW = "ClockSkew";

    // --- why a slot ended ---
    /// A freeze touches the slot.
    FROZEN = "Frozen";
    /// The window of the slot was deleted.
    WINDOW_DELETED = "WindowDeleted";
    /// The tenant names another window now.
    WINDOW_CHANGED = "WindowChanged";
    /// The tenant follows another channel now.
    CHANNEL_CHANGED = "ChannelChanged";
    /// The release is not approved any more.
    APPROVAL_REMOVED = "ApprovalRemoved";
    /// A required contact did not accept the notice in time.
    NOTICE_NOT_DELIVERED = "NoticeNotDelivered";
    /// The customer opted out.
    OPTED_OUT = "OptedOut";
    /// An opt-in took an opt-out back.
    OPTED_IN = "OptedIn";
    /// The slot closed before the upgrade could start.
    SLOT_CLOSED = "SlotClosed";
    /// Nothing is left to upgrade: the version runs already.
    ALREADY_RUNNING = "AlreadyRunning";
    /// Somebody asked for another try.
    RETRIED = "Retried";

    // --- why an upgrade failed ---
    /// The Deployment reports that its rollout makes no progress.
    PROGRESS_DEADLINE_EXCEEDED = "ProgressDeadlineExceeded";
    /// The rollout did not end within the operator's own deadline.
    DEADLINE_EXCEEDED = "DeadlineExceeded";
    /// Somebody else changed the images while the upgrade ran.
    OWNERSHIP_CONFLICT = "OwnershipConflict";
    /// A workload of the upgrade vanished.
    WORKLOAD_GONE = "WorkloadGone";
    /// The API server refused the change.
    CHANGE_REFUSED = "ChangeRefused";
    /// The API server stored something else than was written.
    CHANGE_ALTERED = "ChangeAltered";
    /// One object is written again and again.
    TOO_MANY_WRITES = "TooManyWrites";
    /// A tenant was deleted while a date was announced to its customer.
    TENANT_DELETED = "TenantDeleted";

    // --- windows ---
    /// An occurrence is open.
    OPEN = "Open";
    /// No occurrence is open.
    CLOSED = "Closed";
}
