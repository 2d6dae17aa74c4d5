//! The testbed: a real control plane, a clock that steps, the month of the demo, and a judge. For development only; see `README.md`.
#![allow(missing_docs, clippy::missing_panics_doc, reason = "for the tests of this project, not an interface")]

use std::path::PathBuf;

pub mod bench;
pub mod clock;
pub mod control_plane;
pub mod demo;
pub mod judge;
pub mod process_node;
pub mod takeover;

/// The folder of the project: its chart, its examples, its `target`.
pub fn project() -> PathBuf {
    folder().join("..")
}

/// The folder `testbed` of the project.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
