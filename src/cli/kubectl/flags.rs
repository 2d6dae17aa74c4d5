//! Flags of every command.

use clap::Args;

use super::Output;
use crate::api::Duration;

/// Flags of every command, as kubectl has them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Flags of every command")]
pub struct Global {
    /// The kubeconfig; the default is $KUBECONFIG, ~/.kube/config or the pod's service account.
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<std::path::PathBuf>,
    /// The context of the kubeconfig; the default is its current one.
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// The namespace; the default is that of the context.
    #[arg(long, short, global = true, value_name = "NAME")]
    pub namespace: Option<String>,
    /// All namespaces, where a command shows tenants.
    #[arg(long, short = 'A', global = true, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// How to print: table (of at most 100 columns), wide (nothing is cut), csv (lists only, for spreadsheets), json, yaml or name.
    #[arg(long, short, global = true, value_enum, default_value_t, value_name = "FORMAT", hide_possible_values = true)]
    pub output: Output,
    /// How long one request may take, like 30s or 2m; 0s is without end.
    #[arg(long, global = true, default_value = "30s", value_name = "TIME")]
    pub request_timeout: Duration,
    /// Any value: no colours, on a terminal neither.
    #[arg(long, global = true, env = "NO_COLOR", hide = true, num_args = 0..=1, default_missing_value = "1")]
    pub no_color: Option<String>,
}
