//! `kubectl uplift support`: what ends when, and by when it must have been left, read off the statuses.

use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use super::{
    Context, Failure,
    output::{self, Colour, Mark},
    read::Reading,
    tenants,
};
use crate::{
    api::tenant::{Runway, Support},
    fleet::{Fleet, Tenant, TenantKey},
};

/// Which tenants to show.
#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// Only this tenant, by name or as namespace/name.
    pub tenant: Option<String>,
    /// Only what is not in time.
    #[arg(long)]
    pub late: bool,
}

/// An end of support as a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    namespace: String,
    name: String,
    customer: String,
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
    // Only for the zone; who may not see windows gets UTC.
    reading.windows_if_allowed().await?;
    let lines = lines(&reading.fleet, options);
    output::rows(context, &lines, &summary(&lines), "Nothing that is known to end.")
}

/// What ends of all tenants that were read.
pub fn lines(fleet: &Fleet, options: &Options) -> Vec<Line> {
    let of_tenant = |(key, tenant)| of(fleet, key, tenant);
    let mut lines: Vec<Line> = fleet.tenants.iter().flat_map(of_tenant).collect();
    lines.retain(|line| !options.late || line.support.state != Runway::InTime);
    lines.sort_by(|one, other| one.urgency().cmp(&other.urgency()));
    lines
}

fn of(fleet: &Fleet, key: &TenantKey, tenant: &Tenant) -> Vec<Line> {
    let (Ok(spec), Ok(status)) = (&tenant.spec, &tenant.status) else { return vec![] };
    let line = |support: &Support| Line {
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        customer: spec.customer.display_name.clone(),
        support: support.clone(),
        must_start_by_local: support.must_start_by.map(|at| tenants::opening(fleet, &spec.window_ref.name, at)),
    };
    status.support.iter().map(line).collect()
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
    ];
    let counted = states.map(|state| (lines.iter().filter(|line| line.support.state == state).count(), state));
    let counted: Vec<_> = counted.iter().filter(|(n, _)| *n > 0).map(|(n, state)| format!("{n} {state}")).collect();
    let many = if lines.len() == 1 { "1 end".to_owned() } else { format!("{} ends", lines.len()) };
    format!("{many} of support: {}", counted.join(", "))
}

impl Line {
    /// What has no date left first, then by the date.
    fn urgency(&self) -> (Option<Timestamp>, Date, &str, &str) {
        (self.support.must_start_by, self.support.ends_on, &self.namespace, &self.name)
    }
}

impl output::Row for Line {
    const KIND: &'static str = "Support";
    const OBJECT: &'static str = "TenantInstance";
    const COLUMNS: &'static [&'static str] = &["TENANT", "SUBJECT", "UNSUPPORTED", "NEEDS", "MUST START BY", "STATE"];
    const MORE: &'static [&'static str] = &["UPGRADES", "DEFERRALS", "CUSTOMER", "MUST START BY (UTC)", "IN WORDS"];
    const CUT: &'static [&'static str] = &["TENANT"];

    fn name(&self) -> &str {
        &self.name
    }
    fn mark(&self) -> Option<Mark> {
        let colour = match self.support.state {
            Runway::InTime => return None,
            Runway::NoRoomForDeferral | Runway::Unknown => Colour::Yellow,
            Runway::Unreachable | Runway::NoSupportedRelease | Runway::Ended => Colour::Red,
        };
        Some(Mark { column: "STATE", colour })
    }
    fn cells(&self) -> Vec<String> {
        let Support { subject, version, ends_on, hops, deferrals, must_start_by: _, state } = &self.support;
        vec![
            format!("{}/{}", self.namespace, self.name),
            format!("{subject}/{version}"),
            ends_on.to_string(),
            hops.map(|hops| format!("{hops}+{deferrals}")).unwrap_or_default(),
            self.must_start_by_local.clone().unwrap_or_default(),
            state.to_string(),
        ]
    }
    fn more(&self) -> Vec<String> {
        let Support { hops, deferrals, must_start_by, .. } = &self.support;
        let or_none = |text: Option<String>| text.unwrap_or_default();
        vec![
            or_none(hops.map(|hops| hops.to_string())),
            deferrals.to_string(),
            self.customer.clone(),
            or_none(must_start_by.map(|at| at.to_string())),
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
        let now = lines(&fleet_of(dir.clone(), "2027-03-20T12:00:00Z"), &Options::default());
        let text = format!("{}\n{}\n", output::text(Output::Table, &now).unwrap(), summary(&now));
        fits(&text);
        golden("support.txt", &text);
        golden("support-wide.txt", &output::text(Output::Wide, &now).unwrap());
        let late = Options { late: true, ..Options::default() };
        assert_eq!(lines(&fleet_of(dir, "2026-12-02T00:00:00Z"), &late), []);
    }
}
