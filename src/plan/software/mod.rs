//! Rules R27 and R29: which software a tenant uses, in which version, until when that is supported, and when an end is told.

pub mod cycle;
pub mod identify;
pub mod instead;
pub mod runs;
pub mod threshold;
mod used;
pub mod uses;

pub use used::{Used, used};
