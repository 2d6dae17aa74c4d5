//! What can go wrong at one act, described by one small value, so that a failing case is replayed from it.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Something that goes wrong at one act of the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The act: writes and sends of the whole run, counted from 0.
    pub at_act: usize,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How long the operator is down after a crash, stands still in a pause, or how late a write arrives, in seconds.
    pub down: i64,
}

/// What can go wrong at an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultKind {
    /// The operator dies before the act.
    CrashBefore,
    /// The act takes effect; the operator dies before it hears of it.
    CrashAfterCommit,
    /// The act takes effect, the answer is lost: the outcome is unknown until the object was read.
    LostAnswer,
    /// Somebody else changed the object a moment before.
    Conflict,
    /// The act never arrives, and nobody says so: the outcome is unknown until the object was read.
    NotSent,
    /// Nobody answers, and the write arrives some seconds later, before the object is read. A notice arrives at once.
    Late,
    /// The process stands still, sees nothing, and then goes on with what it had decided.
    Pause,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::CrashBefore, Self::CrashAfterCommit, Self::LostAnswer, Self::Conflict, Self::NotSent, Self::Late, Self::Pause];
}

impl Fault {
    /// A write arrives at most so late: after that the API server has given it up. In seconds; less than `UNKNOWN_FOR`.
    pub const LATEST: i64 = 9;

    /// A fault with the usual time down: what a Lease and a restart take.
    pub const fn new(at_act: usize, kind: FaultKind) -> Self {
        Self { at_act, kind, down: 20 }
    }
    pub(super) fn downtime(&self) -> SignedDuration {
        SignedDuration::from_secs(self.down)
    }
    pub(super) fn delay(&self) -> SignedDuration {
        SignedDuration::from_secs(self.down.clamp(1, Self::LATEST))
    }
}
