//! What the API server says of names, labels and annotations.

use std::{collections::BTreeMap, sync::OnceLock};

use regex::Regex;

use super::FieldError;

/// The keys and values of all annotations together, in bytes.
const ANNOTATIONS: usize = 256 * 1024;
/// No object was ever edited so often; and programs that read JSON hold no larger whole number.
const GENERATIONS: i64 = 1 << 53;

/// A name: a DNS subdomain (RFC 1123).
pub fn name(field: &str, text: &str) -> Result<(), FieldError> {
    let message = "write lower-case letters, digits, '-' and '.', at most 253, with a letter or digit at both ends of each part";
    is_subdomain(text).then_some(()).ok_or_else(|| FieldError::new(field, format!("{text:?} is no name; {message}")))
}

/// A namespace, or a container's name: a DNS label (RFC 1123).
pub fn label(field: &str, what: &str, text: &str) -> Result<(), FieldError> {
    let message = "write lower-case letters, digits and '-', at most 63, with a letter or digit at both ends";
    is_label(text).then_some(()).ok_or_else(|| FieldError::new(field, format!("{text:?} is no {what}; {message}")))
}

/// Labels.
pub fn labels(labels: &BTreeMap<String, String>) -> Result<(), FieldError> {
    let message = "write letters, digits, '-', '_' and '.', at most 63, with a letter or digit at both ends";
    labels.iter().try_for_each(|(key, value)| {
        let field = format!("metadata.labels[{key}]");
        qualified(&field, key)?;
        let fits = value.is_empty() || is_word(value);
        fits.then_some(()).ok_or_else(|| FieldError::new(field, format!("{value:?} is no label's value; {message}")))
    })
}

/// Annotations.
pub fn annotations(annotations: &BTreeMap<String, String>) -> Result<(), FieldError> {
    annotations.keys().try_for_each(|key| qualified(&format!("metadata.annotations[{key}]"), &key.to_lowercase()))?;
    let bytes: usize = annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
    let message = || format!("all together are {bytes} bytes, but may be {ANNOTATIONS}");
    if bytes > ANNOTATIONS { Err(FieldError::new("metadata.annotations", message())) } else { Ok(()) }
}

/// A generation as a cluster may have it.
pub fn generation(generation: i64) -> Result<i64, FieldError> {
    let message = || format!("{generation} is no generation; leave it out, or write what the cluster shows (0 to {GENERATIONS})");
    let fits = (0..=GENERATIONS).contains(&generation);
    fits.then_some(generation).ok_or_else(|| FieldError::new("metadata.generation", message()))
}

/// `name`, or `domain/name`.
fn qualified(field: &str, key: &str) -> Result<(), FieldError> {
    let (domain, name) = key.split_once('/').map_or((None, key), |(domain, name)| (Some(domain), name));
    let fits = is_word(name) && domain.is_none_or(is_subdomain);
    let message = "is no key; write letters, digits, '-', '_' and '.', at most 63, and perhaps a domain and '/' before them";
    fits.then_some(()).ok_or_else(|| FieldError::new(field, format!("{key:?} {message}")))
}

fn is_label(text: &str) -> bool {
    static LABEL: OnceLock<Option<Regex>> = OnceLock::new();
    text.len() <= 63 && matches(&LABEL, "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", text)
}

fn is_subdomain(text: &str) -> bool {
    static SUBDOMAIN: OnceLock<Option<Regex>> = OnceLock::new();
    text.len() <= 253 && matches(&SUBDOMAIN, r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", text)
}

fn is_word(text: &str) -> bool {
    static WORD: OnceLock<Option<Regex>> = OnceLock::new();
    text.len() <= 63 && matches(&WORD, "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$", text)
}

/// These patterns compile: the tests match by each of them.
fn matches(pattern: &OnceLock<Option<Regex>>, source: &str, text: &str) -> bool {
    pattern.get_or_init(|| Regex::new(source).ok()).as_ref().is_some_and(|pattern| pattern.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_an_api_server_takes() {
        for (text, subdomain, is_a_label, word) in [
            ("acme", true, true, true),
            ("a-1.b", true, false, true),
            ("Acme", false, false, true),
            ("a_b", false, false, true),
            ("-a", false, false, false),
            ("a-", false, false, false),
            ("a..b", false, false, true),
            ("a/b", false, false, false),
            ("a\n", false, false, false),
            ("", false, false, false),
        ] {
            assert_eq!((is_subdomain(text), is_label(text), is_word(text)), (subdomain, is_a_label, word), "{text:?}");
        }
        let long = "a".repeat(64);
        assert!(is_subdomain(&long) && !is_label(&long) && !is_word(&long) && !is_subdomain(&long.repeat(4)));
    }
}
