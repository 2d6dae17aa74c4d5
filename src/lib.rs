//! Uplift upgrades a fleet of hosted tenants to each new product release: tested, approved, announced, with the customer's
//! right to opt out, inside a window, and with proof that it worked.
//!
//! The way of the data is the layout: `observe` folds watches into [`fleet`], `plan` decides, `execute`, `notify` and
//! `lifecycle` act.

pub mod api;
pub mod calendar;
pub mod cli;
pub mod clock;
pub mod controller;
pub mod execute;
pub mod fleet;
pub mod lead;
pub mod letters;
pub mod lifecycle;
pub mod notify;
pub mod observe;
pub mod plan;
pub mod simulate;
pub mod telemetry;
