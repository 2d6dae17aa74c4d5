//! Rule R7: whose turn comes first.

use crate::{
    api::{
        reason::Reason,
        stored_reason::StoredReason,
        tenant::{HistoryEntry, SlotResult},
    },
    plan::{
        pass::{Pass, rings::unproven_before, stock::Order},
        record::draft::Draft,
    },
};

/// The rank of who cannot use what they would take.
const LAST: u8 = 2;

/// When a tenant has its turn; among equals the order is that of namespace and name.
///
/// First who lost a slot through no doing of their own, also when the loss is seen in this very pass. Then the others, by the number of
/// slots of this release that they declined or failed in, the fewest first: who always declines, or is tried again and again, starves
/// nobody. Last those that cannot use what
/// they would take: whose writes the API server refuses, and who lost a slot and are still blocked. Else one broken tenant would go
/// first in every occurrence, and stop another (I9).
/// A ring goes before those that follow it, since their dates come after its own (R17).
pub fn turn(pass: &Pass, draft: &Draft) -> Order {
    let (rank, in_vain) = rank(pass, draft);
    (rings_before(pass, draft), rank, in_vain)
}

/// How many rings still have to prove the planned release for the tenant's own.
fn rings_before(pass: &Pass, draft: &Draft) -> usize {
    let upgrade = draft.status.upgrade.as_ref();
    let release = upgrade.and_then(|upgrade| pass.release(&upgrade.release, &upgrade.release_uid));
    release.map_or(0, |release| unproven_before(&release.rings, &draft.spec.ring).count())
}

fn rank(pass: &Pass, draft: &Draft) -> (u8, usize) {
    if pass.is_refused(draft.key) {
        return (LAST, 0);
    }
    let rank = match draft.status.history.first().map(|last| last.result) {
        None | Some(SlotResult::Succeeded | SlotResult::Failed | SlotResult::RolledBack | SlotResult::RollbackFailed) => 1,
        Some(_) if draft.status.blockers.iter().any(|blocker| !of_others(&blocker.reason)) => LAST,
        Some(SlotResult::OptedOut) => 1,
        Some(SlotResult::Missed | SlotResult::Moved) => 0,
    };
    (rank, in_vain(draft))
}

/// A halt, the rings before and the change window are the release's matter, and too short a slot is the window's: once they are over, whoever
/// lost a slot to them goes first.
fn of_others(reason: &StoredReason) -> bool {
    use Reason::{ChangeExpired, Halted, NotEnoughTime, OutsideChange, RingPending, RingSoaking, RingUnproven};
    let theirs = [Halted, RingUnproven, RingPending, RingSoaking, OutsideChange, ChangeExpired, NotEnoughTime];
    theirs.iter().any(|one| reason == one)
}

/// How many slots of the planned release the tenant had in vain: the customer gave them back, or the upgrade failed.
fn in_vain(draft: &Draft) -> usize {
    let Some(upgrade) = &draft.status.upgrade else { return 0 };
    let had = |result: SlotResult| result == SlotResult::OptedOut || result.is_failure();
    let own = |entry: &&HistoryEntry| had(entry.result) && entry.to == upgrade.to;
    draft.status.history.iter().filter(own).count()
}
