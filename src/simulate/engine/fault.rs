//! What can go wrong, described by one small value, so that a failing case is replayed from it.

use jiff::SignedDuration;

/// Something that goes wrong at one act of the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The act: writes and sends of the whole run, counted from 0.
    pub at_act: usize,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How long the operator is down after a crash, in seconds.
    pub down: i64,
}

/// What can go wrong at an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::CrashBefore, Self::CrashAfterCommit, Self::LostAnswer, Self::Conflict, Self::NotSent];
}

impl Fault {
    /// A fault with the usual time down: what a Lease and a restart take.
    pub const fn new(at_act: usize, kind: FaultKind) -> Self {
        Self { at_act, kind, down: 20 }
    }
    pub(super) fn downtime(&self) -> SignedDuration {
        SignedDuration::from_secs(self.down)
    }
}
