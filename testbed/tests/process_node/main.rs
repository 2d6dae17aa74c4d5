//! process-node on a real control plane: Jobs whose commands really run, what they see, and what ends them.
//!
//! A program of its own in this package, since cargo builds the package's binaries for its own tests only.
#![allow(clippy::expect_used, reason = "a test may fail where it stands")]

mod checks;
mod data;
mod endings;
mod jobs;
mod postgres;
mod refusals;
mod stage;
mod trial;
