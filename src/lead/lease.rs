//! What a Lease says.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::{
    api::coordination::v1::{Lease as KubeLease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::MicroTime,
};

/// Longer than so many seconds nobody is believed to hold it without a sign of life: no configuration takes more.
pub const LONGEST: u32 = 300;

/// What is written into the Lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// It is not there: make it.
    Create,
    /// Nobody holds it any more: take it.
    Take,
    /// Hold it for longer.
    Renew,
    /// Hold it no longer: the next one need not wait for its end.
    GiveBack,
}

/// A Lease as it was read. Its times are another machine's: nothing is decided by them but that they changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lease {
    /// The pod that holds it; none: it was never held, or was given back.
    pub holder: Option<String>,
    /// How long it is held without being renewed; none: it does not say.
    pub duration: Option<Duration>,
    /// When the holder took it.
    pub acquired: Option<Timestamp>,
    /// When the holder renewed it last.
    pub renewed: Option<Timestamp>,
    /// How often it went from one holder to another.
    pub transitions: i32,
    /// Its resourceVersion.
    pub version: String,
}

impl Lease {
    /// Reads it.
    pub fn of(lease: &KubeLease) -> Self {
        let spec = lease.spec.clone().unwrap_or_default();
        let seconds = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok()).filter(|seconds| *seconds > 0);
        let seconds = seconds.map(|seconds| seconds.min(LONGEST.into()));
        Self {
            holder: spec.holder_identity.filter(|holder| !holder.is_empty()),
            duration: seconds.map(Duration::from_secs),
            acquired: spec.acquire_time.map(|time| time.0),
            renewed: spec.renew_time.map(|time| time.0),
            transitions: spec.lease_transitions.unwrap_or_default(),
            version: lease.metadata.resource_version.clone().unwrap_or_default(),
        }
    }

    /// What the holder of this identity writes over it, for so long, at this time of its machine's clock.
    #[must_use]
    pub fn written(&self, intent: Intent, identity: &str, duration: Duration, now: Timestamp) -> Self {
        let taken = |transitions| Self {
            holder: Some(identity.into()),
            duration: Some(duration),
            acquired: Some(now),
            renewed: Some(now),
            transitions,
            version: self.version.clone(),
        };
        match intent {
            Intent::Create => taken(0),
            Intent::Take => taken(self.transitions.saturating_add(1)),
            Intent::Renew => Self { acquired: self.acquired, ..taken(self.transitions) },
            Intent::GiveBack => Self { holder: None, ..taken(self.transitions) },
        }
    }

    /// Nobody holds it, and nobody says to have given it back: it was made, or put back, without a holder. Who holds it may not know.
    pub(super) fn is_blank(&self) -> bool {
        self.holder.is_none() && self.renewed.is_none()
    }

    /// How it is written.
    pub(super) fn spec(&self) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(self.holder.clone().unwrap_or_default()),
            lease_duration_seconds: self.duration.map(|duration| i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)),
            acquire_time: self.acquired.map(MicroTime),
            renew_time: self.renewed.map(MicroTime),
            lease_transitions: Some(self.transitions),
            ..LeaseSpec::default()
        }
    }

    /// Whether the other was written before it. What cannot be compared comes in its order.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        let number = |lease: &Self| lease.version.parse::<u64>().ok();
        number(self).zip(number(other)).is_none_or(|(own, other)| own > other)
    }
}
