//! Rule R10: which notices are to be sent now.

use crate::{
    api::{
        TenantInstanceStatus,
        tenant::{Contact, NoticeKind, NoticeRecord},
    },
    fleet::{Tenant, TenantKey},
    plan::{
        notice::{contacts::is_slot_notice, facts, receipts::delivery},
        output::notice::{Address, Notice},
        pass::Pass,
        record::receipts::is_for,
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
) -> Vec<Notice> {
    let Ok(spec) = &tenant.spec else { return vec![] };
    let waits = |n: &&NoticeRecord| n.waits() && pass.now <= n.deliver_by;
    let still = |n: &&NoticeRecord| next.notices.iter().any(|m| m.key == n.key && m.contact == n.contact && waits(&m));
    // Whatever holds the slot holds its notice too; answers and results are told in any case (R16).
    let of_slot = |n: &NoticeRecord| is_slot_notice(n.kind) || n.kind == NoticeKind::Reminder;
    let allowed = |n: &&NoticeRecord| !of_slot(n) || (!held && !declines_too_late(pass, n));
    let done = |n: &NoticeRecord| delivery(pass.fleet, key, tenant, n).is_some_and(|d| d.delivered_at.is_some() || d.gave_up);
    let one = |n: &NoticeRecord| {
        // The next write gives an address that changed a record of its own.
        let contact = spec.contacts.iter().find(|c| is_for(n, c))?;
        (!done(n)).then_some(())?;
        Some(Notice {
            tenant: key.clone(),
            tenant_uid: tenant.meta.uid.clone(),
            address: address(contact)?,
            facts: n.facts.as_deref().cloned().unwrap_or_else(|| facts::of_older(pass, tenant, spec, seen, n)),
            record: n.clone(),
        })
    };
    // The oldest first: a contact hears things in the order in which they happened.
    seen.notices.iter().rev().filter(waits).filter(still).filter(allowed).filter_map(one).collect()
}

/// What says how to decline until the cut-off is not sent after it.
fn declines_too_late(pass: &Pass, notice: &NoticeRecord) -> bool {
    let slot = notice.facts.as_ref().and_then(|facts| facts.slot());
    slot.is_some_and(|slot| notice.created_at <= slot.opt_out_until && slot.opt_out_until < pass.now)
}

/// A contact with neither address is refused at admission, and held back by the gates.
pub fn address(contact: &Contact) -> Option<Address> {
    let webhook = contact.webhook.clone().map(Address::Webhook);
    webhook.or_else(|| contact.email.clone().map(Address::Email))
}
