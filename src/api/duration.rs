//! Elapsed time as people write it: `48h`, `90m`, `1h30m`.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Elapsed time in whole seconds, written in hours, minutes and seconds (`336h`, `90m`, `1h30m`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Duration(u32);

/// The text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a duration; write hours, minutes and seconds like \"48h\", \"90m\" or \"1h30m\"")]
pub struct InvalidDuration(String);

impl Duration {
    /// So many seconds.
    pub const fn from_secs(secs: u32) -> Self {
        Self(secs)
    }
    /// So many hours.
    pub const fn from_hours(hours: u32) -> Self {
        Self(hours * 3600)
    }
    /// The length in seconds.
    pub const fn as_secs(self) -> i64 {
        self.0 as i64
    }
}

impl From<Duration> for jiff::SignedDuration {
    fn from(d: Duration) -> Self {
        Self::from_secs(d.as_secs())
    }
}

impl FromStr for Duration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map(Self).ok_or_else(|| InvalidDuration(text.into()))
    }
}

fn parse(text: &str) -> Option<u32> {
    let (mut rest, mut total, mut units) = (text, 0u32, "hms");
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u32 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        // Each unit once, the larger before the smaller: "1m2h" is more likely a mistake than a wish.
        units = &units[units.find(unit)? + 1..];
        let seconds = match unit {
            'h' => 3600,
            'm' => 60,
            _ => 1,
        };
        total = total.checked_add(number.checked_mul(seconds)?)?;
        rest = &rest[digits + 1..];
    }
    (!text.is_empty()).then_some(total)
}

impl TryFrom<String> for Duration {
    type Error = InvalidDuration;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Duration> for String {
    fn from(d: Duration) -> Self {
        d.to_string()
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (h, m, s) = (self.0 / 3600, self.0 / 60 % 60, self.0 % 60);
        match (h, m, s) {
            (0, 0, s) => write!(f, "{s}s"),
            (h, 0, 0) => write!(f, "{h}h"),
            (0, m, 0) => write!(f, "{m}m"),
            (h, m, 0) => write!(f, "{h}h{m}m"),
            (h, m, s) => write!(f, "{h}h{m}m{s}s"),
        }
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^([0-9]{1,5}h)?([0-9]{1,6}m)?([0-9]{1,7}s)?$",
            "minLength": 2,
            "maxLength": 20,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written_alike() {
        for text in ["336h", "90m", "1h30m", "30s", "0s", "2h1m5s"] {
            let parsed: Duration = text.parse().unwrap();
            assert_eq!(parsed.to_string().parse::<Duration>().unwrap(), parsed, "{text}");
        }
        assert_eq!("90m".parse::<Duration>().unwrap().as_secs(), 5400);
    }

    #[test]
    fn what_is_no_duration_is_refused_with_the_right_form() {
        for text in ["", "2d", "h", "1.5h", "-1h", "1m2h", "1h1h", "99999999999h"] {
            let error = text.parse::<Duration>().unwrap_err().to_string();
            assert!(error.contains("48h"), "{error}");
        }
    }
}
