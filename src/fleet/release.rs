//! What is known of a release.

use super::{Meta, Parsed};
use crate::api::{DashboardReleaseSpec, DashboardReleaseStatus, Version, VersionReq};

/// The ranges that a release names, parsed once.
#[derive(Clone, Debug, Default)]
pub struct Ranges {
    /// Those of `spec.requires`, in its order.
    pub requires: Vec<VersionReq>,
    /// Those of `spec.risks`, in its order.
    pub risks: Vec<VersionReq>,
}

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
    /// What it requires, and what is a risk.
    pub ranges: Parsed<Ranges>,
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
        let ranges = spec.as_ref().map_err(Clone::clone).and_then(Ranges::of);
        Self { meta, spec, status, version, upgrades_from, ranges, created_by: None }
    }
}

impl Ranges {
    fn of(spec: &DashboardReleaseSpec) -> Parsed<Self> {
        let one = |field: String, text: &str| match text.parse::<VersionReq>() {
            Err(wrong) => Err(format!("{field}: {wrong}")),
            Ok(range) if range.is_empty() => {
                Err(format!("{field}: no version lies in {text:?}; its comparators contradict each other"))
            }
            Ok(range) => Ok(range),
        };
        let requires =
            spec.requires.iter().enumerate().map(|(i, one_of)| one(format!("spec.requires[{i}].versions"), &one_of.versions));
        let risks =
            spec.risks.iter().map(|risk| one(format!("spec.risks[{}].match.versions", risk.name), &risk.matches.versions));
        Ok(Self { requires: requires.collect::<Result<_, _>>()?, risks: risks.collect::<Result<_, _>>()? })
    }
}
