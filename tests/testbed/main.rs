//! The testbed itself: what every other cluster test relies on.
//!
//! The tests share one control plane and work in namespaces of their own, but for those that kill something.

#[path = "../../testbed/control_plane/mod.rs"]
mod control_plane;

mod endings;
mod people;
mod rollouts;
