//! Rule R10: which notices are forgotten when the list is full.

use jiff::Timestamp;

use crate::{
    api::{
        TenantInstanceStatus,
        notice_key::NoticeKey,
        reason::Reason,
        tenant::{NoticeKind, NoticeRecord, OptOutRecord, SlotResult, Verdict},
        upgrade_id::Stem,
    },
    plan::record::next::NextStatus,
};

/// So many are kept without a reason of their own.
const NOTICES: usize = 24;

/// So many are kept whatever they are good for: eight contacts, twelve notices.
const AT_MOST: usize = 96;

/// So many of those about support and trials are kept, beside the others.
const BESIDE: usize = 16;

/// What a notice is still good for, the least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    /// It is over.
    Over,
    /// It is still to be accepted.
    Waits,
    /// It proves the notice of a slot that an opt-in may bring back.
    MayComeBack,
    /// It proves the notice of the standing slot, or is a reminder that would be sent again.
    Stands,
}

/// Old receipts go first. What has a use stays beyond the usual number: answers never push out what a rule reads.
pub fn forget_old_notices(status: &mut NextStatus, seen: &TenantInstanceStatus, now: Timestamp) {
    forget_those_beside(status);
    let others = |notices: &[NoticeRecord]| notices.iter().filter(|n| !n.kind.is_beside()).count();
    if others(&status.notices) <= NOTICES {
        return;
    }
    let kept = Kept::of(status, seen, now);
    let notices = &mut status.notices;
    let oldest = |notices: &[NoticeRecord], of: Use| notices.iter().rposition(|n| !n.kind.is_beside() && kept.good_for(n) == of);
    while others(notices) > NOTICES {
        let Some(i) = oldest(notices, Use::Over) else { break };
        notices.remove(i);
    }
    while others(notices) > AT_MOST {
        let Some(i) = oldest(notices, Use::Waits).or_else(|| oldest(notices, Use::MayComeBack)) else { break };
        notices.remove(i);
    }
}

/// Keeps so many of a list whose newest stands first. What is over goes before the others, the oldest of it first.
pub fn keep<T>(list: &mut Vec<T>, most: usize, over: impl Fn(&T) -> bool) {
    while list.len() > most {
        let oldest = list.iter().rposition(&over).unwrap_or(most);
        list.remove(oldest);
    }
}

/// What is told of support and trials never takes the room of what announces a date: it has its own. What was told stands in a list of its own.
fn forget_those_beside(status: &mut NextStatus) {
    let many = status.notices.iter().filter(|n| n.kind.is_beside()).count();
    for _ in BESIDE..many {
        let oldest = |waits: bool| status.notices.iter().rposition(|n| n.kind.is_beside() && n.waits() == waits);
        let Some(i) = oldest(false).or_else(|| oldest(true)) else { return };
        status.notices.remove(i);
    }
}

/// What must stay.
struct Kept {
    standing: Option<Stem>,
    came_back: Option<NoticeKey>,
    coming_back: Vec<Stem>,
    reminder: Option<NoticeKey>,
}

impl Kept {
    fn of(status: &TenantInstanceStatus, seen: &TenantInstanceStatus, now: Timestamp) -> Self {
        // The opt-in of this very turn has taken the times off the record already.
        let declined = status.opt_outs.iter().chain(&seen.opt_outs).filter(|r| r.verdict == Verdict::Accepted);
        let ahead = |r: &OptOutRecord| r.lost.as_ref().filter(|slot| slot.opens_at > now).map(|slot| slot.opens.clone());
        let stem = |opens: String| {
            let ended = status.history.iter().find(|e| e.slot == opens && e.result == SlotResult::OptedOut)?;
            Some(ended.id.stem().clone())
        };
        let reminder = status.notices.iter().find(|n| n.kind == NoticeKind::Reminder);
        Self {
            standing: status.upgrade.as_ref().and_then(|upgrade| upgrade.id.as_ref()).map(|id| id.stem().clone()),
            // The answer that brought the slot back is a part of its notice.
            came_back: status.upgrade.as_ref().and_then(|upgrade| upgrade.reinstated_by.clone()),
            coming_back: declined.filter_map(ahead).filter_map(stem).collect(),
            reminder: reminder.map(|n| n.key.clone()),
        }
    }

    fn good_for(&self, n: &NoticeRecord) -> Use {
        let of = |stem: &Stem| n.key.announces(stem);
        // Nobody asks any more for what was to go to an address that is gone.
        let gone = n.is_void_by(Reason::AddressChanged);
        let is = |key: &Option<NoticeKey>| key.as_ref() == Some(&n.key);
        if !gone && (self.standing.as_ref().is_some_and(of) || is(&self.came_back) || is(&self.reminder)) {
            Use::Stands
        } else if self.coming_back.iter().any(of) {
            Use::MayComeBack
        } else if n.waits() {
            Use::Waits
        } else {
            Use::Over
        }
    }
}
