//! What is new in a release, as its notes say it: below each letter about it.

use super::text::one_line;
use crate::api::release::Notes;

/// The text with what is new, and where to read more.
pub fn with_notes(text: String, version: Option<&str>, notes: Option<&Notes>) -> String {
    let (Some(version), Some(notes)) = (version, notes) else { return text };
    let more = notes.url.as_deref().map(|url| format!(" ({})", one_line(url))).unwrap_or_default();
    format!("{text}\n\nNew in {version}: {}{more}", one_line(&notes.summary))
}
