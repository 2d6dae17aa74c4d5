//! `uplift simulate`.

use std::{io::ErrorKind, path::PathBuf};

use clap::ValueEnum;
use jiff::Timestamp;

use super::Failure;
use crate::simulate;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The folder of manifests: the five kinds and the tenants' workloads.
    dir: PathBuf,
    /// The first instant, RFC 3339, like 2026-12-01T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    from: Timestamp,
    /// The last instant, RFC 3339, like 2027-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    until: Timestamp,
    /// A YAML list of what people do and what breaks.
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// How to print what happens: a timeline for people, or one JSON object a line.
    #[arg(long, short, value_enum, default_value_t)]
    output: Output,
    /// Show also what customers read (letters), and each write of images (writes): all of it in the order of time.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    show: Vec<Show>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Show {
    Letters,
    Writes,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Output {
    #[default]
    Text,
    Json,
}

pub(super) fn run(options: Options) -> Result<(), Failure> {
    let Options { dir, from, until, events, output, show } = options;
    let show = simulate::Show { letters: show.contains(&Show::Letters), writes: show.contains(&Show::Writes) };
    let output = match output {
        Output::Text => simulate::Format::Text,
        Output::Json => simulate::Format::Json,
    };
    let options = simulate::Options { dir, from, until, events, output };
    let done = simulate::run_showing(&options, show, &mut std::io::stdout().lock(), &mut std::io::stderr().lock());
    done.or_else(|error| match error {
        // `uplift simulate ... | head` has read enough.
        simulate::Error::Output(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        error => Err(error),
    })
    .map_err(|error| match error {
        simulate::Error::Input(_) => Failure::input(error),
        error => Failure::runtime(error),
    })
}
