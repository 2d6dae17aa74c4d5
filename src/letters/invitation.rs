//! What a notice changes in the customer's calendar (RFC 5546): the entry of an upgrade is put in, moved or taken out.

use jiff::Timestamp;

use super::Method;
use crate::api::tenant::{NoticeFacts, NoticeRecord};

/// A change of the customer's calendar.
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

/// The change of the calendar that a notice brings; none: it leaves the calendar alone.
pub fn invitation(notice: &NoticeRecord, facts: &NoticeFacts) -> Option<Invitation> {
    let change = facts.calendar.as_ref()?;
    let slot = facts.slot();
    // A slot that is gone has left its name at least, and that is its opening.
    let opens_at = slot.map(|slot| slot.opens_at).or_else(|| notice.slot.as_deref()?.parse().ok())?;
    Some(Invitation {
        method: change.method,
        uid: change.uid.clone(),
        sequence: change.sequence,
        opens_at,
        closes_at: slot.map(|slot| slot.closes_at),
    })
}
