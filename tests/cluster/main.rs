//! Everything that needs a real API server. The tests of one part: `cargo test --test cluster consent::`.
//!
//! Each part that shares a control plane among its tests has one of its own: charts, definitions and policies are one for a cluster.

mod admission;
mod bad_input;
mod cluster_execute;
mod consent;
mod interop;
mod jobs;
mod kinds;
mod kubectl_uplift;
mod leader;
mod observe;
mod rights;
mod software;
mod testbed;

use uplift_testbed::{clock, control_plane};
