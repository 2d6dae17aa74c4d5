//! What the faults of a run excuse. Without a fault nothing is excused but the second of I2.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use uplift::simulate::{
    Fault, FaultKind,
    engine::{Disturbed, Replica, Trouble},
};
use uplift_testbed::judge::Leeway;

/// The Lease's duration, in seconds.
const LEASE: i64 = 15;

/// What these faults excuse.
pub fn of(faults: &[Fault], trouble: &Trouble, replicas: &[Replica]) -> Leeway {
    let longest = |kind| faults.iter().filter(|f| f.kind == kind).map(|f| f.down).max().unwrap_or_default();
    let late = longest_pause(faults) + longest(FaultKind::Late).min(Fault::LATEST);
    let troubles = || std::iter::once(trouble).chain(replicas.iter().map(|replica| &replica.trouble));
    let lag = troubles().flat_map(|t| &t.lags).map(|lag| lag.seconds).max().unwrap_or_default();
    let healed = Disturbed::HEALED_AFTER.as_secs();
    let disturbed = troubles().flat_map(|t| &t.events).map(|e| e.seconds + healed).max().unwrap_or_default();
    let clock = troubles().flat_map(|t| &t.clock).map(|step| step.ahead.abs()).max().unwrap_or_default();
    // Who is heard again before the Lease has ended goes on with what it had decided; who has led before hears what the other did meanwhile.
    let cut = troubles().flat_map(|t| &t.cut_off).map(|cut| cut.seconds).max().unwrap_or_default().min(LEASE);
    let repeats = |f: &&Fault| matches!(f.kind, FaultKind::LostAnswer | FaultKind::Late);
    Leeway {
        lost: faults.iter().filter(repeats).count(),
        unseen: SignedDuration::from_secs(lag + disturbed + late + cut),
        clock: SignedDuration::from_secs(clock),
        in_doubt: !faults.is_empty(),
        late: SignedDuration::from_secs(late + cut),
        deposed: SignedDuration::from_secs(if replicas.is_empty() { 0 } else { late + cut }),
    }
}

/// The longest that one act stands still. Who goes on takes up the same act under the next number: pauses of consecutive numbers add up.
fn longest_pause(faults: &[Fault]) -> i64 {
    let pauses = faults.iter().filter(|fault| fault.kind == FaultKind::Pause).map(|fault| (fault.at_act, fault.down));
    let (mut longest, mut before) = (0, (0, 0));
    for (at, down) in pauses.collect::<BTreeMap<_, _>>() {
        let in_a_row = if at == before.0 + 1 { before.1 + down } else { down };
        (longest, before) = (longest.max(in_a_row), (at, in_a_row));
    }
    longest
}
