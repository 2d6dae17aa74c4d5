//! Window time (rule R9): occurrences, cut-offs and freezes of an [`UpgradeWindow`](crate::api::UpgradeWindow).
//!
//! Openings, cut-offs and freezes are local wall-clock time in the window's zone; in a gap or a fold of the clocks they take
//! jiff's `compatible` choice: what a gap skips happens as much later, what a fold repeats happens the first time. Lengths are
//! elapsed time. Every instant is in whole seconds. The zones are those compiled in, never the machine's, so that the same
//! spec gives the same plan everywhere.
//!
//! Pure: the time is an argument.

mod check; // what compile refuses of the occurrences
mod cron; // five fields -> local matches
mod cut_off; // until when a customer may say no
mod freeze; // spans of local dates
mod invalid; // what is wrong, and what to do
mod latest; // backwards: what is over before an instant
mod local; // the wall clock of a slot
mod openings; // local matches -> instants, in order
mod schedule; // the rules together
#[cfg(test)]
mod tests;
mod zone; // wall clock <-> instants

/// The time that a notice gets to be delivered before its deadline (rule R7).
pub const DELIVERY: crate::api::Duration = crate::api::Duration::from_secs(15 * 60);

/// So much longer than `notice` is `announceAhead`: the time in which a slot is announced (rule R7).
pub const ROOM_TO_ANNOUNCE: crate::api::Duration = crate::api::Duration::from_hours(24);

pub use invalid::InvalidWindow;
pub use local::Local;
pub use schedule::{Occurrence, Schedule};
pub use zone::zone;
