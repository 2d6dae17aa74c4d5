//! The bench: what an upgrade of a fleet costs, side by side with what people would use instead, on one real control plane in one run.
//!
//! - `program`: what is played, in which order; between any two contestants stands a raw loop.
//! - `bed`: the control plane and the tenants; `contestant`: who rolls the new images out, and how.
//! - `machine`, `audit`: what is read of it: the CPU of every process, whose it was, and the API server's audit log.
//! - `stats`, `gate`: pure. Medians and ranges, ratios of neighbours, and whether a ratio got worse than the baseline.
//! - `report`: text, JSON and plots.
//!
//! What the figures mean: `docs/performance.md`.

pub mod audit;
pub mod bed;
pub mod child;
pub mod contestant;
pub mod figure;
pub mod gate;
pub mod machine;
pub mod pass;
pub mod play;
pub mod program;
pub mod report;
pub mod stats;
