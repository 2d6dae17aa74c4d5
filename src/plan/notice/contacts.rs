//! Rule R10: contacts that are still to hear of a slot, or that cannot be reached.

use jiff::Timestamp;

use crate::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus,
        notice_key::NoticeKey,
        reason::Reason,
        tenant::{NoticeKind, NoticeRecord},
        upgrade_id::Stem,
    },
    plan::{
        output::hold::{Gate, Hold},
        pass::Pass,
        record::{
            draft::{Draft, NewNotice},
            ids, receipts,
        },
    },
};

/// After so many slots lost to one contact the tenant is stalled.
const LOST_SLOTS: usize = 2;

/// A contact that is there since the notice was written, or has another address since, gets it too. While it may still be delivered,
/// whom that is required of must accept it: the address before may have been somebody else's. After that the slot stays.
pub fn tell_new_contacts(pass: &Pass, draft: &mut Draft) {
    let (Some((_, slot)), Some(stem)) = (draft.slot(), draft.stem()) else { return };
    let (stem, in_time) = (stem.clone(), pass.now <= slot.notice_until);
    if pass.now >= slot.opens_at {
        return; // what is about to start is not held up for it
    }
    let deliver_by = Some(if in_time { slot.notice_until } else { slot.opens_at });
    let of_slot = |n: &&NoticeRecord| n.key.announces(&stem);
    if !draft.status.notices.iter().any(|n| of_slot(&n)) {
        return;
    }
    forget_old_addresses(draft, &stem);
    for (i, contact) in draft.spec.contacts.iter().enumerate() {
        let of_contact = || draft.status.notices.iter().filter(of_slot).filter(|n| n.contact == contact.name);
        if of_contact().any(|n| receipts::is_for(n, contact)) {
            continue;
        }
        let key = if of_contact().next().is_none() {
            NoticeKey::slot(&stem)
        } else {
            NoticeKey::slot_at(&stem, &ids::address(contact))
        };
        let Some(first) = draft.status.notices.iter().rfind(of_slot) else { return };
        let NoticeRecord { kind, release, slot, reason, .. } = first.clone();
        let notice = NewNotice { key, kind, release, slot, reason, deliver_by };
        let mut record = notice.record(pass, draft.tenant.meta.generation, contact, i);
        record.required &= in_time;
        draft.status.notices.insert(0, record);
    }
}

/// What waits for an address that its contact does not have any more is not sent there.
fn forget_old_addresses(draft: &mut Draft, stem: &Stem) {
    let contacts = &draft.spec.contacts;
    let moved = |n: &NoticeRecord| contacts.iter().any(|c| c.name == n.contact && !receipts::is_for(n, c));
    let over = |n: &NoticeRecord| n.waits() && n.key.announces(stem) && moved(n);
    if draft.status.notices.iter().any(over) {
        draft.status.notices.iter_mut().filter(|n| over(n)).for_each(|n| n.make_void(Reason::AddressChanged.into()));
    }
}

/// A required contact that has answered wrongly so far: people can still mend it before the deadline.
pub fn unheard(draft: &Draft) -> Option<String> {
    let reinstated = draft.status.upgrade.as_ref().and_then(|upgrade| upgrade.reinstated_by.clone());
    let key = reinstated.or_else(|| draft.stem().map(NoticeKey::slot))?;
    let waits = |n: &&NoticeRecord| n.required && n.waits() && n.key.is(&key);
    let notice = draft.status.notices.iter().find(waits)?;
    let error = notice.last_error.as_ref()?;
    Some(format!(
        "contact {:?} has not accepted the notice yet; it is tried until {}: {error}",
        notice.contact, notice.deliver_by
    ))
}

/// Which contact did not accept this notice, and what it answered.
pub fn undelivered(status: &TenantInstanceStatus, key: &NoticeKey, deadline: Timestamp) -> String {
    let asked = |n: &&NoticeRecord| !n.is_void_by(Reason::AddressChanged);
    let missing = |n: &&NoticeRecord| n.required && n.key.is(key) && n.delivered_at.is_none();
    match status.notices.iter().filter(asked).find(missing) {
        Some(n) => {
            let error = n.last_error.as_deref().unwrap_or("it was not reached in time");
            format!("contact {:?} did not accept the notice until {}: {error}", n.contact, n.deliver_by)
        }
        None => format!("the notice was not accepted until {deadline}"),
    }
}

/// R10: after two slots in a row lost to the same contact somebody has to look at it. An edit of the manifest starts anew. The manifest may well be
/// right, so the tenant is not stalled: one customer's dead address must not turn the sync of the whole fleet red.
pub fn unreachable(spec: &TenantInstanceSpec, status: &TenantInstanceStatus, generation: i64) -> Option<Hold> {
    let lost = |name: &str| {
        let slots = status.notices.iter().filter(|n| n.contact == name && n.required && is_slot_notice(n.kind));
        // Newest first: an acceptance ends the row. What was superseded was not waited for to the end.
        let mut row = slots.take_while(|n| n.delivered_at.is_none()).filter(|n| lost_to_contact(n));
        row.next().is_some_and(|newest| newest.generation == generation) && row.count() + 1 >= LOST_SLOTS
    };
    let contact = spec.contacts.iter().find(|c| lost(&c.name))?;
    let message = format!(
        "two slots were lost because contact {:?} accepted no notice; let it answer again or correct spec.contacts: any change of the spec starts anew",
        contact.name
    );
    Some(Hold::slot(Gate::Contact, Reason::ContactUnreachable, message))
}

fn lost_to_contact(notice: &NoticeRecord) -> bool {
    notice.last_error.is_some() && notice.is_void_by(Reason::Expired)
}

pub fn is_slot_notice(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::Planned | NoticeKind::Moved)
}
