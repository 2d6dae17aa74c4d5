//! Backwards: the last occurrence that is over before an instant (rule R28).

use jiff::{SignedDuration, Timestamp};

use super::{Schedule, zone};

/// How far back is looked first, and each time twice as far: nightly windows are answered by two nights, yearly ones soon enough.
const FIRST_LOOK: SignedDuration = SignedDuration::from_hours(48);

impl Schedule {
    /// The opening and the close of the last occurrence that opens at or after `from`, is closed by `until`, and that no freeze touches.
    pub fn last_closed_by(&self, from: Timestamp, until: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let fits =
            |(opens_at, closes_at): &(Timestamp, Timestamp)| *closes_at <= until && self.frozen(*opens_at, *closes_at).is_none();
        let (mut before, mut look) = (until, FIRST_LOOK);
        while from < before {
            let since = zone::before(before, look).max(from);
            let openings = self.openings(since).take_while(|opens_at| *opens_at < before);
            let last = openings.map(|opens_at| (opens_at, self.closes_at(opens_at))).filter(fits).last();
            if last.is_some() {
                return last;
            }
            (before, look) = (since, look * 2);
        }
        None
    }
}
