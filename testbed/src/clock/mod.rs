//! The stepping clock: a month in a minute, with nothing switched off.
//!
//! Virtual time is real time plus an offset of whole seconds that only grows. Between two jumps it runs like any clock. The demo
//! is the authority: it keeps the [`Journal`] of its jumps and sends it over a Unix socket to each operator process that it
//! starts; the operator's [`SteppedClock`] reads the machine's clock and adds. So a killed operator comes back into the same time.
//!
//! What the API server writes (creation times, stamps of opt-outs, managedFields) is real time, in whole seconds, rounded down.
//! Such a second is read with the offset in force at its *end*. That is exact when no jump comes after the write within its
//! second, so [`Authority`] waits for the next second before it jumps after a write of the demo or of a person. What the
//! operator writes itself carries its own clock. So every rule about time runs as in production: nothing is switched off to make
//! a month short.

pub mod authority;
pub mod journal;
pub mod stepped;
pub mod wire;

pub use authority::{Authority, real};
pub use stepped::SteppedClock;
