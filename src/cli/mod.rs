//! The command lines: `uplift`, and `kubectl uplift` for people.

mod crds;
mod failure;
pub mod kubectl;
mod run;
mod simulate;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use crds::{GENERATED, file_name, yaml};
pub use failure::Failure;

use crate::telemetry::{self, LogFormat};

/// Upgrades a fleet of hosted tenants to each product release: approved, announced, with consent, inside a window, and proved.
#[derive(Debug, Parser)]
#[command(name = "uplift", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    logs: Logs,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 it worked; 1 it failed while it ran; 2 the command line or the input cannot be used.";

#[derive(Debug, Args)]
struct Logs {
    /// What to log: a level, or `target=level` joined by commas.
    #[arg(long, env = "RUST_LOG", default_value = "info", global = true, value_name = "FILTER")]
    log: String,
    /// How to log; the default is text on a terminal and JSON elsewhere.
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the operator against a cluster.
    Run(run::Options),
    /// Print the custom resource definitions.
    Crds(crds::Options),
    /// Play manifests with a virtual clock: a plan before it happens, without a cluster.
    Simulate(simulate::Options),
}

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    let cli = Cli::parse(); // bad usage ends here, with exit code 2
    let done = telemetry::start(&cli.logs.log, cli.logs.log_format).map_err(Failure::input).and_then(|()| match cli.command {
        Command::Run(options) => run::run(options),
        Command::Crds(options) => crds::run(&options),
        Command::Simulate(options) => simulate::run(options),
    });
    done.map_or_else(|failure| failure.exit("uplift"), |()| ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
