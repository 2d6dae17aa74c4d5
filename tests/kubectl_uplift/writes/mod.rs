//! The commands that write.

mod approve;
mod consent;
mod operated;
mod retry;
mod sign_off;
mod stage;
mod suspend;
mod verdicts;
