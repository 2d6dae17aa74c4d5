//! A tenant that something touches.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use crate::{
    api::{TenantInstanceSpec, TenantInstanceStatus, Version, product::PlannedVersion},
    fleet::{Tenant, TenantKey},
    plan::{output::hold::Hold, pass::Pass, target::running::running},
};

/// A tenant that it touches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Impacted {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The customer's name; empty: the manifest does not parse.
    pub customer: String,
    /// Its window.
    pub window: String,
    /// The version of the subject that it runs or uses; none: nobody knows.
    pub version: Option<String>,
    /// What uses it: the tenant's workloads, dependencies, or images.
    pub services: Vec<String>,
    /// The versions that it passes through, as far as the release, or to where it goes instead.
    pub route: Vec<String>,
    /// The announced date, in the time of its window.
    pub opens: Option<String>,
    /// The date that is expected, UTC, and announced to nobody.
    pub expected_at: Option<Timestamp>,
    /// The version that the shared service is to run next, whose users are asked for.
    pub planned: Option<PlannedVersion>,
    /// How it stands to the subject.
    pub standing: Standing,
    /// What holds it, or why it is left behind.
    pub message: Option<String>,
    /// The issues of its upgrade to the release (R31), accepted or not; or of what is planned of the shared service.
    pub issues: Vec<Issue>,
}

/// An issue of an upgrade, for people who may read all tenants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Issue {
    /// As people spell it: `IncompatibleDependency/postgresql`.
    pub issue: String,
    /// What is wrong, and which side can mend it.
    pub message: String,
    /// The other tenants that it is about, as namespace/name.
    pub others: Vec<String>,
    /// It is told only, and holds nobody.
    pub warns: bool,
    /// Somebody accepted it until this UTC date.
    pub accepted_until: Option<Date>,
}

impl Issue {
    /// Whether it holds the tenant: nobody accepted it for this time.
    pub fn holds(&self) -> bool {
        !self.warns && self.accepted_until.is_none()
    }
}

/// How a tenant stands to what is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Standing {
    /// Its upgrade runs.
    Upgrading,
    /// It has a date that its customer was told.
    Announced,
    /// It has a date that nobody was told yet.
    Expected,
    /// It goes there as soon as it may, and has no date yet.
    Waiting,
    /// Something holds it back: a pin, an opt-out, a failure, no route.
    Held,
    /// It goes to a newer release without this one.
    PassesBy,
    /// It runs it, or uses it.
    Uses,
    /// It uses it, and cannot do with the version that is to run next.
    LeftBehind,
    /// It runs something older, and Uplift does not upgrade it.
    Unmanaged,
    /// Nobody knows what it runs or uses.
    #[default]
    Unknown,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Upgrading => "Upgrading",
            Self::Announced => "Announced",
            Self::Expected => "Expected",
            Self::Waiting => "Waiting",
            Self::Held => "Held",
            Self::PassesBy => "PassesBy",
            Self::Uses => "Uses",
            Self::LeftBehind => "LeftBehind",
            Self::Unmanaged => "Unmanaged",
            Self::Unknown => "Unknown",
        })
    }
}

/// What is said of every tenant alike.
pub fn of(key: &TenantKey, spec: Option<&TenantInstanceSpec>) -> Impacted {
    Impacted {
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        customer: spec.map(|spec| spec.customer.display_name.clone()).unwrap_or_default(),
        window: spec.map(|spec| spec.window_ref.name.clone()).unwrap_or_default(),
        ..Impacted::default()
    }
}

/// Its spec and status; an error: one does not parse, and nobody knows what it touches.
pub fn read<'a>(
    key: &TenantKey,
    tenant: &'a Tenant,
) -> Result<(&'a TenantInstanceSpec, &'a TenantInstanceStatus), Box<Impacted>> {
    let unread = |wrong: &String| Box::new(Impacted { message: Some(wrong.clone()), ..of(key, tenant.spec.as_ref().ok()) });
    Ok((tenant.spec.as_ref().map_err(unread)?, tenant.status.as_ref().map_err(unread)?))
}

/// What it runs. While its upgrade runs that is what the status says (R6): the images are mixed.
pub fn runs(pass: &Pass, key: &TenantKey, spec: &TenantInstanceSpec, status: &TenantInstanceStatus) -> Result<Version, Hold> {
    let in_flight = status.upgrade.as_ref().is_some_and(|upgrade| upgrade.started_at.is_some());
    let said = status.version.as_ref().filter(|_| in_flight).and_then(|version| version.parse().ok());
    said.map_or_else(|| running(pass, key, spec, status), Ok)
}
