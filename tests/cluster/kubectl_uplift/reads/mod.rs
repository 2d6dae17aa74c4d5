//! The commands that read.

mod answers;
mod pages;
mod plan;
mod trouble;
