//! What is known of a window.

use super::{Meta, Parsed};
use crate::{
    api::{UpgradeWindowSpec, UpgradeWindowStatus},
    calendar::Schedule,
};

/// A window as last seen.
#[derive(Clone, Debug)]
pub struct Window {
    /// Its identity.
    pub meta: Meta,
    /// Its spec, or why it does not parse.
    pub spec: Parsed<UpgradeWindowSpec>,
    /// Its status as last written.
    pub status: Parsed<UpgradeWindowStatus>,
    /// Its occurrences, compiled once for each edit, or what is wrong with the spec: never "always open" (R9).
    pub schedule: Parsed<Schedule>,
}

impl Window {
    /// The facts of an object that was read.
    pub fn new(meta: Meta, spec: Parsed<UpgradeWindowSpec>, status: Parsed<UpgradeWindowStatus>) -> Self {
        let schedule = spec.as_ref().map_err(Clone::clone).and_then(|s| Schedule::compile(s).map_err(|e| e.to_string()));
        Self { meta, spec, status, schedule }
    }
}
