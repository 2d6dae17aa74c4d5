//! Plan to writes. Nothing is left to decide here: what is sent, and under which precondition, is in the plan.
//!
//! [`Queue`] says which write is next, [`Permit`] whether any may be sent, [`request`] what goes over the wire, [`Writer`] sends
//! it and says what became of it, [`Events`] tells people.

pub mod backoff;
mod bound;
pub mod events;
mod job;
pub mod outcome;
pub mod permit;
mod pods;
pub mod queue;
pub mod request;
pub mod teller;
pub mod writer;

pub use events::Event;
pub(crate) use outcome::chain;
pub use outcome::{Denial, Outcome, Seen};
pub use permit::{Permit, PermitHolder, Standing};
pub use queue::{After, Limits, Queue};
pub use teller::Events;
pub use writer::{Settled, Writer, WriterError};
