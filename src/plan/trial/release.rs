//! The releases of a run: the one that is tried, and the one that runs in production.

use crate::{
    api::{DashboardReleaseSpec, Version, trial::TrialRun},
    fleet::{Fleet, Release},
};

/// The release that is tried, while it is the same object.
pub fn of_run<'a>(fleet: &'a Fleet, run: &TrialRun) -> Option<&'a DashboardReleaseSpec> {
    let release = fleet.releases.get(&run.release).filter(|release| release.meta.uid == run.release_uid)?;
    release.spec.as_ref().ok()
}

/// A release of this version in a channel.
pub fn of_version<'a>(
    fleet: &'a Fleet,
    channel: &str,
    version: &str,
) -> Option<(&'a str, &'a Release, &'a DashboardReleaseSpec)> {
    let version: Version = version.parse().ok()?;
    let mut all = fleet.releases.iter().filter_map(|(name, release)| Some((name.as_str(), release, release.spec.as_ref().ok()?)));
    all.find(|(_, release, spec)| spec.channel == channel && release.version.as_ref() == Ok(&version))
}
