//! Rule R27: which software a tenant uses, in which version, and until when that is supported.

pub mod cycle;
pub mod identify;
pub mod runs;
mod used;
pub mod uses;

pub use used::{Used, used};
