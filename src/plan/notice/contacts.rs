//! Rule R10: contacts that are still to hear of a slot, or that cannot be reached.

use crate::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus, reasons,
        tenant::{NoticeKind, NoticeRecord, Slot},
    },
    plan::{
        output::hold::{Gate, Hold},
        pass::Pass,
        record::{
            draft::{Draft, NewNotice},
            ids,
        },
    },
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
    Some(Hold::slot(Gate::Contact, reasons::CONTACT_UNREACHABLE, message))
}

fn lost_to_contact(notice: &NoticeRecord) -> bool {
    notice.last_error.is_some() && notice.superseded_by.as_deref() == Some(EXPIRED)
}

/// What `supersededBy` says of a notice whose deadline passed.
pub const EXPIRED: &str = "Expired";

pub fn is_slot_notice(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::Planned | NoticeKind::Moved)
}
