//! Rule R10: when a notice counts as delivered.

use super::ids;
use crate::api::{
    TenantInstanceSpec, TenantInstanceStatus,
    notice_key::NoticeKey,
    tenant::{Contact, NoticeRecord},
};

/// A deadline is judged this long after it passed, in seconds: an acceptance in its last second has been reported by then.
pub const SETTLE: i64 = 5;

/// Whether every required contact accepted the notice of this key by its deadline (R10, I3).
///
/// The key names tenant, release and slot: a notice of another release or date has another key, and is another notice. An address
/// that the manifest has changed since is not waited for: the new one has a record of its own.
pub fn delivered(status: &TenantInstanceStatus, spec: &TenantInstanceSpec, key: &NoticeKey) -> bool {
    let in_time = |n: &NoticeRecord| n.delivered_at.is_some_and(|at| at <= n.deliver_by);
    let asked = |n: &NoticeRecord| spec.contacts.iter().any(|c| is_for(n, c));
    let of_slot = || status.notices.iter().filter(|n| n.required && n.key.is(key));
    of_slot().any(in_time) && of_slot().all(|n| in_time(n) || !asked(n))
}

/// Whether a notice is for this contact at the address that it has now.
pub fn is_for(notice: &NoticeRecord, contact: &Contact) -> bool {
    notice.contact == contact.name && notice.address.as_ref().is_none_or(|address| *address == ids::address(contact))
}

/// The first contact is required unless it says otherwise, the others only if they say so.
pub fn required(contact: &Contact, position: usize) -> bool {
    contact.required.unwrap_or(position == 0)
}
