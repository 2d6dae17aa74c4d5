//! What is asked of the way out of a version that ends (R28). Most tenants ask the same, and a pass finds it once.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::api::tenant::Runway;

/// The opening and the close of a date.
pub type Date = (Timestamp, Timestamp);

/// The first and the last instant of a change window (R33); none: that end is open.
pub type Span = [Option<Timestamp>; 2];

/// The upgrades that lead out of a version.
#[derive(Clone, Debug)]
pub struct Way<'a> {
    /// The change window of each, in their order.
    pub hops: Vec<Span>,
    /// The UID of the release that is first.
    pub first: &'a str,
}

/// What was found.
#[derive(Default)]
pub struct Runways<'a> {
    /// The way out, by channel and the UID of the release that runs; an error: there is none.
    pub ways: BTreeMap<(&'a str, &'a str), Result<Way<'a>, Runway>>,
    /// The dates that are taken before an end: by window, end, the change windows of the upgrades, and how many they are.
    pub dates: BTreeMap<(&'a str, Timestamp, Vec<Span>, usize), Vec<Date>>,
}
