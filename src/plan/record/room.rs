//! What ends of support leave of the right to decline (R15).

use jiff::civil::Date;

use crate::api::Version;

/// What may still be declined, so that the way out fits before the end.
#[derive(Clone, Debug, Default)]
pub struct Room {
    /// So many dates, and the end that leaves no more; none: as many as the window agrees to.
    pub dates: Option<(u32, Date)>,
    /// Versions that nothing leads past in time, each with the end.
    pub needed: Vec<(Version, Date)>,
}

impl Room {
    /// The end that this version is needed for.
    pub fn needs(&self, version: &Version) -> Option<Date> {
        self.needed.iter().find(|(needed, _)| needed == version).map(|(_, on)| *on)
    }

    /// One date was declined.
    pub fn take(&mut self) {
        self.dates = self.dates.map(|(left, on)| (left.saturating_sub(1), on));
    }

    /// One that was declined is back.
    pub fn give_back(&mut self) {
        self.dates = self.dates.map(|(left, on)| (left.saturating_add(1), on));
    }
}
