//! Rule R10: which notices are to be sent now.

use crate::{
    api::{
        TenantInstanceStatus,
        tenant::{Contact, NoticeKind, NoticeRecord},
    },
    fleet::{Tenant, TenantKey},
    plan::{
        notice::{contacts::is_slot_notice, message, receipts::delivery_key},
        output::notice::{Address, Outgoing},
        pass::Pass,
    },
};

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
