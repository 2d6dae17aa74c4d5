//! What customers and the platform are told of the end of what they run and use (R29).

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Runway, Support};
use crate::api::{duration::Duration, notice_key::NoticeKey};

/// The last word that the customer was sent of an end of support.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupportNotice {
    /// What ends, as in `support`.
    #[schemars(length(max = 63))]
    pub subject: String,
    /// The version that ran.
    #[schemars(length(max = 64))]
    pub version: String,
    /// Its name in `spec.dependencies`; absent: the product itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub dependency: Option<String>,
    /// The first local date without support. Another date is another end.
    pub ends_on: Date,
    /// So long before that day it was due; absent: it had ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Duration>,
    /// When it was written down, UTC.
    pub told_at: Timestamp,
    /// The notice, whose receipts stand in `notices`.
    pub key: NoticeKey,
}

impl SupportNotice {
    /// Whether it is of this end. A newer version that ends on the same day, of a software that no upgrade of ours replaces, is the same to the
    /// customer.
    pub fn is_of(&self, said: &Support) -> bool {
        let same = self.subject == said.subject && self.dependency == said.dependency && Some(self.ends_on) == said.ends_on;
        same && (self.dependency.is_some() || self.version == said.version)
    }
}

/// An end of support, as a notice tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ending {
    /// What ends: `dashboard`, or the name of a `SoftwareProduct`.
    #[schemars(length(max = 63))]
    pub subject: String,
    /// Its name for people.
    #[schemars(length(max = 128))]
    pub label: String,
    /// The version that runs.
    #[schemars(length(max = 64))]
    pub version: String,
    /// Its name in the tenant's `spec.dependencies`; absent: the product itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub dependency: Option<String>,
    /// The first local date without support.
    pub ends_on: Date,
    /// So long before that day it was due to be told; absent: it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Duration>,
    /// What can take its place, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3), inner(length(max = 320)))]
    pub alternatives: Vec<String>,
    /// Of the product itself: the way out of its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<WayOut>,
}

/// The way out of a version of the product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WayOut {
    /// Whether it fits before the end.
    pub state: Runway,
    /// How many upgrades it is, as far as releases are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hops: Option<u32>,
    /// The opening of the first date that it takes, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub must_start_by: Option<Timestamp>,
    /// The zone of the tenant's window; `UTC` where there is none.
    #[schemars(length(max = 64))]
    pub time_zone: String,
    /// Its upgrades are planned here; else whoever runs it plans them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub managed: bool,
}

/// An end of something of the platform's, as its digest tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlatformEnd {
    /// The name of the `SoftwareProduct`.
    pub product: String,
    /// Its name for people.
    pub label: String,
    /// What ends, as in `status.notices`: a version (`13.4`), or a licence (`license/extended`).
    pub subject: String,
    /// The first date without it, in UTC.
    pub ends_on: Date,
    /// So long before that day it was due to be told; absent: it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Duration>,
    /// The installations that run the version.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub installations: Vec<String>,
    /// The releases that contain it, and that somebody runs: their versions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub releases: Vec<String>,
    /// Of a licence: where it was bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Of a licence: which releases of the product it covers; none: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// What can take its place, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
    /// The cycle of the product that is supported longest, if that is longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest: Option<Longest>,
}

/// The cycle that is supported longest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Longest {
    /// Its name.
    pub cycle: String,
    /// The first date without support; absent: no end is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<Date>,
}
