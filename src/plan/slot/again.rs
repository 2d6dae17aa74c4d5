//! Rule R22: a retry within the slot that is still open runs at once, under its notice.

use crate::{
    api::{Version, tenant::Slot, upgrade_id::UpgradeId},
    plan::{
        consent::{
            comes_up::{declines_occurrence, would_decline_release},
            deferral::is_kept,
        },
        gates::{self, time_left::last_start},
        output::hold::Gate,
        pass::Pass,
        record::{draft::Draft, ids},
        slot::{give::instants, review::lost_release},
        target::choice::retried,
    },
};

/// Gives the planned upgrade the slot of the one that failed in it, as its next try. Only where every gate of a start lets it: what would
/// wait there gets a date that its customer is told of. The answer is frozen anew, as the cut-off is over.
pub fn again<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) -> bool {
    let Some((slot, id)) = open(pass, draft) else { return false };
    if declines_occurrence(pass, draft, &slot) {
        return false;
    }
    let planned = draft.status.upgrade.clone();
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.attempt = id.attempt().unwrap_or(upgrade.attempt);
        (upgrade.id, upgrade.slot, upgrade.expected_at) = (Some(id), Some(slot.clone()), None);
    }
    if gates::of_draft(pass, draft).iter().any(|hold| hold.gate != Gate::Consent) {
        draft.plan(planned);
        return false;
    }
    pass.take_place(&draft.spec.window_ref.name, slot.opens_at);
    for at in instants(&slot) {
        pass.wake.at(at);
    }
    true
}

/// What failed in this turn of a release that has lost its dates (R8), also by this very failure, is not tried again on this one, and the
/// letter says so. Nor is a version that the customer declined meanwhile (R12), nor what leaves too little time (R32), nor one whose change
/// window is over (R33).
pub fn forgo(pass: &Pass, draft: &mut Draft) {
    let Some(failed) = draft.status.history.first().filter(|failed| failed.retry_in.is_some()) else { return };
    if draft.seen.history.first().is_some_and(|seen| seen.id == failed.id) {
        return;
    }
    let release = pass.channel(&draft.spec.channel).iter().find(|release| release.version.is(&failed.to));
    let (window, deferrals) = (&draft.spec.window_ref.name, draft.status.deferrals.as_ref());
    let kept = |to: &Version| is_kept(pass, window, deferrals, &draft.room, to);
    let declined = failed.to.parse().is_ok_and(|to| would_decline_release(&draft.status, &to, kept(&to)));
    let last = failed.retry_in.as_ref().and_then(|slot| last_start(pass, &draft.status, release, slot));
    let late = last.is_some_and(|last| pass.now > last) || release.is_some_and(|release| release.change.is_err());
    if declined || late || release.is_none_or(|release| lost_release(release).is_some()) {
        draft.status.history[0].retry_in = None;
    }
}

/// The slot, and the id of the next try in it.
fn open(pass: &Pass, draft: &Draft) -> Option<(Slot, UpgradeId)> {
    let (failed, upgrade) = (draft.status.history.first()?, draft.status.upgrade.as_ref()?);
    let slot = failed.retry_in.as_ref().filter(|slot| pass.now < slot.closes_at && slot.window == draft.spec.window_ref.name)?;
    let asked = retried(draft.tenant, failed) && upgrade.to == failed.to;
    let again = failed.id.attempt()?.checked_add(1)?;
    let ended = draft.status.history.len();
    let same_release = ids::is_of(failed.id.stem(), &draft.tenant.meta.uid, &upgrade.release_uid, slot, ended);
    (asked && same_release).then(|| (slot.clone(), failed.id.again(again)))
}
