//! The reasons of trials (R34 to R37), behind all others.

/// Declares these reasons with those before them.
macro_rules! with_those_of_trials {
    ($($others:tt)*) => {
        reasons! {
            $($others)*

            /// No run is on, and none is asked for that could begin.
            TrialIdle,
            /// A run is on its way to be looked at.
            TrialRunning,
            /// People may look at the trial.
            TrialReady,
            /// A run is over, and its workloads or its data are still there.
            TrialCleaning,
            /// Nothing of a run is left.
            TrialCleaned,
            /// The tenant that a trial names does not exist; or its spec does not parse.
            TenantMissing,
            /// A tenant asks for a trial, and names no namespace with a trial of its own.
            TrialMissing,
            /// The tenant does not name the namespace of the trial in `spec.trials.namespace`.
            TrialNotNamed,
            /// The namespace of a trial is a tenant's.
            TrialNamespaceTaken,
            /// Two trials are in one namespace.
            TrialNamespaceShared,
            /// The annotation `uplift.dev/trial` is no version.
            InvalidTrial,
            /// The version that is asked for is not the one that the trial tries.
            TrialNotNext,
            /// A workload of a trial has replicas although no run is on, or other ones than the run gave it.
            TrialWorkloadsRun,
            /// The annotation `uplift.dev/trial-answer` of a run before still stands.
            TrialAnswered,
            /// The annotation `uplift.dev/trial-answer` is neither `Confirmed` nor `Rejected`.
            InvalidTrialAnswer,
            /// As many trials run as may.
            TrialsAtLimit,
            /// An egress Job wrote `blocked`.
            QuarantineProven,
            /// No egress Job says whether the trial is cut off: it failed, or could not be made.
            QuarantineUnproven,
            /// An egress Job says that the trial is not cut off.
            QuarantineNotEnforced,
            /// The data could not be brought in.
            TrialRestoreFailed,
            /// The data could not be scrubbed.
            ScrubFailed,
            /// Every count is what is expected.
            ScrubProven,
            /// A count failed, or is not what is expected.
            ScrubUnproven,
            /// The version does.
            Confirmed,
            /// Its time was over.
            TrialExpired,
            /// The tenant asks for it no more.
            TrialWithdrawn,
            /// The trial was edited while a run was on.
            TrialEdited,
            /// A trial was deleted while a run was on.
            TrialDeleted,
            /// The Job that empties the trial failed.
            CleanFailed,
            /// The tenant is not to be tried: its `spec.trials.policy` is `None`.
            TrialsOff,
            /// The version must pass a trial first, and no run of it is over.
            TrialPending,
            /// The version must pass a trial first, and the last run of it failed.
            TrialFailed,
            /// The version must pass a trial first, and people rejected the last run of it.
            TrialRejected,
            /// The version must pass a trial first, and what runs, or what an upgrade consists of, is not what it was in the last run.
            TrialStale,
        }
    };
}
