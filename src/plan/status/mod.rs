//! What the three statuses say, for people and tools.

pub mod deleted;
pub mod hands;
pub mod release;
pub mod tenant;
pub mod window;
mod write;
