//! Watch streams to facts. An object that does not parse becomes a finding of that object, never a broken watch.
//!
//! [`run`] tells what the watches show as [`Observation`]s, in the order in which they happened; [`Folder`] folds them, and what
//! reads and writes answered, into the [`Fleet`](crate::fleet::Fleet).

mod job;
pub mod life;
mod managed;
mod object;
pub mod parse;
mod pod;
mod server_clock;
pub mod slim;
mod stamps;
mod stream;
mod tenant;
#[cfg(test)]
mod tests;
mod trouble;
mod watch;
mod workload;

pub use crate::fleet::fold::{Folder, Observation};
pub use job::job_read;
pub use life::{Life, client};
pub use object::Unreadable;
pub use pod::pods_read;
pub use server_clock::ServerClock;
pub use stamps::STAMP_POLICY;
pub use watch::run;
