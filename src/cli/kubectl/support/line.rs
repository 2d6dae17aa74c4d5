//! An end of support as a line of the table.

use jiff::{civil::Date, tz::TimeZone};
use serde::Serialize;

use crate::{
    api::{
        Many,
        product::InstallationStatus,
        tenant::{Runway, Support},
    },
    cli::kubectl::{
        output::{self, Colour, Mark},
        tenants,
    },
    fleet::{Fleet, Product, Tenant, TenantKey},
};

/// The states, as people are told of them.
pub const WORST_FIRST: [Runway; 7] = [
    Runway::Ended,
    Runway::NoSupportedRelease,
    Runway::Unreachable,
    Runway::NoRoomForDeferral,
    Runway::Unknown,
    Runway::InTime,
    Runway::Supported,
];

/// An end of support as a line: of what a tenant runs or uses, or of an installation of the platform.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The tenant's; none: it is an installation of the platform.
    pub namespace: Option<String>,
    /// The tenant's name, or that of the installation.
    pub name: String,
    /// The customer's name.
    pub customer: Option<String>,
    /// What ends, and whether the way out of it fits before.
    #[serde(flatten)]
    pub support: Support,
    /// The opening in the window's time, as far as that is known.
    pub must_start_by_local: Option<String>,
}

/// What a tenant runs and uses.
pub fn of_tenant(fleet: &Fleet, key: &TenantKey, tenant: &Tenant) -> Vec<Line> {
    let (Ok(spec), Ok(status)) = (&tenant.spec, &tenant.status) else { return vec![] };
    let line = |support: &Support| Line {
        namespace: Some(key.namespace.clone()),
        name: key.name.clone(),
        customer: Some(spec.customer.display_name.clone()),
        support: support.clone(),
        must_start_by_local: support.must_start_by.map(|at| tenants::opening(fleet, &spec.window_ref.name, at)),
    };
    status.support.iter().map(line).collect()
}

/// The installations of a product: those that end, and those of which nobody can say it.
pub fn of_product(product: &str, known: &Product) -> Vec<Line> {
    let (Ok(spec), Ok(status)) = (&known.spec, &known.status) else { return vec![] };
    let ends = status.installations.iter().filter(|one| one.ends_on.is_some() || one.state == Runway::Unknown);
    let line = |one: &InstallationStatus| Line {
        namespace: None,
        name: one.name.clone(),
        customer: None,
        support: Support {
            subject: product.to_owned(),
            version: one.version.clone(),
            dependency: None,
            responsibility: spec.installations.iter().find(|asked| asked.name == one.name).map(|asked| asked.responsibility),
            ends_on: one.ends_on,
            hops: None,
            deferrals: None,
            must_start_by: None,
            state: one.state,
            message: (one.state == Runway::Unknown)
                .then(|| "no cycle of its product has this version, or another product has an installation of this name".into()),
        },
        must_start_by_local: None,
    };
    ends.map(line).collect()
}

/// How many ends are in which state: `3 ends of support: 1 Ended, 2 InTime`.
pub fn summary(lines: &[Line]) -> String {
    let counted = WORST_FIRST.map(|state| (lines.iter().filter(|line| line.support.state == state).count(), state));
    let counted: Vec<_> = counted.iter().filter(|(n, _)| *n > 0).map(|(n, state)| format!("{n} {state}")).collect();
    format!("{} of support: {}", Many(lines.len(), "end"), counted.join(", "))
}

impl Line {
    /// What is too late first, then by the day on which somebody must have acted.
    pub fn urgency(&self) -> (u8, Option<Date>, &str, &str, &str) {
        let Support { subject, ends_on, must_start_by, state, .. } = &self.support;
        let urgent = match state {
            Runway::Ended | Runway::Unreachable | Runway::NoSupportedRelease => 0,
            Runway::Unknown => 1,
            Runway::InTime | Runway::NoRoomForDeferral | Runway::Supported => 2,
        };
        let by = must_start_by.map(|at| TimeZone::UTC.to_datetime(at).date()).or(*ends_on);
        (urgent, by, self.namespace.as_deref().unwrap_or_default(), &self.name, subject)
    }
    /// Whose it is, as `namespace/name`; an installation stands in parentheses.
    pub fn full_name(&self) -> String {
        self.namespace.as_ref().map_or_else(|| format!("({})", self.name), |ns| format!("{ns}/{}", self.name))
    }
    /// What ends.
    pub fn what(&self) -> String {
        format!("{}/{}", self.support.subject, self.support.version)
    }
    /// The local day of the opening by which the first upgrade must start.
    pub fn must_start_on(&self) -> Option<Date> {
        self.must_start_by_local.as_ref()?.split_once('T')?.0.parse().ok()
    }
}

impl output::Row for Line {
    const KIND: &'static str = "Support";
    const OBJECT: &'static str = "TenantInstance";
    const COLUMNS: &'static [&'static str] = &["TENANT", "SUBJECT", "UNSUPPORTED", "NEEDS", "MUST START BY", "STATE"];
    const MORE: &'static [&'static str] = &["UPGRADES", "DEFERRALS", "CUSTOMER", "MUST START BY (UTC)", "WHOSE", "IN WORDS"];
    const CUT: &'static [&'static str] = &["TENANT"];

    fn name(&self) -> &str {
        &self.name
    }
    fn mark(&self) -> Option<Mark> {
        let colour = match self.support.state {
            Runway::InTime | Runway::Supported => return None,
            Runway::NoRoomForDeferral | Runway::Unknown => Colour::Yellow,
            Runway::Unreachable | Runway::NoSupportedRelease | Runway::Ended => Colour::Red,
        };
        Some(Mark { column: "STATE", colour })
    }
    fn cells(&self) -> Vec<String> {
        let Support { ends_on, hops, deferrals, state, .. } = &self.support;
        vec![
            self.full_name(),
            self.what(),
            ends_on.map(|on| on.to_string()).unwrap_or_default(),
            hops.map(|hops| format!("{hops}+{}", deferrals.unwrap_or_default())).unwrap_or_default(),
            self.must_start_by_local.clone().unwrap_or_default(),
            state.to_string(),
        ]
    }
    fn more(&self) -> Vec<String> {
        let Support { hops, deferrals, must_start_by, responsibility, .. } = &self.support;
        let or_none = |text: Option<String>| text.unwrap_or_default();
        vec![
            or_none(hops.map(|hops| hops.to_string())),
            or_none(deferrals.map(|deferrals| deferrals.to_string())),
            or_none(self.customer.clone()),
            or_none(must_start_by.map(|at| at.to_string())),
            or_none(responsibility.map(|who| format!("{who:?}"))),
            self.support.to_string(),
        ]
    }
}
