//! Rule R10: what became of the notices that were sent. What counts is the receipt, not the sending.

use std::collections::BTreeSet;

use crate::{
    api::{TenantInstanceStatus, notice_key::NoticeKey, reason::Reason, tenant::NoticeRecord},
    fleet::{Delivery, DeliveryKey, Fleet, Tenant, TenantKey},
    plan::{
        output::{Class, story::StoryEvent},
        pass::{Pass, wake::later},
        record::{draft::Draft, receipts},
    },
};

/// Folds what became of the notices into the status: receipts, first failures, deadlines that passed.
pub fn receipts(pass: &mut Pass, draft: &mut Draft) {
    let mut keys = BTreeSet::new();
    for i in 0..draft.status.notices.len() {
        let notice = &draft.status.notices[i];
        if notice.delivered_at.is_some() || notice.is_void_by(Reason::Expired) {
            continue;
        }
        let delivery = delivery(pass.fleet, draft.key, draft.tenant, notice);
        let judged_at = later(notice.deliver_by, receipts::SETTLE);
        let expired = notice.superseded_by.is_none() && pass.now > judged_at;
        if notice.superseded_by.is_none() {
            pass.wake.at(later(judged_at, 1));
        }
        if let Some(next) = receipt(notice, delivery, expired) {
            keys.insert(next.key.without_address());
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
            (notice.last_error, notice.facts) = (None, None);
        } else if notice.last_error.is_none() && delivery.last_error.is_some() {
            // The first failure is told at once; later ones change nothing that anybody decides on.
            notice.last_error.clone_from(&delivery.last_error);
            notice.attempts = delivery.attempts;
        }
    }
    if expired && notice.delivered_at.is_none() {
        notice.make_void(Reason::Expired.into());
    }
    (notice != *seen).then_some(notice)
}

/// `NoticeDelivered` when the last required contact accepted, `NoticeFailed` when the deadline passed: once for each notice, and once
/// more where a contact got another address meanwhile.
fn tell(draft: &mut Draft, key: &NoticeKey) {
    let is_it = |n: &NoticeRecord| n.key.is(key) && !n.is_void_by(Reason::AddressChanged);
    let of_key = |status: &TenantInstanceStatus| -> (bool, bool) {
        let required = || status.notices.iter().filter(|n| is_it(n) && n.required);
        let expired = required().any(|n| n.is_void_by(Reason::Expired));
        (required().next().is_some() && required().all(|n| n.delivered_at.is_some()), expired)
    };
    let (was_delivered, was_expired) = of_key(draft.seen);
    let (delivered, expired) = of_key(&draft.status);
    let event = match () {
        () if delivered && !was_delivered => StoryEvent::NoticeDelivered,
        () if expired && !was_expired => StoryEvent::NoticeFailed,
        () => return,
    };
    let Some(notice) = draft.status.notices.iter().find(|n| is_it(n) && (delivered || n.is_void_by(Reason::Expired))) else {
        return;
    };
    let (kind, release, slot, error) = (notice.kind, notice.release.clone(), notice.slot.clone(), notice.last_error.clone());
    let mut story = draft.story(event);
    (story.notice, story.release, story.slot) = (Some(kind), Some(release).filter(|r| !r.is_empty()), slot);
    if event == StoryEvent::NoticeFailed {
        story.reason = Some(Reason::NoticeNotDelivered.into());
        story.message = error;
    }
    draft.tell(story);
}

/// What became of a notice, as far as this process knows.
pub fn delivery<'f>(fleet: &'f Fleet, key: &TenantKey, tenant: &Tenant, notice: &NoticeRecord) -> Option<&'f Delivery> {
    // The common case first: where nothing was sent no key needs to be built.
    if fleet.deliveries.is_empty() {
        return None;
    }
    let (tenant, tenant_uid) = (key.clone(), tenant.meta.uid.clone());
    fleet.deliveries.get(&DeliveryKey { tenant, tenant_uid, key: notice.key.clone(), contact: notice.contact.clone() })
}
