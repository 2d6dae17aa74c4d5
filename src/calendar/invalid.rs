//! Why a window's spec makes no sense.

/// A field of a window that makes no sense: what it says, and what to do about it (rules R9 and I10).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {value:?}: {message}")]
pub struct InvalidWindow {
    /// The path of the field, like `spec.timeZone`.
    pub field: String,
    /// The value as written.
    pub value: String,
    /// What is wrong with it and what to do.
    pub message: String,
}

impl InvalidWindow {
    pub(super) fn new(field: impl Into<String>, value: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), value: value.into(), message: message.into() }
    }
}
