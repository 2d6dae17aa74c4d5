//! How rollouts go.

use jiff::Timestamp;

use crate::api::Duration;

/// Which images come up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// New ones.
    Forward,
    /// Those that a rollback of the operator sets.
    Back,
}

/// How a workload's rollouts behave from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// How they end.
    pub outcome: Outcome,
    /// How long they take; a hanging one takes its `progressDeadlineSeconds`, if it has any.
    pub takes: Duration,
    /// What is wrong with the new pods of one that does not succeed.
    pub why: Why,
    /// What they say of it: the registry's words, a termination message, the scheduler's, those of a quota.
    pub says: String,
}

/// What is wrong with new pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub enum Why {
    /// Their image cannot be pulled.
    ImageNotFound,
    /// They end with exit code 1.
    Crashes,
    /// They take more memory than their limit.
    OutOfMemory,
    /// They run and never become ready.
    #[default]
    NotReady,
    /// No node takes them.
    Unschedulable,
    /// None can be made.
    Quota,
    /// Nobody may look at them.
    Hidden,
}

/// How a rollout ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
pub enum Outcome {
    /// Every replica becomes available.
    Succeeds,
    /// New pods never become available. A Deployment reports that it makes no progress, the other kinds report nothing.
    Fails,
    /// The same, but only at `progressDeadlineSeconds`.
    Hangs,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { outcome: Outcome::Succeeds, takes: Duration::from_secs(60), why: Why::default(), says: String::new() }
    }
}

/// How Jobs of a CronJob go that begin from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobBehaviour {
    /// How they end; one that hangs takes its deadline.
    pub outcome: Outcome,
    /// How long they take.
    pub takes: Option<Duration>,
    /// What they write as their termination message.
    pub message: String,
}

impl Default for JobBehaviour {
    fn default() -> Self {
        Self { outcome: Outcome::Succeeds, takes: None, message: String::new() }
    }
}

/// What the API server answers from now on to whoever would make Jobs in a namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub enum Grant {
    /// It takes them.
    #[default]
    Granted,
    /// The operator may not: nobody bound its account there. Nor may it read their pods.
    NotGranted,
    /// A policy, a quota or the schema refuses them.
    Refused,
}

/// A rollout under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    pub ends_at: Timestamp,
    pub outcome: Outcome,
}
