//! Licences of a software, and what the platform is told of ends (R29).

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::Duration;

/// A licence, or a contract of support, that is paid for until a day. It holds nothing: who runs the platform is told before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct License {
    /// Its name.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub name: String,
    /// Which releases of the product it covers, by their names; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 64)))]
    pub covers: Vec<String>,
    /// The first date, in UTC, on which it does not count any more.
    #[schemars(length(max = 10), regex(pattern = "^(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$"))]
    pub expires: Date,
    /// Where it was bought, like the number of an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub reference: Option<String>,
}

/// The last word to whoever runs the platform on something of a product that ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndNotice {
    /// What ends: a version (`13.4`), or a licence (`license/extended`).
    #[schemars(length(max = 128))]
    pub subject: String,
    /// The first date without it, in UTC. Another date is another end.
    pub ends_on: Date,
    /// So long before that day it was due; absent: it had ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Duration>,
    /// When it was told, UTC.
    pub told_at: Timestamp,
}
