//! Words and ids that are stored as text: read once, where they come in.

use std::{fmt, str::FromStr};

/// Stores the type as the text that it shows. Whatever stands there is read, so that no status is lost over a word in it.
macro_rules! stored_as_text {
    ($name:ty) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                std::borrow::Cow::<str>::deserialize(deserializer).map(|text| Self::from(&*text))
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                String::schema_name()
            }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                String::json_schema(generator)
            }
        }
    };
}

pub(crate) use stored_as_text;

/// So many of something, in words: `1 upgrade`, `2 upgrades`.
#[derive(Clone, Copy, Debug)]
pub struct Many(pub usize, pub &'static str);

impl fmt::Display for Many {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(n, one) = self;
        write!(f, "{n} {one}{}", if *n == 1 { "" } else { "s" })
    }
}

/// A number, only as it is shown: `01` and `+1` are other texts.
pub(super) fn as_written<N: FromStr + ToString>(text: &str) -> Option<N> {
    text.parse().ok().filter(|number: &N| number.to_string() == text)
}
