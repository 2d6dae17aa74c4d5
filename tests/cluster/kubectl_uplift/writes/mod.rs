//! The commands that write.

mod accept_issue;
mod approve;
mod consent;
pub mod operated;
mod retry;
mod sign_off;
pub mod stage;
mod suspend;
mod trial;
mod verdicts;
