//! Rule R8: what takes an announced slot away. Everything else only holds the start, while it lasts.

use crate::{
    api::{Version, notice_key::NoticeKey, reason::Reason, tenant::SlotResult},
    plan::{
        gates,
        notice::contacts,
        output::hold::Hold,
        pass::{
            Pass,
            qualified::Qualified,
            wake::{earlier, later},
        },
        record::{
            draft::{Draft, Ended},
            receipts,
        },
        slot::{give::instants, lose},
    },
};

/// R8: takes the slot away for what makes it void. Everything else only holds the start, while it lasts.
pub fn review(pass: &mut Pass, draft: &mut Draft) {
    if draft.in_flight() {
        return;
    }
    let Some((_, slot)) = draft.slot() else { return };
    for at in instants(slot) {
        pass.wake.at(at);
    }
    match void(pass, draft) {
        Some(ended) => lose::lose(pass, draft, ended),
        None => contacts::tell_new_contacts(pass, draft),
    }
}

fn void(pass: &Pass, draft: &Draft) -> Option<Ended> {
    let (upgrade, slot) = draft.slot()?;
    let moved = |reason, message: String| Some(Ended::new(SlotResult::Moved, reason, message));
    if draft.running.as_ref().is_ok_and(|running| upgrade.to.parse().is_ok_and(|to: Version| *running >= to))
        && upgrade.from != upgrade.to
    {
        return moved(Reason::AlreadyRunning, format!("{} runs already", upgrade.to));
    }
    if pass.now >= slot.closes_at {
        return Some(missed(pass, draft));
    }
    if draft.spec.window_ref.name != slot.window {
        return moved(Reason::WindowChanged, format!("the tenant's window is {:?} now", draft.spec.window_ref.name));
    }
    let Some(window) = pass.window(&slot.window) else {
        return moved(Reason::WindowDeleted, format!("window {:?} was deleted", slot.window));
    };
    if let Some(freeze) = window.schedule.as_ref().ok().and_then(|schedule| schedule.frozen(slot.opens_at, slot.closes_at)) {
        return moved(Reason::Frozen, format!("freeze: {freeze}"));
    }
    if let Some((reason, message)) = release_lost(pass, draft) {
        return moved(reason, message);
    }
    undelivered(pass, draft)
}

/// R10: a notice that is overdue. That of a slot that came back must have been heard before the opening: then it is missed.
fn undelivered(pass: &Pass, draft: &Draft) -> Option<Ended> {
    let (upgrade, slot) = draft.slot()?;
    let (key, deadline, result) = match &upgrade.reinstated_by {
        Some(key) => (key.clone(), earlier(slot.opens_at, 1), SlotResult::Missed),
        None => (NoticeKey::slot(draft.stem()?), slot.notice_until, SlotResult::Moved),
    };
    let overdue = pass.now > later(deadline, receipts::SETTLE) && !receipts::delivered(&draft.status, draft.spec, &key);
    overdue.then(|| Ended::new(result, Reason::NoticeNotDelivered, contacts::undelivered(&draft.status, &key, deadline)))
}

/// Why the slot's release does not carry it any more.
fn release_lost(pass: &Pass, draft: &Draft) -> Option<(Reason, String)> {
    let (upgrade, _) = draft.slot()?;
    // A manifest that does not parse any more is no decision of anyone: its gates hold the start, the slot stays.
    let object = pass.fleet.releases.get(&upgrade.release).filter(|release| release.meta.uid == upgrade.release_uid);
    let Some(object) = object else {
        return Some((Reason::ReleaseDeleted, format!("DashboardRelease {:?} was deleted", upgrade.release)));
    };
    let spec = object.spec.as_ref().ok()?;
    if spec.channel != draft.spec.channel {
        return Some((Reason::ChannelChanged, format!("the tenant follows channel {:?} now", draft.spec.channel)));
    }
    lost_release(pass.release(&upgrade.release, &upgrade.release_uid)?)
}

/// What was said of a release that takes its slots: it is withdrawn, halted, rejected, or not approved any more.
pub fn lost_release(release: &Qualified) -> Option<(Reason, String)> {
    let unapproved = |reason| matches!(reason, Reason::PendingApproval | Reason::ApprovedByCreator);
    let lost = |reason| matches!(reason, Reason::Withdrawn | Reason::Halted | Reason::Rejected) || unapproved(reason);
    let held = [&release.brake, &release.approved].into_iter().filter_map(|r| r.as_ref().err()).find(|held| lost(held.reason))?;
    let reason = if unapproved(held.reason) { Reason::ApprovalRemoved } else { held.reason };
    Some((reason, format!("release {}: {}", release.version, held.message)))
}

/// A slot that closed unused, with what held its start: what people must mend before what only took its time.
fn missed(pass: &Pass, draft: &Draft) -> Ended {
    let holds = gates::of_draft(pass, draft);
    let lasting = |hold: &&Hold| !hold.waiting && hold.reason != Reason::NotEnoughTime || hold.reason == Reason::Concurrency;
    let short = |hold: &&Hold| hold.reason == Reason::NotEnoughTime;
    let Some(hold) = holds.iter().find(lasting).or_else(|| holds.iter().find(short)) else {
        let message = "the slot closed unused: the operator did not run, or the time was too short";
        return Ended::new(SlotResult::Missed, Reason::SlotClosed, message);
    };
    Ended::new(SlotResult::Missed, hold.reason, format!("the slot closed unused: {}", hold.message))
}
