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
    /// Which of the platform's contacts (`contacts.platform` of the operator's configuration) accepted a digest that tells it, and when. Before
    /// `toldAt`: one that told a farther threshold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub receipts: Vec<EndReceipt>,
}

impl EndNotice {
    /// When a contact accepted it; none: not yet.
    pub fn accepted_at(&self, contact: &str) -> Option<Timestamp> {
        let receipt = self.receipts.iter().find(|receipt| receipt.contact == contact);
        receipt.map(|receipt| receipt.at).filter(|at| *at >= self.told_at)
    }
}

/// A contact of the platform accepted a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndReceipt {
    /// Its name.
    #[schemars(length(max = 63))]
    pub contact: String,
    /// When it accepted the digest, UTC.
    pub at: Timestamp,
}
