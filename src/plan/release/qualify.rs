//! Rules R1 to R3: which releases may go to tenants.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    api::{
        DashboardReleaseSpec, Version, VersionReq, reasons,
        release::{CheckResult, Decision},
    },
    fleet::{Fleet, Release},
    plan::pass::wake::{Wake, later},
};

/// A release whose manifest makes sense, with what holds it back.
#[derive(Debug)]
pub struct Qualified<'a> {
    /// The name of the object.
    pub name: &'a str,
    /// Its UID.
    pub uid: &'a str,
    /// Its spec.
    pub spec: &'a DashboardReleaseSpec,
    /// Its version.
    pub version: &'a Version,
    /// The versions that may go straight to it; none: any lower one.
    pub upgrades_from: Option<&'a VersionReq>,
    /// Acceptance (R1).
    pub accepted: Result<(), Held>,
    /// Approval (R2).
    pub approved: Result<(), Held>,
    /// What people or the channel hold against it: suspended, withdrawn, a twin with the same version.
    pub brake: Result<(), Held>,
}

/// What holds a release back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// A stable word.
    pub reason: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// When that changes by itself.
    pub until: Option<Timestamp>,
}

impl Held {
    fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), until: None }
    }
}

impl Qualified<'_> {
    /// The first thing that holds it back; none: it may go to tenants.
    pub fn held(&self) -> Option<&Held> {
        [&self.brake, &self.approved, &self.accepted].into_iter().find_map(|r| r.as_ref().err())
    }
    /// Whether a tenant at this version may go straight to it.
    pub fn reachable_from(&self, version: &Version) -> bool {
        version < self.version && self.upgrades_from.is_none_or(|range| range.matches(version))
    }
}

/// The releases that make sense, by channel, the oldest first.
pub type Channels<'a> = BTreeMap<&'a str, Vec<Qualified<'a>>>;

/// Judges every release.
pub fn qualify<'a>(fleet: &'a Fleet, now: Timestamp, wake: &mut Wake) -> Channels<'a> {
    let mut channels = Channels::new();
    for (name, release) in &fleet.releases {
        if let Some(qualified) = judge(name, release, now, wake) {
            channels.entry(&qualified.spec.channel).or_default().push(qualified);
        }
    }
    for releases in channels.values_mut() {
        releases.sort_by(|a, b| a.version.cmp(b.version).then(a.name.cmp(b.name)));
        brake_twins(releases);
    }
    channels
}

fn judge<'a>(name: &'a str, release: &'a Release, now: Timestamp, wake: &mut Wake) -> Option<Qualified<'a>> {
    let (Ok(spec), Ok(version), Ok(upgrades_from)) = (&release.spec, &release.version, &release.upgrades_from) else {
        return None;
    };
    let accepted = acceptance(release, spec, now);
    if let Err(Held { until: Some(until), .. }) = &accepted {
        wake.at(*until);
    }
    let upgrades_from = upgrades_from.as_ref();
    let uid = &release.meta.uid;
    Some(Qualified { name, uid, spec, version, upgrades_from, accepted, approved: approval(spec), brake: brake(spec) })
}

/// R1: every check passed on exactly these images, and the soak is over. Failed checks are named before missing ones.
fn acceptance(release: &Release, spec: &DashboardReleaseSpec, now: Timestamp) -> Result<(), Held> {
    let result = |check: &str| spec.acceptance.sign_offs.iter().find(|s| s.check == check).map(|s| s.result);
    let with = |wanted: Option<CheckResult>| spec.acceptance.checks.iter().find(|c| result(&c.name) == wanted);
    if let Some(check) = with(Some(CheckResult::Failed)) {
        let message = format!("check {:?} failed; sign it off anew once it passes", check.name);
        return Err(Held::new(reasons::CHECK_FAILED, message));
    }
    if let Some(check) = with(None) {
        let message = format!("check {:?} has no result; sign it off in spec.acceptance.signOffs", check.name);
        return Err(Held::new(reasons::CHECK_PENDING, message));
    }
    let over = later(soak_start(release, spec), spec.acceptance.minimum_soak.as_secs());
    if now < over {
        return Err(Held { until: Some(over), ..Held::new(reasons::SOAKING, format!("soaks until {over}")) });
    }
    Ok(())
}

/// `soakFrom` is a UTC date; absent, the soak began when the object was created.
fn soak_start(release: &Release, spec: &DashboardReleaseSpec) -> Timestamp {
    let date = spec.acceptance.soak_from.and_then(|date| date.to_zoned(TimeZone::UTC).ok());
    date.map_or(release.meta.created_at, |start| start.timestamp())
}

/// R2: the decision of change management. Who may write it is admission's matter.
fn approval(spec: &DashboardReleaseSpec) -> Result<(), Held> {
    match &spec.approval {
        Some(approval) if approval.decision == Decision::Approved => Ok(()),
        Some(approval) => Err(Held::new(reasons::REJECTED, format!("rejected by {}", approval.by))),
        None => Err(Held::new(reasons::PENDING_APPROVAL, "waits for spec.approval by someone who holds the verb approve")),
    }
}

/// R3: what people pull.
fn brake(spec: &DashboardReleaseSpec) -> Result<(), Held> {
    if let Some(withdrawn) = &spec.withdrawn {
        return Err(Held::new(reasons::WITHDRAWN, format!("withdrawn: {}", withdrawn.reason)));
    }
    match &spec.suspend {
        Some(suspend) => {
            Err(Held::new(reasons::SUSPENDED, format!("suspended: {}; remove spec.suspend to go on", suspend.reason)))
        }
        None => Ok(()),
    }
}

/// R4: two releases of one channel with equal versions block each other.
fn brake_twins(releases: &mut [Qualified]) {
    for i in 1..releases.len() {
        if releases[i].version != releases[i - 1].version {
            continue;
        }
        for (one, other) in [(i, i - 1), (i - 1, i)] {
            let message =
                format!("DashboardRelease {:?} has the same version in this channel; delete one of them", releases[other].name);
            // What people said of it is told before what it clashes with.
            if releases[one].brake.is_err() {
                continue;
            }
            releases[one].brake = Err(Held::new(reasons::DUPLICATE_VERSION, message));
        }
    }
}
