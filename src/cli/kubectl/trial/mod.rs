//! `kubectl uplift trial`: what people do with the trial of a tenant (R34). All but `list` take the tenant: it has one trial.

mod answer;
mod ask;
mod end;
mod follow;
mod list;
mod of;
mod said;
mod start;
#[cfg(test)]
mod tests;

use clap::Subcommand;

use super::{Context, Failure, write::OfTenant};

/// What to do.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Ask for a version to be tried on a copy of a tenant's data.
    ///
    /// Exit code 3, with --wait: it is asked for, and it failed, or was not ready in time.
    Start(start::Options),
    /// Show every trial that you may see: how far it is, and what came of the last run.
    List,
    /// Say that the version does. It ends the run.
    Confirm(OfTenant),
    /// Say that the version does not. It ends the run.
    Reject(OfTenant),
    /// Take back what was asked for: a run that is on ends. Where it is over, a new one can be asked for afterwards.
    End(OfTenant),
}

impl Options {
    /// Whether it prints a list.
    pub fn is_list(&self) -> bool {
        matches!(self.act, Act::List)
    }
}

/// Does it.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    match &options.act {
        Act::Start(options) => start::run(context, options).await,
        Act::List => list::run(context).await,
        Act::Confirm(options) => answer::confirm(context, options).await,
        Act::Reject(options) => answer::reject(context, options).await,
        Act::End(options) => end::run(context, options).await,
    }
}
