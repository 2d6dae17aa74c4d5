//! What is wrong with a field.

/// One field that does not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct FieldError {
    /// The path of the field, like `spec.contacts[0].webhook`.
    pub field: String,
    /// What is wrong, and what to write instead where that is known.
    pub message: String,
}

impl FieldError {
    /// This field, that message.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}
