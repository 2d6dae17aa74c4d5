//! Instants as they are printed.

use jiff::Timestamp;

/// RFC 3339 in UTC to the second.
pub(super) fn utc(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}
