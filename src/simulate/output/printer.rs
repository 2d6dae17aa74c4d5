//! Who prints.

use std::io;

use super::shown::Shown;
use crate::simulate::{engine::Told, world::World};

/// Prints what happens, as it happens.
pub(in crate::simulate) trait Printer {
    /// One more thing happened.
    fn print(&mut self, told: &Told) -> io::Result<()>;
    /// More of what it did.
    fn show(&mut self, shown: &Shown) -> io::Result<()>;
    /// That was all.
    fn end(&mut self, world: &World) -> io::Result<()>;
}
