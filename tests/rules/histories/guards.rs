//! What the wider generator and its judges add can be taken out, to see what is missed without it:
//! `WITHOUT=customer,labels make seeded` (or any test of this file).

use std::{env, sync::OnceLock};

/// Every guard that can be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The judge that reads what customers read.
    Customer,
    /// The judge of turns in a queue.
    Turns,
    /// Edits of every field of windows, tenants and releases.
    Edits,
    /// Windows that open nightly, over days, until midnight, in odd zones, with short notices.
    Windows,
    /// Stale labels, images made by hand or put back, lost intents.
    Meddling,
    /// People who do what a letter says.
    Follow,
    /// Checks of releases by Job.
    Jobs,
    /// StatefulSets and DaemonSets, and what keeps their old pods.
    Kinds,
    /// Software that releases contain and tenants use.
    Software,
    /// What does not fit together: requirements, interfaces, risks, and issues that are accepted.
    Interop,
    /// Fleets in which many wait for few places.
    Queues,
    /// Replicas that take over from each other.
    Replicas,
    /// Versions that are tried on copies of tenants.
    Trials,
}

impl Guard {
    const ALL: [(&str, Self); 13] = [
        ("customer", Self::Customer),
        ("turns", Self::Turns),
        ("edits", Self::Edits),
        ("windows", Self::Windows),
        ("meddling", Self::Meddling),
        ("follow", Self::Follow),
        ("jobs", Self::Jobs),
        ("kinds", Self::Kinds),
        ("software", Self::Software),
        ("interop", Self::Interop),
        ("queues", Self::Queues),
        ("replicas", Self::Replicas),
        ("trials", Self::Trials),
    ];

    /// Whether it is there.
    pub fn on(self) -> bool {
        static OUT: OnceLock<Vec<Guard>> = OnceLock::new();
        !OUT.get_or_init(taken_out).contains(&self)
    }
}

fn taken_out() -> Vec<Guard> {
    let list = env::var_os("WITHOUT").unwrap_or_default();
    let names = list.to_str().unwrap_or_default().split(',').filter(|name| !name.is_empty());
    let one = |name: &str| Guard::ALL.iter().find(|(known, _)| *known == name).map(|(_, guard)| *guard);
    names.map(|name| one(name).unwrap_or_else(|| panic!("WITHOUT: {name:?} is no guard"))).collect()
}
