//! What customers read: pure functions of the facts of a notice, which were frozen when it was written down.
//!
//! `plan` writes the facts, and nothing here looks at anything else: a repetition after a restart is the same to the byte.

mod answers;
mod date;
mod dates;
mod digest;
mod invitation;
mod notes;
mod phrases;
mod reasons;
mod results;
mod support;
#[cfg(test)]
mod tests;
mod text;
mod trial;
mod words;

use jiff::Timestamp;
use serde::Serialize;

pub use crate::api::tenant::CalendarMethod as Method;
use crate::{
    api::{
        notice_key::NoticeKey,
        release::Notes,
        stored_reason::StoredReason,
        tenant::{Ending, NoticeKind, PlatformEnd, Slot, TrialFacts, Verdict},
    },
    calendar::Local,
    fleet::TenantKey,
    plan::{Address, Notice},
};
pub use invitation::Invitation;

/// A notice for one contact, in words: what is sent, and sent again, until it is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The tenant.
    pub tenant: TenantKey,
    /// The tenant's UID.
    pub tenant_uid: String,
    /// The stable key of the notice. With the contact's name it makes the `webhook-id`.
    pub key: NoticeKey,
    /// The contact's name.
    pub contact: String,
    /// Where to send it.
    pub address: Address,
    /// When it was written down: the time of the message, the same in every repetition.
    pub created_at: Timestamp,
    /// The last second in which it may be sent.
    pub deliver_by: Timestamp,
    /// What it says.
    pub message: Message,
}

/// What a notice says, in words and as data. It serialises to the `data` of the CloudEvent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// What kind of notice it is.
    pub kind: NoticeKind,
    /// The customer's name; or `the platform`, whose ends are no tenant's.
    pub customer: String,
    /// The tenant's namespace.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// The tenant's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tenant: String,
    /// The version that runs, or ran before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The version that it is about; absent: an opt-out of a day while nothing is planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The slot that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<SlotTimes>,
    /// Whether the slot can be declined, with this notice in hand.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub can_decline: bool,
    /// How many more times the customer may decline; absent: as often as they like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusals_left: Option<u32>,
    /// The verdict on an opt-out, where it answers one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// A stable word for why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<StoredReason>,
    /// What is not supported any more, or not for much longer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<Ending>,
    /// The trial that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<TrialFacts>,
    /// What of the platform's ends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub digest: Vec<PlatformEnd>,
    /// One line.
    pub subject: String,
    /// The whole message in plain text: dates in the slot's zone, how to decline, what silence means.
    pub text: String,
    /// What is new in the version, as its release says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<Notes>,
    /// What it changes in the customer's calendar. Webhooks get the slot's times instead.
    #[serde(skip)]
    pub invitation: Option<Invitation>,
}

/// The times of a slot, UTC where they do not say otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SlotTimes {
    /// Its name: the opening in local time with offset.
    pub opens: String,
    /// The opening.
    pub opens_at: Timestamp,
    /// The close.
    pub closes_at: Timestamp,
    /// The cut-off.
    pub opt_out_until: Timestamp,
    /// The same in the slot's zone, for people.
    pub local: LocalTimes,
}

impl SlotTimes {
    fn of(slot: &Slot) -> Self {
        let Slot { opens_at, closes_at, opt_out_until, .. } = *slot;
        let zone = Local::of(slot);
        let [opens, closes, until] = [opens_at, closes_at, opt_out_until].map(|at| zone.for_people(at));
        let local = LocalTimes { opens, closes, opt_out_until: until };
        Self { opens: slot.opens.clone(), opens_at, closes_at, opt_out_until, local }
    }
}

/// The times of a slot in its zone, as people read them: `Tue 15 Dec 2026 18:00 GMT`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LocalTimes {
    /// The opening.
    pub opens: String,
    /// The close.
    pub closes: String,
    /// The cut-off.
    pub opt_out_until: String,
}

/// A notice that waits to be sent, in words or not: what is asked of it again and again needs none.
pub trait Waiting {
    /// The tenant, and its UID.
    fn tenant(&self) -> (&TenantKey, &str);
    /// The contact's name.
    fn contact(&self) -> &str;
    /// When it was written down, and its key.
    fn written(&self) -> (Timestamp, &NoticeKey);
    /// Where to send it.
    fn address(&self) -> &Address;
    /// The last second in which it may be sent.
    fn deliver_by(&self) -> Timestamp;
    /// In words: once, when it is new to whoever sends it.
    fn compose(self) -> Outgoing;
}

impl Waiting for Notice {
    fn tenant(&self) -> (&TenantKey, &str) {
        (&self.tenant, &self.tenant_uid)
    }
    fn contact(&self) -> &str {
        &self.record.contact
    }
    fn written(&self) -> (Timestamp, &NoticeKey) {
        (self.record.created_at, &self.record.key)
    }
    fn address(&self) -> &Address {
        &self.address
    }
    fn deliver_by(&self) -> Timestamp {
        self.record.deliver_by
    }
    fn compose(self) -> Outgoing {
        write(&self)
    }
}

impl Waiting for Outgoing {
    fn tenant(&self) -> (&TenantKey, &str) {
        (&self.tenant, &self.tenant_uid)
    }
    fn contact(&self) -> &str {
        &self.contact
    }
    fn written(&self) -> (Timestamp, &NoticeKey) {
        (self.created_at, &self.key)
    }
    fn address(&self) -> &Address {
        &self.address
    }
    fn deliver_by(&self) -> Timestamp {
        self.deliver_by
    }
    fn compose(self) -> Outgoing {
        self
    }
}

/// A notice in words.
pub fn write(notice: &Notice) -> Outgoing {
    let record = &notice.record;
    Outgoing {
        tenant: notice.tenant.clone(),
        tenant_uid: notice.tenant_uid.clone(),
        key: record.key.clone(),
        contact: record.contact.clone(),
        address: notice.address.clone(),
        created_at: record.created_at,
        deliver_by: record.deliver_by,
        message: message(notice),
    }
}

/// What a notice says.
pub fn message(notice: &Notice) -> Message {
    let (record, facts) = (&notice.record, &notice.facts);
    let words = phrases::Words::of(record, facts);
    let (subject, text) = words.write();
    Message {
        kind: record.kind,
        customer: facts.customer.clone(),
        namespace: notice.tenant.namespace.clone(),
        tenant: if notice.tenant.is_platform() { String::new() } else { notice.tenant.name.clone() },
        from: facts.from.clone(),
        to: words.version().map(Into::into),
        slot: facts.slot().map(SlotTimes::of),
        can_decline: words.can_decline(),
        refusals_left: facts.refusals_left,
        verdict: facts.verdict,
        reason: record.reason.clone(),
        ends: facts.ends.clone(),
        trial: facts.trial.clone(),
        digest: facts.digest.clone(),
        subject: text::one_line(&subject),
        text: notes::with_notes(text, words.version(), facts.notes.as_ref()),
        notes: facts.notes.clone(),
        invitation: invitation::invitation(record, facts),
    }
}
