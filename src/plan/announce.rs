//! Rule R10: notices are written down, then sent, then have a receipt. What counts is the receipt, not the sending.

use std::collections::BTreeSet;

use super::{
    Class,
    draft::{Draft, NewNotice},
    hold::{Gate, Hold},
    ids, message,
    notice::{Address, Outgoing},
    pass::Pass,
    receipts,
    story::StoryEvent,
    wake::later,
};
use crate::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus, reasons,
        tenant::{Contact, NoticeKind, NoticeRecord, Slot},
    },
    fleet::{Delivery, DeliveryKey, Tenant, TenantKey},
};

/// After so many slots lost to one contact the tenant is stalled.
const LOST_SLOTS: usize = 2;

/// A contact that was added while the notice may still be delivered gets it too, and counts if it is required.
pub fn tell_new_contacts(pass: &Pass, draft: &mut Draft) {
    let Some((_, slot)) = draft.slot().filter(|(_, slot)| pass.now <= slot.notice_until) else { return };
    let deliver_by = Some(slot.notice_until);
    let Some(key) = draft.stem().map(ids::slot_notice) else { return };
    let Some(first) = draft.status.notices.iter().find(|n| n.key == key).cloned() else { return };
    let NoticeRecord { kind, release, slot, reason, .. } = first;
    draft.note(pass, &NewNotice { key, kind, release, slot, reason, deliver_by });
}

/// A required contact that has answered wrongly so far: people can still mend it before the deadline.
pub fn unheard(draft: &Draft) -> Option<String> {
    let key = draft.stem().map(ids::slot_notice)?;
    let waits = |n: &&NoticeRecord| n.key == key && n.required && n.delivered_at.is_none() && n.superseded_by.is_none();
    let notice = draft.status.notices.iter().find(waits)?;
    let error = notice.last_error.as_ref()?;
    Some(format!(
        "contact {:?} has not accepted the notice yet; it is tried until {}: {error}",
        notice.contact, notice.deliver_by
    ))
}

/// Which contact did not accept the notice of this slot, and what it answered.
pub fn undelivered(status: &TenantInstanceStatus, stem: &str, slot: &Slot) -> String {
    let key = ids::slot_notice(stem);
    match status.notices.iter().find(|n| n.required && n.key == key && n.delivered_at.is_none()) {
        Some(n) => {
            let error = n.last_error.as_deref().unwrap_or("it was not reached in time");
            format!("contact {:?} did not accept the notice until {}: {error}", n.contact, n.deliver_by)
        }
        None => format!("the notice was not accepted until {}", slot.notice_until),
    }
}

/// R10: after two slots in a row lost to the same contact somebody has to look at it. An edit of the manifest starts anew.
pub fn unreachable(spec: &TenantInstanceSpec, status: &TenantInstanceStatus, generation: i64) -> Option<Hold> {
    let lost = |name: &str| {
        let slots = status.notices.iter().filter(|n| n.contact == name && n.required && is_slot_notice(n.kind));
        // Newest first: an acceptance ends the row. What was superseded was not waited for to the end.
        let mut row = slots.take_while(|n| n.delivered_at.is_none()).filter(|n| lost_to_contact(n));
        row.next().is_some_and(|newest| newest.generation == generation) && row.count() + 1 >= LOST_SLOTS
    };
    let contact = spec.contacts.iter().find(|c| lost(&c.name))?;
    let message = format!("two slots were lost because contact {:?} accepted no notice; correct spec.contacts", contact.name);
    Some(Hold::stalled(Gate::Contact, reasons::CONTACT_UNREACHABLE, message))
}

fn lost_to_contact(notice: &NoticeRecord) -> bool {
    notice.last_error.is_some() && notice.superseded_by.as_deref() == Some(EXPIRED)
}

/// What `supersededBy` says of a notice whose deadline passed.
pub const EXPIRED: &str = "Expired";

fn is_slot_notice(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::Planned | NoticeKind::Moved)
}

/// Folds what became of the notices into the status: receipts, first failures, deadlines that passed.
pub fn receipts(pass: &mut Pass, draft: &mut Draft) {
    let mut keys = BTreeSet::new();
    for i in 0..draft.status.notices.len() {
        let notice = &draft.status.notices[i];
        if notice.delivered_at.is_some() || notice.superseded_by.as_deref() == Some(EXPIRED) {
            continue;
        }
        let delivery = pass.fleet.deliveries.get(&delivery_key(&draft.tenant.meta.uid, notice));
        let judged_at = later(notice.deliver_by, receipts::SETTLE);
        let expired = notice.superseded_by.is_none() && pass.now > judged_at;
        if notice.superseded_by.is_none() {
            pass.wake.at(later(judged_at, 1));
        }
        if let Some(next) = receipt(notice, delivery, expired) {
            keys.insert(next.key.clone());
            draft.status.notices[i] = next;
        }
    }
    if !keys.is_empty() {
        draft.urgent(Class::Receipt);
    }
    for key in keys {
        tell(draft, &key);
    }
}

