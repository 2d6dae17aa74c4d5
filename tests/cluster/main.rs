//! Everything that needs a real API server. The tests of one part: `cargo test --test cluster consent::`.
//!
//! Each part that shares a control plane among its tests has one of its own: charts, definitions and policies are one for a cluster.

#[path = "../../testbed/clock/mod.rs"]
mod clock;
#[path = "../../testbed/control_plane/mod.rs"]
mod control_plane;

mod admission;
mod bad_input;
mod cluster_execute;
mod consent;
mod kubectl_uplift;
mod observe;
mod testbed;
