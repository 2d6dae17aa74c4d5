//! Small readings of JSON: texts, lists, times, versions.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// `336h`, `90m`, `1h30m`.
pub fn duration(text: &str) -> Option<SignedDuration> {
    text.parse().ok()
}

/// The beginning of a UTC date.
pub fn utc_day(day: &str) -> Option<Timestamp> {
    format!("{day}T00:00:00Z").parse().ok()
}

/// The numbers of a version: missing ones are zero.
pub fn numbers(version: &str) -> Vec<u64> {
    trimmed(version.split('.').map(|part| part.parse().unwrap_or(0)).collect())
}

/// The same, as far as a label has numbers.
pub fn leading_numbers(label: &str) -> Vec<u64> {
    trimmed(label.split('.').map_while(|part| part.parse().ok()).collect())
}

pub fn is_version(value: &str) -> bool {
    value.contains('.') && value.split('.').all(|part| part.parse::<u64>().is_ok())
}

fn trimmed(mut numbers: Vec<u64>) -> Vec<u64> {
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers
}
