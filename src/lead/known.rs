//! What a process knows of the Lease, and when it learned it, on its own monotonic clock.

use std::time::{Duration, Instant};

use super::lease::Lease;

/// What was seen last.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    /// It was not read yet.
    Nothing,
    /// It is not there; since when that is known.
    Missing(Instant),
    /// It is there; since when it says what it says.
    There(Lease, Instant),
}

/// An own write that was answered.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// When it was asked for: whoever else sees it sees it later.
    pub asked: Instant,
    /// What it made.
    pub version: String,
}

/// What a process knows of the Lease.
#[derive(Clone, Debug)]
pub struct Known {
    pub(super) identity: String,
    pub(super) duration: Duration,
    /// The longest that anybody said to hold it: so long somebody may, of whom nothing is seen any more.
    pub(super) longest: Duration,
    pub(super) seen: Seen,
    pub(super) held: Option<Held>,
    /// A write was not answered, or lost to another: what was seen may be old.
    pub(super) in_doubt: bool,
}

impl Known {
    /// Nothing yet. `identity` is the name of the pod, `duration` how long the Lease is held without being renewed.
    pub fn new(identity: impl Into<String>, duration: Duration) -> Self {
        Self { identity: identity.into(), duration, longest: duration, seen: Seen::Nothing, held: None, in_doubt: false }
    }

    /// The Lease as it was seen last, if it is there.
    pub fn lease(&self) -> Option<&Lease> {
        match &self.seen {
            Seen::There(lease, _) => Some(lease),
            Seen::Nothing | Seen::Missing(_) => None,
        }
    }

    /// Whether anything is known.
    pub fn is_known(&self) -> bool {
        !matches!(self.seen, Seen::Nothing)
    }

    /// A watch showed it, perhaps late; none: it is gone.
    pub fn watched(&mut self, lease: Option<Lease>, now: Instant) {
        let old = |lease: &Lease| self.lease().is_some_and(|known| !lease.is_newer_than(known));
        if !lease.as_ref().is_some_and(old) {
            self.saw(lease, now);
        }
    }

    /// A read showed it as it is; none: it is not there.
    pub fn read(&mut self, lease: Option<Lease>, now: Instant) {
        self.in_doubt = false;
        self.saw(lease, now);
    }

    /// A write that was asked for at this instant was answered with it.
    pub fn wrote(&mut self, lease: Lease, asked: Instant) {
        self.held = (lease.holder.as_ref() == Some(&self.identity)).then(|| Held { asked, version: lease.version.clone() });
        self.in_doubt = false;
        self.seen = Seen::There(lease, asked);
    }

    /// A write was not answered, or it lost to another: the Lease is to be read.
    pub fn doubt(&mut self) {
        self.in_doubt = true;
    }

    fn saw(&mut self, lease: Option<Lease>, now: Instant) {
        self.seen = match (&self.seen, lease) {
            (Seen::Missing(since), None) => Seen::Missing(*since),
            (_, None) => Seen::Missing(now),
            (Seen::There(known, since), Some(lease)) if known.version == lease.version => Seen::There(lease, *since),
            (_, Some(lease)) => Seen::There(lease, now),
        };
        self.longest = self.lease().and_then(|lease| lease.duration).max(Some(self.longest)).unwrap_or_default();
        // Whoever deletes or empties the Lease deposes nobody: by that nobody else can know that it is free.
        if self.lease().is_some_and(|lease| !lease.is_blank() && lease.holder.as_ref() != Some(&self.identity)) {
            self.held = None;
        }
    }
}
