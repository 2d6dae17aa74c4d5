//! Watch streams to facts. An object that does not parse becomes a finding of that object, never a broken watch.
//!
//! [`run`] tells what the watches show as [`Observation`]s, in the order in which they happened; [`Folder`] folds them, and what
//! reads and writes answered, into the [`Fleet`](crate::fleet::Fleet).

mod fold;
pub mod life;
mod managed;
mod object;
pub mod parse;
mod rows;
mod said;
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

pub use fold::Folder;
pub use life::{Life, client};
pub use object::Unreadable;
pub use server_clock::ServerClock;
pub use stamps::STAMP_POLICY;
pub use watch::run;

use jiff::Timestamp;

use crate::fleet::{ObjectKey, Release, Tenant, TenantKey, View, Window, Workload, WorkloadKey};

/// Something that a watch, or the answer to a read or a write, has shown.
#[derive(Clone, Debug)]
pub enum Observation {
    /// A list of this kind began anew: what is not seen again until [`Observation::Listed`] is gone. May come several times before.
    Listing(View),
    /// A release.
    Release(String, Box<Release>),
    /// A window.
    Window(String, Box<Window>),
    /// A tenant.
    Tenant(TenantKey, Box<Tenant>),
    /// A workload.
    Workload(WorkloadKey, Box<Workload>),
    /// An object was deleted.
    Gone {
        /// Its key.
        key: ObjectKey,
        /// Its UID: one of the same name may have been made since.
        uid: String,
    },
    /// The list is complete.
    Listed(View),
    /// Everything that happened to this kind until that instant, on the operator's clock, has been told: a list that was begun
    /// then is complete, or a bookmark came. That a watch was merely opened does not say so: what it missed is still to come.
    Current(View, Timestamp),
    /// Whether the policies that stamp opt-outs are in force.
    StampsInForce(bool),
}
