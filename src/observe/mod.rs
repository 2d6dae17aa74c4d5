//! Watch streams to facts. An object that does not parse becomes a finding of that object, never a broken watch.

mod managed;
mod object;
pub mod parse;
mod tenant;
#[cfg(test)]
mod tests;
mod workload;

pub use object::Unreadable;

use crate::fleet::{ObjectKey, Release, Tenant, TenantKey, View, Window, Workload, WorkloadKey};

/// Something that a watch, or the answer to a write, has shown.
#[derive(Clone, Debug)]
pub enum Observation {
    /// A list of this kind began anew: what is not seen again until [`Observation::Listed`] is gone.
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
    Gone(ObjectKey),
    /// The list is complete.
    Listed(View),
    /// Whether the policies that stamp opt-outs are in force.
    StampsInForce(bool),
}
