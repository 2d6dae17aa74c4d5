//! Sources of life cycles that are to be asked.

/// A source that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// The product.
    pub product: String,
    /// Its UID.
    pub uid: String,
    /// The address. Its host stands in the operator's configuration.
    pub url: String,
    /// The tag of the answer that is known: only another one is wanted.
    pub etag: Option<String>,
}
