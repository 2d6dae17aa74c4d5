//! Short stable names: the same tenant, release and slot give the same id, whoever computes it and however often (I8).

use sha2::{Digest, Sha256};

/// The name of a slot of a tenant for a release: the stem of its upgrade ids and notice keys.
pub fn stem(tenant_uid: &str, release_uid: &str, slot_opens: &str) -> String {
    short(&[tenant_uid, release_uid, slot_opens])
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

/// The key of the notice that a slot may not be kept, or is gone.
pub fn postponed_notice(stem: &str) -> String {
    format!("{stem}-postponed")
}

/// The key of the notice of an upgrade's result.
pub fn result_notice(upgrade_id: &str) -> String {
    format!("{upgrade_id}-result")
}

/// The key of the answer to an opt-out.
pub fn answer_notice(tenant_uid: &str, value: &str, slot: Option<&str>, said_at: i64) -> String {
    format!("{}-answer", short(&[tenant_uid, value, slot.unwrap_or_default(), &said_at.to_string()]))
}

fn short(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]); // so that ("ab", "c") and ("a", "bc") differ
    }
    hash.finalize().iter().take(6).fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
