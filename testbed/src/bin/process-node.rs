//! A node whose pods are real processes; see `process_node` of the library. Tests start it, and so does `cargo run --bin process-node --
//! --kubeconfig FILE --folder FOLDER` beside `cargo run --bin control-plane`.

use std::ffi::OsStr;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};
use uplift_testbed::process_node;

/// Runs the pods of the node process-0 as processes of this machine.
#[derive(Parser)]
#[command(subcommand_negates_reqs = true)]
struct Options {
    /// Whose rights it has; it wants all.
    #[arg(long, required = true)]
    kubeconfig: Option<PathBuf>,
    /// Where claims, logs and what pods need are kept.
    #[arg(long, required = true)]
    folder: Option<PathBuf>,
    #[command(subcommand)]
    part: Option<Part>,
}

/// What it starts itself as.
#[derive(Subcommand)]
enum Part {
    /// The node, in its namespaces.
    #[command(hide = true)]
    Inside { kubeconfig: PathBuf, folder: PathBuf },
    /// A container, in its namespaces.
    #[command(hide = true)]
    Container { spec: PathBuf },
}

fn main() -> Result<()> {
    let Options { kubeconfig, folder, part } = Options::parse();
    match part {
        Some(Part::Inside { kubeconfig, folder }) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(process_node::serve(&kubeconfig, &folder))
        }
        Some(Part::Container { spec }) => process_node::become_command(&spec),
        None => {
            let (kubeconfig, folder) = (kubeconfig.unwrap_or_default(), folder.unwrap_or_default());
            process_node::enter(&[OsStr::new("inside"), kubeconfig.as_os_str(), folder.as_os_str()])
        }
    }
}
