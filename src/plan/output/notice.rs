//! Notices on their way out: what to tell whom, under which key. Their words are made elsewhere, of the facts that stand here.

use crate::{
    api::tenant::{NoticeFacts, NoticeRecord},
    fleet::TenantKey,
};

/// A notice for one contact that is written down and waits for its receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The tenant.
    pub tenant: TenantKey,
    /// The tenant's UID.
    pub tenant_uid: String,
    /// Where to send it.
    pub address: Address,
    /// Its record.
    pub record: NoticeRecord,
    /// What its words are made of: those of the record, or what is known today of one that an older operator wrote.
    pub facts: NoticeFacts,
}

/// Where a notice goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// A URL that takes a signed CloudEvent.
    Webhook(String),
    /// An e-mail address, without a name.
    Email(String),
}
