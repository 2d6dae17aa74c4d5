//! What the faults of a run excuse. Without a fault nothing is excused but the second of I2.

use jiff::SignedDuration;
use uplift::simulate::{
    Fault, FaultKind,
    engine::{Disturbed, Trouble, Twin},
};
use uplift_testbed::judge::Leeway;

/// What these faults excuse.
pub fn of(faults: &[Fault], trouble: &Trouble, twin: Option<&Twin>) -> Leeway {
    let longest = |kind| faults.iter().filter(|f| f.kind == kind).map(|f| f.down).max().unwrap_or_default();
    let late = longest(FaultKind::Pause) + longest(FaultKind::Late).min(Fault::LATEST);
    let troubles = || std::iter::once(trouble).chain(twin.map(|twin| &twin.trouble));
    let lag = troubles().flat_map(|t| &t.lags).map(|lag| lag.seconds).max().unwrap_or_default();
    let healed = Disturbed::HEALED_AFTER.as_secs();
    let disturbed = troubles().flat_map(|t| &t.events).map(|e| e.seconds + healed).max().unwrap_or_default();
    let clock = troubles().flat_map(|t| &t.clock).map(|step| step.ahead.abs()).max().unwrap_or_default();
    // What the other takes back in one second, this one may send in the next.
    let other = 2 * i64::from(twin.is_some());
    let repeats = |f: &&Fault| matches!(f.kind, FaultKind::LostAnswer | FaultKind::Late);
    Leeway {
        lost: faults.iter().filter(repeats).count(),
        unseen: SignedDuration::from_secs(lag + disturbed + late + other),
        clock: SignedDuration::from_secs(clock),
        late: SignedDuration::from_secs(late),
        twins: twin.is_some(),
    }
}
