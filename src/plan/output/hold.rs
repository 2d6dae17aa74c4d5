//! What holds a tenant back: a gate, its reason, and what to do.

use jiff::Timestamp;

use crate::{
    api::{
        reason::Reason,
        tenant::{Blocker, Holds},
    },
    plan::output::held::Held,
};

macro_rules! gates {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// The gates, in the order in which they are told.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Gate { $($(#[doc = $doc])+ $name,)+ }

        impl Gate {
            /// Every gate, in order.
            pub const ALL: &[Self] = &[$(Self::$name),+];
            /// Its name in a status: a stable word.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }
        }
    };
}

gates! {
    /// The manifest parses, and so do the annotations.
    Manifest,
    /// The tenant is managed.
    Management,
    /// Nobody suspended the tenant.
    Suspend,
    /// The pin allows the version.
    Pin,
    /// The running version is known.
    Version,
    /// What we set was not put back by another hand.
    Ownership,
    /// A legal path leads on.
    Route,
    /// The release is neither suspended, halted nor withdrawn.
    Withdrawn,
    /// The release is approved.
    Approved,
    /// The release is accepted.
    Accepted,
    /// The change window of the approval allows it.
    Change,
    /// The customer did not decline the release.
    Declined,
    /// The release did not fail on this tenant.
    Failed,
    /// The earlier rings have proved the release.
    Ring,
    /// It fits with the software and the tenants around it, or somebody took on that it does not.
    Interop,
    /// It was tried on a copy, where that is required, and nobody rejected it.
    Trial,
    /// The Jobs of its hooks and probes can be made.
    Hooks,
    /// Somebody can be told.
    Contact,
    /// The window exists and makes sense.
    Window,
    /// The notice was delivered in time.
    Notice,
    /// The customer's answer is frozen.
    Consent,
    /// The slot is open.
    WindowOpen,
    /// No freeze touches the slot.
    Freeze,
    /// An upgrade that starts now ends before the close.
    TimeLeft,
    /// Few enough upgrades run.
    Concurrency,
    /// The workloads are healthy before the upgrade.
    Health,
    /// The operator's clock is right.
    Clock,
    /// What is known is fresh.
    View,
}

/// A gate that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The gate.
    pub gate: Gate,
    /// What it holds back.
    pub holds: Holds,
    /// A stable word.
    pub reason: Reason,
    /// What is wrong and what to do.
    pub message: String,
    /// When that changes by itself.
    pub until: Option<Timestamp>,
    /// Time or the plan lifts it before or in the slot: mere waiting, told to nobody.
    pub waiting: bool,
    /// Only an edit of this very manifest mends it, unless it is still waited for.
    pub stalled: bool,
}

impl Hold {
    /// It holds slot, notice and start.
    pub fn slot(gate: Gate, reason: Reason, message: impl Into<String>) -> Self {
        Self { gate, holds: Holds::Slot, reason, message: message.into(), until: None, waiting: false, stalled: false }
    }
    /// It holds slot, notice and start until somebody edits this manifest.
    pub fn stalled(gate: Gate, reason: Reason, message: impl Into<String>) -> Self {
        Self { stalled: true, ..Self::slot(gate, reason, message) }
    }
    /// It holds the start only.
    pub fn start(gate: Gate, reason: Reason, message: impl Into<String>) -> Self {
        Self { holds: Holds::Start, ..Self::slot(gate, reason, message) }
    }
    /// It holds the start, and time or the plan lifts it.
    pub fn wait(gate: Gate, reason: Reason, message: impl Into<String>, until: Option<Timestamp>) -> Self {
        Self { waiting: true, until, ..Self::start(gate, reason, message) }
    }
    /// It holds what goes to a release that is held back.
    pub fn release(gate: Gate, release: &str, held: &Held) -> Self {
        Self { until: held.until, ..Self::slot(gate, held.reason, format!("release {release}: {}", held.message)) }
    }
    /// As people see it.
    pub fn blocker(&self) -> Blocker {
        Blocker {
            gate: self.gate.name().into(),
            holds: self.holds,
            reason: self.reason.into(),
            message: self.message.clone(),
            until: self.until,
        }
    }
}