/// The record with what became of it, if that is new.
fn receipt(seen: &NoticeRecord, delivery: Option<&Delivery>, expired: bool) -> Option<NoticeRecord> {
    if delivery.is_none() && !expired {
        return None;
    }
    let mut notice = seen.clone();
    if let Some(delivery) = delivery {
        if delivery.delivered_at.is_some() {
            (notice.delivered_at, notice.attempts) = (delivery.delivered_at, delivery.attempts);
            notice.last_error = None;
        } else if notice.last_error.is_none() && delivery.last_error.is_some() {
            // The first failure is told at once; later ones change nothing that anybody decides on.
            notice.last_error.clone_from(&delivery.last_error);
            notice.attempts = delivery.attempts;
        }
    }
    if expired && notice.delivered_at.is_none() {
        notice.superseded_by = Some(EXPIRED.into());
    }
    (notice != *seen).then_some(notice)
}

/// `NoticeDelivered` when the last required contact accepted, `NoticeFailed` when the deadline passed: once for each notice.
fn tell(draft: &mut Draft, key: &str) {
    let of_key = |status: &TenantInstanceStatus| -> (bool, bool) {
        let required = || status.notices.iter().filter(|n| n.key == key && n.required);
        let expired = required().any(|n| n.superseded_by.as_deref() == Some(EXPIRED));
        (required().next().is_some() && required().all(|n| n.delivered_at.is_some()), expired)
    };
    let (was_delivered, was_expired) = of_key(draft.seen);
    let (delivered, expired) = of_key(&draft.status);
    let event = match () {
        () if delivered && !was_delivered => StoryEvent::NoticeDelivered,
        () if expired && !was_expired => StoryEvent::NoticeFailed,
        () => return,
    };
    let Some(notice) =
        draft.status.notices.iter().find(|n| n.key == key && (delivered || n.superseded_by.as_deref() == Some(EXPIRED)))
    else {
        return;
    };
    let (kind, release, slot, error) = (notice.kind, notice.release.clone(), notice.slot.clone(), notice.last_error.clone());
    let mut story = draft.story(event);
    (story.notice, story.release, story.slot) = (Some(kind), Some(release).filter(|r| !r.is_empty()), slot);
    if event == StoryEvent::NoticeFailed {
        story.reason = Some(reasons::NOTICE_NOT_DELIVERED.into());
        story.message = error;
    }
    draft.tell(story);
}

fn delivery_key(tenant_uid: &str, notice: &NoticeRecord) -> DeliveryKey {
    DeliveryKey { tenant_uid: tenant_uid.into(), key: notice.key.clone(), contact: notice.contact.clone() }
}

/// What is to be sent: written down in the status that the API server holds, and not superseded by what is on its way there.
pub fn outgoing(
    pass: &Pass,
    key: &TenantKey,
    tenant: &Tenant,
    seen: &TenantInstanceStatus,
    next: &TenantInstanceStatus,
    held: bool,
) -> Vec<Outgoing> {
    let Ok(spec) = &tenant.spec else { return vec![] };
    let waits = |n: &&NoticeRecord| n.delivered_at.is_none() && n.superseded_by.is_none() && pass.now <= n.deliver_by;
    let still = |n: &&NoticeRecord| next.notices.iter().any(|m| m.key == n.key && m.contact == n.contact && waits(&m));
    // Whatever holds the slot holds its notice too; answers and results are told in any case (R16).
    let allowed = |n: &&NoticeRecord| !(held && (is_slot_notice(n.kind) || n.kind == NoticeKind::Reminder));
    let one = |n: &NoticeRecord| {
        let contact = spec.contacts.iter().find(|c| c.name == n.contact)?;
        let done =
            pass.fleet.deliveries.get(&delivery_key(&tenant.meta.uid, n)).is_some_and(|d| d.delivered_at.is_some() || d.gave_up);
        (!done).then_some(())?;
        Some(Outgoing {
            tenant: key.clone(),
            tenant_uid: tenant.meta.uid.clone(),
            key: n.key.clone(),
            contact: n.contact.clone(),
            address: address(contact)?,
            created_at: n.created_at,
            deliver_by: n.deliver_by,
            message: message::message(pass, (key, &tenant.meta.uid), spec, seen, n)?,
        })
    };
    // The oldest first: a contact hears things in the order in which they happened.
    seen.notices.iter().rev().filter(waits).filter(still).filter(allowed).filter_map(one).collect()
}

/// A contact with neither address is refused at admission, and held back by the gates.
fn address(contact: &Contact) -> Option<Address> {
    let webhook = contact.webhook.clone().map(Address::Webhook);
    webhook.or_else(|| contact.email.clone().map(Address::Email))
}
