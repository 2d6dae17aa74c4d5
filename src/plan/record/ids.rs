//! Short stable names: the same tenant, release and slot give the same id, whoever computes it and however often (I8).

use sha2::{Digest, Sha256};

use crate::api::tenant::{Contact, Slot, Verdict};

/// The name of a slot of a tenant for a release: the stem of its upgrade ids and notice keys.
///
/// A slot that is lost and given again (a freeze that came and went) is another slot with another notice: `given_before` counts
/// how often the history saw it end.
pub fn stem(tenant_uid: &str, release_uid: &str, slot: &Slot, given_before: usize) -> String {
    short(&[tenant_uid, release_uid, &slot.window, &slot.opens, &given_before.to_string()])
}

/// The id of a try within that slot, counted from 1.
pub fn upgrade(stem: &str, attempt: u32) -> String {
    format!("{stem}-{attempt}")
}

/// The slot's stem within an upgrade id.
pub fn stem_of(upgrade_id: &str) -> &str {
    upgrade_id.rsplit_once('-').map_or(upgrade_id, |(stem, _)| stem)
}

/// The key of the notice that announces a slot. One for each slot, whatever the reason: a restart can not make a second.
pub fn slot_notice(stem: &str) -> String {
    format!("{stem}-slot")
}

/// The key of the same notice for a contact whose address changed: another address is told for the first time.
pub fn slot_notice_at(stem: &str, address: &str) -> String {
    format!("{stem}-slot-{address}")
}

/// Whether a notice's key is that of this slot, at whatever address.
pub fn is_slot_notice(key: &str, stem: &str) -> bool {
    key.strip_prefix(stem).is_some_and(|rest| rest == "-slot" || rest.starts_with("-slot-"))
}

/// The key of a notice without the address that it was told at anew.
pub fn without_address(key: &str) -> &str {
    key.find("-slot-").map_or(key, |at| &key[..at + "-slot".len()])
}

/// A short digest of a contact's address.
pub fn address(contact: &Contact) -> String {
    short(&[contact.webhook.as_deref().unwrap_or_default(), contact.email.as_deref().unwrap_or_default()])
}

/// The key of the reminder of a slot, so many seconds before it opens.
pub fn reminder_notice(stem: &str, secs: i64) -> String {
    format!("{stem}-reminder-{secs}")
}

/// The key of the notice that a slot may not be kept, or is gone.
pub fn postponed_notice(stem: &str) -> String {
    format!("{stem}-postponed")
}

/// The key of the notice that a slot is gone which, as was told before, might not be kept.
pub fn called_off_notice(stem: &str) -> String {
    format!("{stem}-off")
}

/// The key of the notice of an upgrade's result.
pub fn result_notice(upgrade_id: &str) -> String {
    format!("{upgrade_id}-result")
}

/// The key of the answer to an opt-out: each verdict on what was said at that second (Unix time) is one answer.
pub fn answer_notice(tenant_uid: &str, value: &str, slot: Option<&str>, said_at: i64, verdict: Verdict) -> String {
    let parts = [tenant_uid, value, slot.unwrap_or_default(), &said_at.to_string(), verdict.name()];
    format!("{}-answer", short(&parts))
}

/// The entry of an upgrade in the customer's calendar: the same for each date that it gets.
pub fn invitation(tenant_uid: &str, version: &str) -> String {
    format!("{}@uplift.dev", short(&[tenant_uid, version]))
}

fn short(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]); // so that ("ab", "c") and ("a", "bc") differ
    }
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    hash.finalize().iter().take(6).flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}
