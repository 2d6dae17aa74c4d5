//! What became of asking a source of life cycles (R27).

use jiff::Timestamp;

use crate::api::{
    product::{Fetched, KnownCycle},
    reason::Reason,
};

/// The last try of this process to ask the source of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The UID of the product.
    pub uid: String,
    /// The address that was asked.
    pub url: String,
    /// When it was over, in whole seconds.
    pub at: Timestamp,
    /// What came of it.
    pub reply: Reply,
    /// How many tries have failed in a row; nothing but the fold counts.
    pub failures: u32,
}

impl Tried {
    /// Whether its answer stands in the status. Only this very one: a clock that was wrong may have written a later time.
    pub fn is_told(&self, known: &Fetched) -> bool {
        known.url == self.url && known.fetched_at == Some(self.at)
    }
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// What was known is still so (HTTP 304).
    Same,
    /// It said this.
    New {
        /// The tag of the answer.
        etag: Option<String>,
        /// The cycles that it lists.
        releases: Vec<KnownCycle>,
    },
    /// It gave no answer that can be read.
    Failed {
        /// A stable word.
        reason: Reason,
        /// What was wrong: at most 256 characters, on one line.
        message: String,
        /// How many seconds it asked to be left alone; not bounded yet.
        after: Option<i64>,
    },
}
