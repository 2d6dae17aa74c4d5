//! What the faults of a run excuse. Without a fault nothing is excused but the second of I2.

use jiff::{SignedDuration, Timestamp};
use uplift::simulate::{
    Fault, FaultKind,
    engine::{Disturbed, Trouble, Twin},
};

/// What may not be demanded of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Leeway {
    /// Answers of contacts that were lost: each allows one repetition of a notice.
    pub lost: usize,
    /// So long what happens may stay unseen. What stands on the tenant itself counts exactly all the same, by its resourceVersion.
    pub unseen: SignedDuration,
    /// So much the operator's clock may differ from the world's.
    pub clock: SignedDuration,
    /// So long after its decision a write may be committed.
    pub late: SignedDuration,
    /// Two operators write, without a Lease. Each write has its precondition, so whatever is decided by one object is exact. What
    /// is counted over many objects (the cap of I7, the places of R7) is not, nor is what leaves the cluster: the other's notice
    /// may be sent once more (under its key: I8), or after a newer one (R8). And what one has just written the other has not seen.
    pub twins: bool,
}

impl Leeway {
    /// What these faults excuse.
    pub fn of(faults: &[Fault], trouble: &Trouble, twin: Option<&Twin>) -> Self {
        let longest = |kind| faults.iter().filter(|f| f.kind == kind).map(|f| f.down).max().unwrap_or_default();
        let late = longest(FaultKind::Pause) + longest(FaultKind::Late).min(Fault::LATEST);
        let troubles = || std::iter::once(trouble).chain(twin.map(|twin| &twin.trouble));
        let lag = troubles().flat_map(|t| &t.lags).map(|lag| lag.seconds).max().unwrap_or_default();
        let healed = Disturbed::HEALED_AFTER.as_secs();
        let disturbed = troubles().flat_map(|t| &t.events).map(|e| e.seconds + healed).max().unwrap_or_default();
        let clock = troubles().flat_map(|t| &t.clock).map(|step| step.ahead.abs()).max().unwrap_or_default();
        let other = i64::from(twin.is_some());
        let repeats = |f: &&Fault| matches!(f.kind, FaultKind::LostAnswer | FaultKind::Late);
        Self {
            lost: faults.iter().filter(repeats).count(),
            unseen: SignedDuration::from_secs(lag + disturbed + late + other),
            clock: SignedDuration::from_secs(clock),
            late: SignedDuration::from_secs(late),
            twins: twin.is_some(),
        }
    }
    /// Since when what happens to other objects than the tenant may be unseen at this instant (I2).
    pub fn others_since(&self, at: Timestamp) -> Timestamp {
        at - self.unseen - SignedDuration::from_secs(1)
    }
    /// Since when what happens may be unseen at this instant, where it is no gate of I2.
    pub fn since(&self, at: Timestamp) -> Timestamp {
        at - self.unseen
    }
}
