//! Until when what a tenant runs is supported, and by when it must have left it.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::reason::Reason;

/// The end of support of something that a tenant runs, and whether the way out of it still fits before (rule R28).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Support {
    /// What it is: `dashboard` is the product itself.
    #[schemars(length(max = 63))]
    pub subject: String,
    /// The version that runs.
    #[schemars(length(max = 64))]
    pub version: String,
    /// The first local date without support, in the zone of the tenant's window (UTC where there is none).
    pub ends_on: Date,
    /// How many upgrades lead to a newer version that is supported then, as far as releases are known; absent: none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hops: Option<u32>,
    /// How many more dates the customer may decline; one, where the window has no limit.
    pub deferrals: u32,
    /// The opening of the first date that these upgrades and deferrals take, UTC, where each takes the last one that it can; where not all
    /// fit, of the first that is left. Each date that is declined moves it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub must_start_by: Option<Timestamp>,
    /// Whether all of it fits.
    pub state: Runway,
}

/// Whether the upgrades that lead out of a version fit before its end.
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
    /// It is not supported any more.
    Ended,
    /// The window does not exist, or makes no sense.
    Unknown,
}

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { subject, version, ends_on, hops, deferrals, must_start_by, state } = self;
        if *state == Runway::Ended {
            return write!(f, "{subject} {version} is not supported any more, since {ends_on}");
        }
        write!(f, "{subject} {version} is not supported from {ends_on} on; ")?;
        let (upgrades, deferrals) = (Many(hops.unwrap_or_default(), "upgrade"), Many(*deferrals, "deferral"));
        match (state, must_start_by) {
            (Runway::InTime, Some(by)) => {
                write!(
                    f,
                    "there is time for {upgrades} out of it and {deferrals}, if the first of those dates is {by} at the latest"
                )
            }
            (Runway::NoRoomForDeferral, Some(by)) => {
                write!(f, "there is time for {upgrades} out of it, and not for {deferrals}; the first date that is left is {by}")
            }
            (Runway::Unreachable, _) if hops.is_none() => f.write_str("no route leads to a newer version that is supported then"),
            (Runway::Unreachable, _) => {
                write!(f, "there is no time for {upgrades} out of it, freezes and change windows considered")
            }
            (Runway::NoSupportedRelease, _) => f.write_str("no newer version of the channel is supported then"),
            _ => f.write_str("its window does not say which dates are left before"),
        }
    }
}

/// So many of something, in words.
struct Many(u32, &'static str);

impl fmt::Display for Many {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self(n, one) = self;
        write!(f, "{n} {one}{}", if *n == 1 { "" } else { "s" })
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
