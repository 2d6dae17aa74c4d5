//! What a turn that came to nothing waits for, and of which some comes free.

use crate::plan::output::Class;

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Awaited {
    /// That fewer upgrades of this window run than may.
    Window(String),
    /// That the plan has room for a status of this class.
    Room(Class),
}
