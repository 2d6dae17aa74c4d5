//! Until when what a tenant runs is supported, and by when it must have left it.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::{Many, reason::Reason, tenant::Responsibility};

/// The end of support of something that a tenant runs or uses, and whether the way out of it still fits before (rules R27 and R28).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Support {
    /// What it is: `dashboard` is the product itself, everything else the name of a `SoftwareProduct`.
    #[schemars(length(max = 63))]
    pub subject: String,
    /// The version that runs; empty: not known.
    #[schemars(length(max = 64))]
    pub version: String,
    /// Its name in `spec.dependencies`. Absent: it is the product, or inside of its images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub dependency: Option<String>,
    /// Who replaces a dependency before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsibility: Option<Responsibility>,
    /// The first local date without support, in the zone of the tenant's window (UTC where there is none). Absent: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<Date>,
    /// How many upgrades lead to a newer version that is supported then, as far as releases are known; absent: none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hops: Option<u32>,
    /// How many more dates the customer may decline; one, where the window has no limit. Absent of a dependency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferrals: Option<u32>,
    /// The opening of the first date that these upgrades and deferrals take, UTC, where each takes the last one that it can; where not all
    /// fit, of the first that is left. Each date that is declined moves it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub must_start_by: Option<Timestamp>,
    /// Whether all of it fits.
    pub state: Runway,
    /// Why it is not known, and what mends that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub message: Option<String>,
}

/// Whether the upgrades that lead out of a version fit before its end; of a dependency, which no upgrade replaces, whether it is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Runway {
    /// The upgrades fit, and so do the dates that the customer may still decline.
    InTime,
    /// The upgrades fit only if the customer declines fewer dates than they may.
    NoRoomForDeferral,
    /// Fewer dates are left than upgrades are needed, or no route leads there.
    Unreachable,
    /// No version of the channel is supported then.
    NoSupportedRelease,
    /// It is supported still, and others replace it.
    Supported,
    /// It is not supported any more.
    Ended,
    /// The window does not exist, or makes no sense; or no product says until when the version is supported.
    Unknown,
}

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { subject, version, dependency, ends_on, state, message, responsibility, .. } = self;
        let version = if version.is_empty() { String::new() } else { format!(" {version}") };
        let named = dependency.as_ref().map(|name| format!(" (dependency {name})")).unwrap_or_default();
        let what = format!("{subject}{version}{named}");
        let Some(on) = ends_on else {
            let why = message.as_deref().unwrap_or("no end is known");
            return write!(f, "nobody can say until when {what} is supported: {why}");
        };
        match (state, responsibility) {
            (Runway::Ended, None) => write!(f, "{what} is not supported any more, since {on}"),
            (Runway::Ended, Some(who)) => write!(f, "{what} is not supported any more, since {on}; {who} has to replace it"),
            (_, Some(who)) => write!(f, "{what} is not supported from {on} on; {who} has to replace it before"),
            (_, None) => write!(f, "{what} is not supported from {on} on; {}", self.way_out()),
        }
    }
}

impl Support {
    fn way_out(&self) -> String {
        let Self { hops, deferrals, must_start_by, state, message, .. } = self;
        let many = |n: &Option<u32>, one| Many(n.unwrap_or_default() as usize, one);
        let (upgrades, deferrals) = (many(hops, "upgrade"), many(deferrals, "deferral"));
        match (state, must_start_by) {
            (Runway::InTime, Some(by)) => {
                format!(
                    "there is time for {upgrades} out of it and {deferrals}, if the first of those dates is {by} at the latest"
                )
            }
            (Runway::NoRoomForDeferral, Some(by)) => {
                format!("there is time for {upgrades} out of it, and not for {deferrals}; the first date that is left is {by}")
            }
            (Runway::Unreachable, _) if hops.is_none() => "no route leads to a newer version that is supported then".into(),
            (Runway::Unreachable, _) => {
                format!("there is no time for {upgrades} out of it, freezes and change windows considered")
            }
            (Runway::NoSupportedRelease, _) => "no newer version of the channel is supported then".into(),
            _ => message.clone().unwrap_or_else(|| "its window does not say which dates are left before".into()),
        }
    }
}

impl Runway {
    /// Its stable word, as Events carry it.
    pub fn reason(self) -> Reason {
        match self {
            Self::InTime => Reason::InTime,
            Self::NoRoomForDeferral => Reason::NoRoomForDeferral,
            Self::Unreachable => Reason::Unreachable,
            Self::NoSupportedRelease => Reason::NoSupportedRelease,
            Self::Supported => Reason::Supported,
            Self::Ended => Reason::Ended,
            Self::Unknown => Reason::Unknown,
        }
    }
}

impl fmt::Display for Runway {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.reason().fmt(f)
    }
}
