//! `kubectl uplift completion`.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::{Cli, Failure, output};

/// The shell.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn run(options: &Options) -> Result<(), Failure> {
    let mut script = vec![];
    generate(options.shell, &mut Cli::command(), "kubectl-uplift", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
