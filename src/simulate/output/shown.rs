//! What a run shows on request: each letter that was accepted, and each write of images.

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;

use super::utc::utc;
use crate::{
    api::tenant::NoticeKind,
    letters::{Invitation, Method, Outgoing},
    plan::Address,
    simulate::world::{Object, Record, What as Happened},
};

/// What to show beside the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Show {
    /// Each letter that a contact accepted.
    pub letters: bool,
    /// Each write of images.
    pub writes: bool,
}

/// One more thing to show: a line.
#[derive(Serialize)]
pub(in crate::simulate) struct Shown<'a> {
    #[serde(skip)]
    pub when: jiff::Timestamp,
    at: String,
    #[serde(flatten)]
    pub what: What<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::simulate) enum What<'a> {
    Letter(Letter<'a>),
    Images(Images),
}

/// A letter, or a notice to a webhook, as its contact got it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::simulate) struct Letter<'a> {
    pub tenant: String,
    pub contact: &'a str,
    pub to: &'a str,
    pub kind: NoticeKind,
    pub subject: &'a str,
    pub text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar<'a>>,
}

/// What it changes in the customer's calendar, where it comes by e-mail.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::simulate) struct Calendar<'a> {
    pub method: &'static str,
    pub uid: &'a str,
    pub sequence: u32,
    opens_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    closes_at: Option<String>,
}

/// The images that one write has changed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::simulate) struct Images {
    pub workload: String,
    /// Container to its new image.
    pub set: BTreeMap<String, String>,
}

impl Show {
    /// What is to be shown of a record.
    pub(in crate::simulate) fn of(self, record: &Record) -> Option<Shown<'_>> {
        let what = match &record.what {
            Happened::Accepted(notice) if self.letters => What::Letter(Letter::of(notice)),
            Happened::Write(before, after) if self.writes => What::Images(Images::of(before, after)?),
            _ => return None,
        };
        Some(Shown { when: record.at, at: utc(record.at), what })
    }
}

impl<'a> Letter<'a> {
    fn of(notice: &'a Outgoing) -> Self {
        let (Address::Webhook(to) | Address::Email(to)) = &notice.address;
        let message = &notice.message;
        Self {
            tenant: notice.tenant.to_string(),
            contact: &notice.contact,
            to,
            kind: message.kind,
            subject: &message.subject,
            text: &message.text,
            calendar: message.invitation.as_ref().map(Calendar::of),
        }
    }
}

impl<'a> Calendar<'a> {
    fn of(invitation: &'a Invitation) -> Self {
        let method = match invitation.method {
            Method::Request => "REQUEST",
            Method::Cancel => "CANCEL",
        };
        Self {
            method,
            uid: &invitation.uid,
            sequence: invitation.sequence,
            opens_at: utc(invitation.opens_at),
            closes_at: invitation.closes_at.map(utc),
        }
    }
}

impl Images {
    /// Nothing, where the write changed something else.
    fn of(before: &Arc<Object>, after: &Arc<Object>) -> Option<Self> {
        let (old, new) = (before.workload()?.containers(), after.workload()?.containers());
        let changed = |c: &crate::fleet::Container| !old.iter().any(|o| (&o.name, &o.image) == (&c.name, &c.image));
        let set: BTreeMap<_, _> = new.into_iter().filter(changed).map(|c| (c.name, c.image)).collect();
        Some(Self { workload: after.key.to_string(), set }).filter(|images| !images.set.is_empty())
    }
}
