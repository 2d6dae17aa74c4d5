//! Time as an API server keeps it.

use jiff::Timestamp;

/// Instants compare in whole seconds (R9). What an API server keeps of a time has no fraction.
pub(super) fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
