//! Logs: text on a terminal, JSON elsewhere.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::{EnvFilter, filter::ParseError, fmt};

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The filter does not parse.
#[derive(Debug, thiserror::Error)]
#[error("use {filter:?} as the log filter (--log or RUST_LOG)")]
pub struct InvalidFilter {
    filter: String,
    source: ParseError,
}

/// Said by kube's client at ERROR for every answer of 500 and above: an outage would flood the log. What failed is said by whoever
/// asked. A filter of the user's own that names the target wins.
const QUIET: &str = "kube_client=off,kube_runtime=off";

/// Starts to log to standard error.
pub fn start(filter: &str, format: Option<LogFormat>) -> Result<(), InvalidFilter> {
    let invalid = |source| InvalidFilter { filter: filter.into(), source };
    let filter = EnvFilter::try_new(format!("{QUIET},{filter}")).map_err(invalid)?;
    let default = if stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json };
    let logs = fmt().with_env_filter(filter).with_writer(stderr);
    match format.unwrap_or(default) {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
    Ok(())
}
