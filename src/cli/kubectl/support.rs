//! `kubectl uplift support`: what ends when, and by when it must have been left, read off the statuses.

use jiff::{civil::Date, tz::TimeZone};
use serde::Serialize;

use super::{
    Context, Failure,
    output::{self, Colour, Mark},
    read::Reading,
    tenants,
};
use crate::{
    api::{
        product::InstallationStatus,
        tenant::{Runway, Support},
    },
    fleet::{Fleet, Product, Tenant, TenantKey},
};

/// What to show.
#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// Only this tenant, by name or as namespace/name.
    pub tenant: Option<String>,
    /// Only this product, by the name of its `SoftwareProduct`; `dashboard` is the product that Uplift upgrades.
    #[arg(long, value_name = "NAME")]
    pub product: Option<String>,
    /// Only what is not in time.
    #[arg(long)]
    pub late: bool,
}

/// An end of support as a line: of what a tenant runs or uses, or of an installation of the platform.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    namespace: Option<String>,
    name: String,
    customer: Option<String>,
    #[serde(flatten)]
    support: Support,
    /// The opening in the window's time, as far as that is known.
    must_start_by_local: Option<String>,
}

/// Prints what ends: the most urgent first.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let mut reading = Reading::new(context.client.clone());
    match options.tenant.as_deref().map(|tenant| context.tenant(tenant)).transpose()? {
        Some(key) => reading.tenant(&key).await?,
        None => reading.tenants(context.scope(), "").await?,
    }
    // Only for the zone; who may not see windows gets UTC. Who may not see products sees what tenants use.
    reading.windows_if_allowed().await?;
    reading.products_if_allowed().await?;
    let mut lines = lines(&reading.fleet, options, context.scope().is_none());
    // By name these are tenants.
    lines.retain(|line| line.namespace.is_some() || context.output != output::Output::Name);
    let summary = summary(&lines) + &alternatives(&reading.fleet, options);
    output::rows(context, &lines, &summary, "Nothing that is known to end.")
}

/// What ends of all tenants that were read; of the whole cluster, or of one product, of all installations too.
pub fn lines(fleet: &Fleet, options: &Options, whole: bool) -> Vec<Line> {
    let of_tenant = |(key, tenant)| of(fleet, key, tenant);
    let mut lines: Vec<Line> = fleet.tenants.iter().flat_map(of_tenant).collect();
    if options.tenant.is_none() && (whole || options.product.is_some()) {
        lines.extend(fleet.products.iter().flat_map(|(name, product)| installations(name, product)));
    }
    lines.retain(|line| options.product.as_ref().is_none_or(|product| line.support.subject == *product));
    lines.retain(|line| !options.late || !matches!(line.support.state, Runway::InTime | Runway::Supported));
    lines.sort_by(|one, other| one.urgency().cmp(&other.urgency()));
    lines
}

fn of(fleet: &Fleet, key: &TenantKey, tenant: &Tenant) -> Vec<Line> {
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

/// Those that end, and those of which nobody can say it.
fn installations(product: &str, known: &Product) -> Vec<Line> {
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

/// What can take the place of the product that is asked for.
fn alternatives(fleet: &Fleet, options: &Options) -> String {
    let asked = options.product.as_ref().and_then(|name| fleet.products.get(name)?.spec.as_ref().ok());
    let all: Vec<_> = asked.iter().flat_map(|spec| &spec.alternatives).map(ToString::to_string).collect();
    if all.is_empty() { String::new() } else { format!("\nAlternatives: {}", all.join("; ")) }
}

/// How many ends are in which state: `3 ends of support: 1 Ended, 2 InTime`.
pub fn summary(lines: &[Line]) -> String {
    let states = [
        Runway::Ended,
        Runway::NoSupportedRelease,
        Runway::Unreachable,
        Runway::NoRoomForDeferral,
        Runway::Unknown,
        Runway::InTime,
        Runway::Supported,
    ];
    let counted = states.map(|state| (lines.iter().filter(|line| line.support.state == state).count(), state));
    let counted: Vec<_> = counted.iter().filter(|(n, _)| *n > 0).map(|(n, state)| format!("{n} {state}")).collect();
    let many = if lines.len() == 1 { "1 end".to_owned() } else { format!("{} ends", lines.len()) };
    format!("{many} of support: {}", counted.join(", "))
}

impl Line {
    /// What is too late first, then by the day on which somebody must have acted.
    fn urgency(&self) -> (u8, Option<Date>, &str, &str, &str) {
        let Support { subject, ends_on, must_start_by, state, .. } = &self.support;
        let urgent = match state {
            Runway::Ended | Runway::Unreachable | Runway::NoSupportedRelease => 0,
            Runway::Unknown => 1,
            Runway::InTime | Runway::NoRoomForDeferral | Runway::Supported => 2,
        };
        let by = must_start_by.map(|at| TimeZone::UTC.to_datetime(at).date()).or(*ends_on);
        (urgent, by, self.namespace.as_deref().unwrap_or_default(), &self.name, subject)
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
        let Support { subject, version, ends_on, hops, deferrals, state, .. } = &self.support;
        let of = self.namespace.as_ref().map_or_else(|| format!("({})", self.name), |ns| format!("{ns}/{}", self.name));
        vec![
            of,
            format!("{subject}/{version}"),
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::cli::kubectl::{
        output::Output,
        tests::{fits, fleet_of, golden},
    };

    #[test]
    fn what_ends_stands_by_urgency_and_says_by_when() {
        let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/support");
        let now = lines(&fleet_of(dir.clone(), "2027-03-20T12:00:00Z"), &Options::default(), true);
        let text = format!("{}\n{}\n", output::text(Output::Table, &now).unwrap(), summary(&now));
        fits(&text);
        golden("support.txt", &text);
        golden("support-wide.txt", &output::text(Output::Wide, &now).unwrap());
        golden("support.csv", &output::text(Output::Csv, &now).unwrap());
        let late = Options { late: true, ..Options::default() };
        assert_eq!(lines(&fleet_of(dir, "2026-12-02T00:00:00Z"), &late, true), []);
    }
}
