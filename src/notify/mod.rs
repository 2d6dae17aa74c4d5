//! Notices on their way to the contacts (R10): notice → signed POST of a CloudEvent, or e-mail → receipt.
//!
//! The planner says what is to be sent, all of it, each time it ran; [`Notifier`] sends it, in order for each contact of a
//! tenant, repeats what fails, and reports. It keeps nothing that a restart may not forget: a notice without a written receipt is
//! sent again under its id (I8).

pub mod address;
pub(crate) mod client;
pub mod cloudevent;
pub mod email;
#[cfg(test)]
mod fixture;
mod lane;
mod notifier;
mod queue;
pub(crate) mod reply;
pub mod secret;
mod settings;
pub mod signature;
mod timing;
mod turns;
mod ways;
mod webhook;

pub use notifier::Notifier;
pub use secret::Secret;
pub use settings::{NotifyError, Settings};
pub use timing::Timing;
