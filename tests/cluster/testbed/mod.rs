//! The testbed itself: what every other cluster test relies on.
//!
//! The tests share one control plane and work in namespaces of their own, but for those that kill something.

use crate::control_plane::Shared;

mod endings;
mod people;
mod rollouts;

static SHARED: Shared = Shared::new();
