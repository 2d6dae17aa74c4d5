//! Life cycles from elsewhere (R27): a source that the plan says is due → GET → what it lists, or what is wrong with it.
//!
//! Nothing is decided here. Whose host the configuration does not list is never in a plan; what of an answer is believed is for the rules.

mod client;
pub mod document;
mod fetcher;

pub use client::{LifecycleError, Limits};
pub use fetcher::Fetcher;
