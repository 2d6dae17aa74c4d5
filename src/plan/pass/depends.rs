//! What a turn depends on beside the facts of its tenant.

use jiff::Timestamp;

use crate::plan::output::Class;

/// What a turn depends on that the turns of others in this pass may change.
#[derive(Clone, Copy, Debug, Default)]
pub struct Depends<'a> {
    /// No more upgrades of this window may run, and no turn can end that.
    pub at_limit: Option<&'a str>,
    /// It looked for a place in this window, and others may take one. It comes to the same as long as all do who look for one there.
    pub places: Option<&'a str>,
    /// The plan has no room for its status, which is of this class. What others find of it, a place or the state of its ring, is looked for
    /// by itself.
    pub room: Option<Class>,
    /// It takes what others may take, or changes what they find. Such a turn is taken in every pass.
    pub others: bool,
}

/// What is known of a turn once it is over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trace<'a> {
    /// The next instant that matters to it.
    pub until: Option<Timestamp>,
    /// What else.
    pub depends: Depends<'a>,
}

impl Trace<'_> {
    /// Of a turn in two parts.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let until = [self.until, other.until].into_iter().flatten().min();
        Self { until, depends: self.depends.and(other.depends) }
    }
}

impl Depends<'_> {
    /// And this. A turn that waits for two windows is nobody's: both are to be asked.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let two = |one: Option<&str>, other: Option<&str>| one.is_some() && other.is_some() && one != other;
        let others = two(self.at_limit, other.at_limit) || two(self.places, other.places);
        Self {
            at_limit: self.at_limit.or(other.at_limit),
            places: self.places.or(other.places),
            room: self.room.or(other.room),
            others: self.others || other.others || others,
        }
    }
}
