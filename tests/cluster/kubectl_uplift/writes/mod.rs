//! The commands that write.

mod approve;
mod consent;
pub mod operated;
mod retry;
mod sign_off;
pub mod stage;
mod suspend;
mod verdicts;
