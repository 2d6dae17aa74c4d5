//! Who prints.

use std::io;

use crate::simulate::{engine::Told, world::World};

/// Prints what happens, as it happens.
pub(in crate::simulate) trait Printer {
    /// One more thing happened.
    fn print(&mut self, told: &Told) -> io::Result<()>;
    /// That was all.
    fn end(&mut self, world: &World) -> io::Result<()>;
}
