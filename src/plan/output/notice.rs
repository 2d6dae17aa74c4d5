//! Notices on their way out: what to tell whom, under which key.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    api::tenant::{NoticeKind, Verdict},
    fleet::TenantKey,
};

/// A notice for one contact that is written down and waits for its receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The tenant.
    pub tenant: TenantKey,
    /// The tenant's UID.
    pub tenant_uid: String,
    /// The stable key of the notice. With the contact's name it makes the `webhook-id`.
    pub key: String,
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

/// Where a notice goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// A URL that takes a signed CloudEvent.
    Webhook(String),
    /// An e-mail address, without a name.
    Email(String),
}

/// What a notice says, in words and as data. It serialises to the `data` of the CloudEvent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// What kind of notice it is.
    pub kind: NoticeKind,
    /// The customer's name.
    pub customer: String,
    /// The tenant's namespace.
    pub namespace: String,
    /// The tenant's name.
    pub tenant: String,
    /// The version that runs, or ran before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The version that it is about.
    pub to: String,
    /// The slot that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<SlotTimes>,
    /// How many more times the customer may decline; absent: as often as they like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusals_left: Option<u32>,
    /// The verdict on an opt-out, where it answers one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// A stable word for why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// One line.
    pub subject: String,
    /// The whole message in plain text: dates in the window's zone, how to decline, what silence means.
    pub text: String,
    /// What it changes in the customer's calendar. Webhooks get the slot's times instead.
    #[serde(skip)]
    pub invitation: Option<Invitation>,
}

/// A change of the customer's calendar: the entry of an upgrade is put in, moved or taken out (RFC 5546).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Whether the entry stands or is taken out.
    pub method: Method,
    /// The entry: one for each tenant and version, however often its date changes.
    pub uid: String,
    /// Rises with each change of the entry.
    pub sequence: u32,
    /// The opening.
    pub opens_at: Timestamp,
    /// The close, where it is still known.
    pub closes_at: Option<Timestamp>,
}

/// What becomes of the entry in the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// It stands, at these times.
    Request,
    /// It is taken out.
    Cancel,
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
    /// The same in the window's zone, for people.
    pub local: LocalTimes,
}

/// The times of a slot in the window's zone, as people read them: `Tue 15 Dec 2026 18:00 GMT`.
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
