//! The rules: everything that needs neither a cluster nor a wire. One program, so that the library is linked once.
//!
//! The tests of one part: `cargo test --test rules scenarios::`.

mod crash;
mod forged;
mod histories;
mod judge;
mod oracle;
mod planner;
mod runway;
mod scenarios;
mod simulate;
mod spec_rules;
mod stepped_clock;
mod zones;
