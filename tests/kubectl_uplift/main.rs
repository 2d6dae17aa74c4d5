//! `kubectl uplift` as people run it: the real kubectl, the chart's roles and policies, a real API server.

#[path = "../../testbed/control_plane/mod.rs"]
mod control_plane;

mod reads;
mod writes;
