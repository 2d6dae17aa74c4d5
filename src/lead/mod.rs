//! Which of the replicas acts (R25): the one whose pod holds the Lease.
//!
//! [`evaluate`] is the rule: what was seen of the Lease and the process's own monotonic time say whether writes may be sent, and what to do
//! about the Lease next. [`Elector`] does it, grants the permit to write and takes it away, and tells the rest by [`Leadership`].
//! That a deposed leader starts nothing is not left to its clock: the admission policy `uplift-leader` asks for the holder.

pub mod elector;
pub mod evaluate;
mod known;
mod lease;

use jiff::Timestamp;
use tokio::sync::watch;

pub use elector::{Elector, Place, Seat};
pub use evaluate::{Todo, Verdict, evaluate};
pub use known::Known;
pub use lease::{Intent, LONGEST, Lease};

/// What this process is among the replicas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// It does not know yet: the Lease has not been read.
    #[default]
    Candidate,
    /// Another one leads, or nobody: it watches, and sends nothing.
    Standby,
    /// It leads: what it decides is sent.
    Leader,
}

/// Who leads, as this process knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leadership {
    /// What this process is.
    pub role: Role,
    /// How often this process has become the leader. Each time it reads everything anew before it decides: what its watches have not
    /// shown yet may be what the leader before it did.
    pub term: u64,
    /// The pod that holds the Lease.
    pub leader: Option<String>,
    /// Since when, on that pod's clock.
    pub since: Option<Timestamp>,
    /// The Lease cannot be read or written: this process cannot lead, if it does not yet.
    pub fails: bool,
}

impl Leadership {
    /// Of a process that nobody stands beside: it leads, always.
    pub fn alone() -> watch::Receiver<Self> {
        watch::channel(Self { role: Role::Leader, ..Self::default() }).1
    }
    /// What the probe for readiness says of it.
    pub fn words(&self) -> String {
        let since = self.since.map(|since| format!(" since {since:.0}")).unwrap_or_default();
        match (self.role, &self.leader) {
            (Role::Leader, _) => format!("leads{since}"),
            (_, Some(leader)) => format!("stands by; {leader} leads{since}"),
            (_, None) => "stands by; nobody leads".into(),
        }
    }
}
