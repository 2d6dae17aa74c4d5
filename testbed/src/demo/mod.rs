//! The monthly cycle of `examples/monthly-cycle/`, played on a real control plane with a clock that jumps.

pub mod answer;
pub mod child;
pub mod crash;
pub mod example;
pub mod idle;
pub mod month;
pub mod outage;
pub mod people;
pub mod reaction;
pub mod receiver;
pub mod report;
pub mod stage;
pub mod timeline;
pub mod trail;
