//! `kubectl uplift completion`.

use clap_complete::{Shell, generate};

use super::{Failure, output};

/// The shell.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script for this command line.
pub fn run(options: &Options, mut command: clap::Command) -> Result<(), Failure> {
    let mut script = vec![];
    generate(options.shell, &mut command, "kubectl-uplift", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
