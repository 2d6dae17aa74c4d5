//! Short stable names: the same tenant, release and slot give the same id, whoever computes it and however often (I8).

use sha2::{Digest, Sha256};

use crate::api::{
    notice_key::NoticeKey,
    tenant::{Contact, Slot, Verdict},
    upgrade_id::Stem,
};

/// The name of a slot of a tenant for a release: the stem of its upgrade ids and notice keys.
///
/// A slot that is lost and given again (a freeze that came and went) is another slot with another notice: `given_before` counts
/// how often the history saw it end.
pub fn stem(tenant_uid: &str, release_uid: &str, slot: &Slot, given_before: usize) -> Stem {
    Stem::from(&*short(&[tenant_uid, release_uid, &slot.window, &slot.opens, &given_before.to_string()]))
}

/// A short digest of a contact's address.
pub fn address(contact: &Contact) -> String {
    short(&[contact.webhook.as_deref().unwrap_or_default(), contact.email.as_deref().unwrap_or_default()])
}

/// The key of the answer to an opt-out: each verdict on what was said at that second (Unix time) is one answer.
pub fn answer_notice(tenant_uid: &str, value: &str, slot: Option<&str>, said_at: i64, verdict: Verdict) -> NoticeKey {
    let parts = [tenant_uid, value, slot.unwrap_or_default(), &said_at.to_string(), verdict.name()];
    NoticeKey::answer(&short(&parts))
}

/// The entry of an upgrade in the customer's calendar: the same for each date that it gets.
pub fn invitation(tenant_uid: &str, version: &str) -> String {
    format!("{}@uplift.dev", short(&[tenant_uid, version]))
}

/// The stem was given to this slot of this release, however often before: a release that was deleted and made again is another one, and
/// was never announced. `ended`: so many slots the history holds.
pub fn is_of(stem: &Stem, tenant_uid: &str, release_uid: &str, slot: &Slot, ended: usize) -> bool {
    (0..=ended).any(|given_before| self::stem(tenant_uid, release_uid, slot, given_before) == *stem)
}

/// Twelve hexadecimal digits of these parts.
pub fn short(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]); // so that ("ab", "c") and ("a", "bc") differ
    }
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    hash.finalize().iter().take(6).flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}
