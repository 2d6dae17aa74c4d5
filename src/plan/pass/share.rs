//! What is counted of a tenant. Tenants that count alike are counted together, so that what a fleet adds up to costs as much as it has
//! different tenants, and not as it has tenants.

use jiff::Timestamp;

use crate::{
    api::{
        TenantInstanceStatus,
        tenant::{HistoryEntry, Issue, SlotResult, Upgrade},
    },
    fleet::{Fleet, Tenant, TenantKey},
};

/// What is counted of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    /// Its channel and its ring, where its spec parses.
    pub follows: Option<(String, String)>,
    /// What its status says, where that parses.
    pub seen: Option<Seen>,
    /// What a status takes that is under way.
    pub sent: Option<Taken>,
}

/// What is counted of a status.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// It had no turn yet.
    pub new: bool,
    /// The version that runs.
    pub version: Option<String>,
    /// The version of the last upgrade, if that failed.
    pub failed: Option<String>,
    /// What its last upgrade that succeeded took.
    pub took: Option<Took>,
    /// The release that is planned.
    pub release: Option<String>,
    /// The issues of that release that it has, before it starts.
    pub issues: Vec<String>,
    /// The shared services that are to move to a version which it cannot do with.
    pub moves: Vec<String>,
    /// The versions that it goes to after that.
    pub later: Vec<String>,
    /// The place of the announced slot.
    pub taken: Option<Taken>,
    /// The upgrade runs.
    pub running: bool,
    /// It could start in its slot, as far as its status says.
    pub could_start: bool,
}

/// What an upgrade took.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Took {
    /// The version that it went to.
    pub to: String,
    /// From start to result, in minutes that were begun: so few tenants differ.
    pub minutes: u32,
}

/// A place in an occurrence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taken {
    /// The window.
    pub window: String,
    /// The opening.
    pub opens_at: Timestamp,
    /// The close.
    pub closes_at: Timestamp,
    /// The upgrade runs.
    pub running: bool,
}

impl Share {
    /// What is counted of this tenant.
    pub fn of(fleet: &Fleet, key: &TenantKey, tenant: &Tenant) -> Self {
        let sent = fleet.status_sent(key).and_then(taken);
        let follows = tenant.spec.as_ref().ok().map(|spec| (spec.channel.clone(), spec.ring.clone()));
        Self { follows, seen: tenant.status.as_ref().ok().map(seen), sent }
    }

    /// The places that it takes, each once: from the moment its write is sent until the write that gives it back was seen.
    pub fn places(&self) -> impl Iterator<Item = &Taken> {
        let seen = self.seen.as_ref().and_then(|seen| seen.taken.as_ref());
        seen.into_iter().chain(self.sent.iter().filter(move |sent| seen.is_none_or(|seen| seen.place() != sent.place())))
    }

    /// The place in which its upgrade runs.
    pub fn runs(&self) -> Option<&Taken> {
        let seen = self.seen.as_ref().and_then(|seen| seen.taken.as_ref());
        seen.into_iter().chain(&self.sent).find(|taken| taken.running)
    }
}

impl Taken {
    /// Window and opening.
    pub fn place(&self) -> (&str, Timestamp) {
        (&self.window, self.opens_at)
    }
}

/// The upgrades of the history that ran to an end, the newest first.
pub fn upgrades(status: &TenantInstanceStatus) -> impl Iterator<Item = &HistoryEntry> {
    status.history.iter().filter(|entry| entry.result == SlotResult::Succeeded || entry.result.is_failure())
}

/// Whether an upgrade failed, also while its images still go back.
pub fn has_failed(status: &TenantInstanceStatus) -> bool {
    let goes_back = status.upgrade.as_ref().is_some_and(|upgrade| upgrade.failure.is_some());
    goes_back || status.history.iter().any(|entry| entry.result.is_failure())
}

fn seen(status: &TenantInstanceStatus) -> Seen {
    let upgrade = status.upgrade.as_ref();
    let failed = upgrades(status).next().filter(|last| last.result.is_failure());
    let later = |upgrade: &Upgrade| upgrade.route.iter().filter(|version| **version != upgrade.to).cloned().collect();
    Seen {
        new: status.observed_generation == 0,
        version: status.version.clone(),
        failed: failed.map(|last| last.to.clone()),
        took: upgrades(status).find(|entry| entry.result == SlotResult::Succeeded).and_then(took),
        release: upgrade.map(|upgrade| upgrade.release.clone()),
        issues: upgrade.map(|upgrade| issues(status, upgrade)).unwrap_or_default(),
        moves: status.issues.iter().filter_map(Issue::moves).map(str::to_owned).collect(),
        later: upgrade.map(later).unwrap_or_default(),
        taken: taken(status),
        running: upgrade.is_some_and(|upgrade| upgrade.started_at.is_some()),
        could_start: status.blockers.is_empty()
            && upgrade.is_some_and(|upgrade| upgrade.started_at.is_none() && upgrade.consent.is_some()),
    }
}

fn issues(status: &TenantInstanceStatus, upgrade: &Upgrade) -> Vec<String> {
    let own = status.issues.iter().filter(|issue| upgrade.started_at.is_none() && issue.release.as_ref() == Some(&upgrade.to));
    own.map(|issue| issue.issue.clone()).collect()
}

fn took(entry: &HistoryEntry) -> Option<Took> {
    let secs = entry.finished_at.duration_since(entry.started_at?).as_secs();
    let minutes = u32::try_from(secs).ok()?.div_ceil(60);
    Some(Took { to: entry.to.clone(), minutes })
}

fn taken(status: &TenantInstanceStatus) -> Option<Taken> {
    let upgrade = status.upgrade.as_ref()?;
    let slot = upgrade.slot.as_ref()?;
    let running = upgrade.started_at.is_some();
    Some(Taken { window: slot.window.clone(), opens_at: slot.opens_at, closes_at: slot.closes_at, running })
}
