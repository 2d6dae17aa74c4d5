//! What is known of a release.

use super::{Meta, Parsed};
use crate::api::{DashboardReleaseSpec, DashboardReleaseStatus, Version, VersionReq};

/// A release as last seen.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its identity.
    pub meta: Meta,
    /// Its spec, or why it does not parse.
    pub spec: Parsed<DashboardReleaseSpec>,
    /// Its status as last written.
    pub status: Parsed<DashboardReleaseStatus>,
    /// Its version, parsed once.
    pub version: Parsed<Version>,
    /// The versions that may go straight to it, parsed once; none: any lower one.
    pub upgrades_from: Parsed<Option<VersionReq>>,
    /// Who created it, as admission stamped it. None: before there was a stamp, or where there is none.
    pub created_by: Option<String>,
}

impl Release {
    /// The facts of an object that was read, but for who created it.
    pub fn new(meta: Meta, spec: Parsed<DashboardReleaseSpec>, status: Parsed<DashboardReleaseStatus>) -> Self {
        let version = spec
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|s| s.version.parse::<Version>().map_err(|e| format!("spec.version: {e}")));
        let upgrades_from = spec.as_ref().map_err(Clone::clone).and_then(|s| {
            s.upgrades_from.as_deref().map(str::parse::<VersionReq>).transpose().map_err(|e| format!("spec.upgradesFrom: {e}"))
        });
        Self { meta, spec, status, version, upgrades_from, created_by: None }
    }
}
