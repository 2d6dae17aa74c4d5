//! YAML, as far as files of manifests need it. JSON is YAML.

use std::path::Path;

use serde_json::Value;

use super::error::InputError;

/// The documents of a file; empty ones are skipped.
pub(super) fn documents(file: &Path) -> Result<Vec<Value>, InputError> {
    let text = std::fs::read_to_string(file).map_err(|e| InputError::file(file, e.to_string()))?;
    parse(file, &text)
}

/// The documents of a text; `file` is what errors call it.
pub(super) fn parse(file: &Path, text: &str) -> Result<Vec<Value>, InputError> {
    // A file of one's own may be large: a list of 10,000 tenants. Without a snippet the message is one line.
    let options = serde_saphyr::options! { budget: None, with_snippet: false };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|e| InputError::file(file, e.to_string()))
}
