//! What is wrong with a process for longer than one act: what its watches show late or not at all, and its clock. Small values,
//! so that a failing case is replayed from them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fleet::View;

/// What is wrong with one process of the operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trouble {
    /// Watches that lag.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lags: Vec<Lag>,
    /// Events that do not arrive as they should.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Disturbed>,
    /// How its clock differs from the world's, in the order of time; before the first one it does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clock: Vec<ClockStep>,
    /// When it does not reach the API server. Contacts it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cut_off: Vec<CutOff>,
}

/// A process that the API server does not hear, and that hears nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutOff {
    /// From when on.
    pub from: Timestamp,
    /// For how long, in seconds.
    pub seconds: i64,
}

impl CutOff {
    fn until(&self) -> Timestamp {
        self.from + SignedDuration::from_secs(self.seconds)
    }
}

/// A watch that shows everything late, and in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lag {
    /// The kind that it watches.
    pub view: View,
    /// What happens from here on is late.
    pub from: Timestamp,
    /// What happens from here on is not.
    pub until: Timestamp,
    /// How late.
    pub seconds: i64,
}

/// A record of the world's log that a watch does not show as it should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disturbed {
    /// The record, counted from 0.
    pub record: usize,
    /// What becomes of it.
    pub how: How,
    /// For how long, in seconds, where it is late or repeated.
    pub seconds: i64,
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// It is never shown.
    Lost,
    /// It is shown later, when newer ones may have been.
    Late,
    /// It is shown, and once more later, when newer ones may have been.
    Repeated,
}

/// A step of a process's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockStep {
    /// When, on the world's clock.
    pub at: Timestamp,
    /// How much the process's clock is ahead from then on, in seconds.
    pub ahead: i64,
}

/// Another process of the operator. One of them leads, by the Lease (R25).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replica {
    /// When it starts.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// What is wrong with it.
    #[serde(default)]
    pub trouble: Trouble,
}

impl Disturbed {
    /// So long after an event that was not shown as it should be the watch is opened anew, with a list: what is wrong is right then.
    pub const HEALED_AFTER: SignedDuration = SignedDuration::from_mins(5);
}

impl Trouble {
    /// Nothing is wrong.
    pub fn is_none(&self) -> bool {
        self.lags.is_empty() && self.events.is_empty() && self.clock.is_empty() && self.cut_off.is_empty()
    }
    /// How much the clock is ahead.
    pub(super) fn ahead(&self, now: Timestamp) -> SignedDuration {
        let step = self.clock.iter().rev().find(|step| step.at <= now);
        SignedDuration::from_secs(step.map_or(0, |step| step.ahead))
    }
    /// Until when it does not reach the API server; none: it does.
    pub(super) fn cut_off_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.cut_off.iter().filter(|cut| cut.from <= now && now < cut.until()).map(CutOff::until).max()
    }
    pub(super) fn next_cut(&self, now: Timestamp) -> Option<Timestamp> {
        self.cut_off.iter().flat_map(|cut| [cut.from, cut.until()]).filter(|at| *at > now).min()
    }
    pub(super) fn next_step(&self, now: Timestamp) -> Option<Timestamp> {
        self.clock.iter().map(|step| step.at).find(|at| *at > now)
    }
    pub(super) fn lag(&self, view: View, at: Timestamp) -> SignedDuration {
        let lag = self.lags.iter().find(|lag| lag.view == view && lag.from <= at && at < lag.until);
        SignedDuration::from_secs(lag.map_or(0, |lag| lag.seconds))
    }
    pub(super) fn of(&self, record: usize) -> Option<&Disturbed> {
        self.events.iter().find(|event| event.record == record)
    }
}
