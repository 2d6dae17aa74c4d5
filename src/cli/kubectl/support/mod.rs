//! `kubectl uplift support`: what ends when, and by when it must have been left, read off the statuses.

mod line;
mod look;
mod source;
mod svg;
mod year;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use super::{
    Context, Failure,
    output::{self, Output},
    read::Reading,
};
use crate::{api::tenant::Runway, fleet::Fleet};
use line::{Line, of_product, of_tenant, summary};
use year::Year;

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
    /// Draw it as a calendar of twelve months, from this month on, into this SVG file instead; - is stdout.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}

/// Prints what ends: the most urgent first.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    if options.svg.is_some() && context.output != Output::Table {
        return Err(Failure::input(anyhow!("--svg is what is printed: leave -o out")));
    }
    let mut reading = Reading::new(context.client.clone());
    match options.tenant.as_deref().map(|tenant| context.tenant(tenant)).transpose()? {
        Some(key) => reading.tenant(&key).await?,
        None => reading.tenants(context.scope(), "").await?,
    }
    // Only for the zone; who may not see windows gets UTC. Who may not see products sees what tenants use.
    let windows = reading.windows_if_allowed().await?;
    reading.products_if_allowed().await?;
    let mut lines = lines(&reading.fleet, options, context.scope().is_none());
    if let Some(file) = &options.svg {
        if !windows {
            eprintln!("warning: you may not see windows: the picture has none, and its dates are those of UTC");
        }
        return save(file, &svg::draw(&Year::of(&reading.fleet, &lines, reading.now, asked(context.scope(), options))));
    }
    // By name these are tenants.
    lines.retain(|line| line.namespace.is_some() || context.output != Output::Name);
    let summary =
        summary(&lines) + &alternatives(&reading.fleet, options) + &source::source(&reading.fleet, options.product.as_deref());
    output::rows(context, &lines, &summary, "Nothing that is known to end.")
}

/// What ends of all tenants that were read; of the whole cluster, or of one product, of all installations too.
fn lines(fleet: &Fleet, options: &Options, whole: bool) -> Vec<Line> {
    let mut lines: Vec<Line> = fleet.tenants.iter().flat_map(|(key, tenant)| of_tenant(fleet, key, tenant)).collect();
    if options.tenant.is_none() && (whole || options.product.is_some()) {
        lines.extend(fleet.products.iter().flat_map(|(name, product)| of_product(name, product)));
    }
    lines.retain(|line| options.product.as_ref().is_none_or(|product| line.support.subject == *product));
    lines.retain(|line| !options.late || !matches!(line.support.state, Runway::InTime | Runway::Supported));
    lines.sort_by(|one, other| one.urgency().cmp(&other.urgency()));
    lines
}

/// What can take the place of the product that is asked for.
fn alternatives(fleet: &Fleet, options: &Options) -> String {
    let asked = options.product.as_ref().and_then(|name| fleet.products.get(name)?.spec.as_ref().ok());
    let all: Vec<_> = asked.iter().flat_map(|spec| &spec.alternatives).map(ToString::to_string).collect();
    if all.is_empty() { String::new() } else { format!("\nAlternatives: {}", all.join("; ")) }
}

/// Of whom it is: a picture is handed on without the command that made it.
fn asked(scope: Option<&str>, options: &Options) -> String {
    let whom = match (&options.tenant, scope) {
        (Some(tenant), _) => format!("tenant {tenant}"),
        (None, Some(namespace)) => format!("namespace {namespace}"),
        (None, None) => "all namespaces".to_owned(),
    };
    let product = options.product.as_ref().map(|product| format!("{product} only"));
    let late = options.late.then(|| "what is in time left out".to_owned());
    [Some(whom), product, late].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn save(file: &Path, picture: &str) -> Result<(), Failure> {
    if file.as_os_str() == "-" {
        return output::print(picture);
    }
    std::fs::write(file, picture).with_context(|| format!("write --svg {}", file.display())).map_err(Failure::Runtime)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::kubectl::tests::{fits, fleet_of, golden, instant};

    const NOW: &str = "2027-03-20T12:00:00Z";

    fn example(at: &str) -> Fleet {
        fleet_of(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/support"), at)
    }

    #[test]
    fn what_ends_stands_by_urgency_and_says_by_when() {
        let now = lines(&example(NOW), &Options::default(), true);
        let text = format!("{}\n{}\n", output::text(Output::Table, &now).unwrap(), summary(&now));
        fits(&text);
        golden("support.txt", &text);
        golden("support-wide.txt", &output::text(Output::Wide, &now).unwrap());
        golden("support.csv", &output::text(Output::Csv, &now).unwrap());
        let late = Options { late: true, ..Options::default() };
        assert_eq!(lines(&example("2026-12-02T00:00:00Z"), &late, true), []);
    }

    /// Look at it, too: a browser shows it.
    #[test]
    fn the_year_is_drawn_with_what_ends_and_when_windows_open_before() {
        let (fleet, options) = (example(NOW), Options::default());
        let year = Year::of(&fleet, &lines(&fleet, &options, true), instant(NOW), asked(None, &options));
        golden("support.svg", &svg::draw(&year));
    }

    #[test]
    fn a_picture_says_of_whom_it_is() {
        assert_eq!(asked(None, &Options::default()), "all namespaces");
        let options = Options { product: Some("postgresql".into()), late: true, ..Options::default() };
        assert_eq!(asked(Some("acme"), &options), "namespace acme, postgresql only, what is in time left out");
        let options = Options { tenant: Some("acme/acme".into()), ..Options::default() };
        assert_eq!(asked(Some("default"), &options), "tenant acme/acme");
    }
}
