//! `kubectl uplift plan`: what the planner would do from here, and what a change would change. Nothing is written.

pub mod change;
mod line;
mod preview;

use std::{io::Read, path::PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;

use super::{
    Context, Failure,
    output::{self, Output},
    read::Reading,
};
use crate::fleet::View;
use line::Line;
pub use preview::{Manifests, Preview};

/// Until when, and with which changes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 it worked; 1 it failed while it ran; 2 the input cannot be used; \
                        3 with --exit-code, when there is a difference.")]
pub struct Options {
    /// Play until this instant, RFC 3339, like 2026-12-31T00:00:00Z; the default is now. Rollouts then succeed after a minute, and
    /// notices are accepted at once.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Manifests to apply first, as kubectl apply would; - is stdin. May be repeated. What is shown is then the difference.
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,
    /// End with exit code 3 when there is a difference.
    #[arg(long, requires = "with")]
    exit_code: bool,
}

impl Options {
    /// Whether a difference is asked for, not a list.
    pub fn is_difference(&self) -> bool {
        !self.with.is_empty()
    }
}

/// Prints the plan of the fleet, or what the manifests would change in it.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let files = options.with.iter().map(text_of).collect::<Result<Vec<_>, _>>().map_err(Failure::Input)?;
    let mut reading = Reading::new(context.client.clone());
    reading.releases().await?;
    reading.windows().await?;
    reading.products().await?;
    // Who takes which place is one decision for the whole fleet, whatever is shown of it.
    reading.tenants(None, "").await?;
    if !reading.trials_if_allowed().await? {
        reading.fleet.views.0.remove(&View::Trials); // of a trial that was not seen nothing follows
    }
    reading.workloads(None).await?;
    reading.infer();
    // Instants compare in whole seconds (R9), and so does the world's clock.
    let now = Timestamp::from_second(reading.now.as_second()).unwrap_or(reading.now);
    let until = options.until.unwrap_or(now);
    if until < now {
        return Err(Failure::input(anyhow::anyhow!("--until {until} is over; name an instant to come")));
    }
    let preview = Preview::of(reading.fleet, now, until)?;
    if files.is_empty() { show(context, &preview) } else { show_change(context, options, &preview, &files) }
}

fn text_of(file: &PathBuf) -> anyhow::Result<Manifests> {
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(file).map(|read| text = read)
    };
    read.with_context(|| format!("read --with {}", file.display()))?;
    Ok((file.clone(), text))
}

/// The whole fleet, or the namespace that was named: a plan of less would hide what a forgotten flag hides.
fn shown<'a>(context: &Context, lines: &'a [Line]) -> impl Iterator<Item = &'a Line> {
    let namespace = context.namespace_named.then(|| context.namespace.clone());
    lines.iter().filter(move |line| namespace.as_ref().is_none_or(|namespace| *namespace == line.namespace))
}

fn show(context: &Context, preview: &Preview) -> Result<(), Failure> {
    let lines: Vec<_> = shown(context, &preview.lines()?).cloned().collect();
    output::rows(context, &lines, "", "No tenants found.")
}

fn show_change(context: &Context, options: &Options, preview: &Preview, files: &[Manifests]) -> Result<(), Failure> {
    let (before, after) = (preview.lines()?, preview.with(files)?.lines()?);
    let before: Vec<_> = shown(context, &before).cloned().collect();
    let after: Vec<_> = shown(context, &after).cloned().collect();
    let difference = change::difference(&before, &after);
    let text = match context.output {
        Output::Table | Output::Wide => change::text(&difference, context.output.width()),
        Output::Name => difference.changed.iter().map(|changed| output::name("TenantInstance", &changed.name)).collect(),
        format => output::machine(format, &output::value(&difference)?)?,
    };
    output::print(&text)?;
    if options.exit_code && !difference.changed.is_empty() { Err(Failure::No) } else { Ok(()) }
}
