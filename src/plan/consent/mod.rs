//! Rules R11 to R15: what the customer said, whether it was in time, and what follows.
//!
//! An opt-out is judged here in two moments: when it is said, against the slot that is announced ([`judge`]), and when a release or
//! an occurrence comes up that it may decline ([`comes_up`]). Both only move states of the [`ledger`]; what moved is answered once, at
//! the end of the turn ([`answer`]).

pub mod answer;
pub mod comes_up;
pub mod deferral;
pub mod judge;
pub mod ledger;
mod opt_in;
pub mod preview;
mod said;
pub mod silence;
pub mod value;
