//! What became of notices that were sent.

use jiff::Timestamp;

use super::{Table, TenantKey};
use crate::api::notice_key::NoticeKey;

/// A notice to one contact of one tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryKey {
    /// The tenant.
    pub tenant: TenantKey,
    /// The UID of the tenant.
    pub tenant_uid: String,
    /// The key of the notice.
    pub key: NoticeKey,
    /// The contact's name.
    pub contact: String,
}

/// What is known of its sending, by this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Tries so far.
    pub attempts: u32,
    /// When the contact accepted it.
    pub delivered_at: Option<Timestamp>,
    /// What the contact answered last, or why it was not reached.
    pub last_error: Option<String>,
    /// No further try will be made: the address can never be right.
    pub gave_up: bool,
}

/// Deliveries of this process that no status holds yet.
pub type Deliveries = Table<DeliveryKey, Delivery>;
