//! `kubectl uplift status`: a line for each tenant, and which replica of the operator leads.

use super::{
    Context, Failure, leader, output,
    read::Reading,
    tenants::{self, Line, Pile},
};
use crate::fleet::Fleet;

/// Which tenants to show.
#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// Only tenants that run this version, or are planned for it.
    #[arg(long, value_name = "VERSION")]
    pub release: Option<String>,
    /// Only tenants of this window.
    #[arg(long, value_name = "NAME")]
    pub window: Option<String>,
    /// Only tenants that something holds until somebody acts.
    #[arg(long)]
    pub blocked: bool,
    /// Where to look who leads.
    #[command(flatten)]
    pub leader: leader::Options,
}

/// Prints the tenants, and how many stand where.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let mut reading = Reading::new(context.client.clone());
    let window = options.window.as_ref().map(|window| format!("spec.windowRef.name={window}"));
    reading.tenants(context.scope(), window.as_deref().unwrap_or_default()).await?;
    if has_expected(&reading.fleet) {
        // Only for the zone of a date that is not announced; who may not see windows gets it in UTC.
        reading.windows_if_allowed().await?;
    }
    let lines = lines(&reading.fleet, options);
    let mut last = tenants::summary(&lines);
    if context.output.is_for_people() {
        let leader = leader::sentence(&context.client, &options.leader, reading.now).await?;
        last = format!("{last}\nLeader of the operator: {leader}");
    }
    output::rows(context, &lines, &last, &context.none("tenants"))
}

fn has_expected(fleet: &Fleet) -> bool {
    let statuses = fleet.tenants.values().filter_map(|tenant| tenant.status.as_ref().ok());
    statuses.filter_map(|status| status.upgrade.as_ref()).any(|upgrade| upgrade.expected_at.is_some())
}

/// The tenants that were asked for, by namespace and name.
pub fn lines(fleet: &Fleet, options: &Options) -> Vec<Line> {
    let asked = |line: &Line| {
        let release = |version: &String| line.version.as_ref() == Some(version) || line.target() == Some(version.as_str());
        options.release.as_ref().is_none_or(release)
            && options.window.as_ref().is_none_or(|window| *window == line.window)
            && (!options.blocked || line.pile == Pile::Blocked)
    };
    fleet.tenants.iter().map(|(key, tenant)| Line::of(fleet, key, tenant)).filter(asked).collect()
}
