//! The command line of `kubectl uplift`: what people ask and say. Each command is a file; none has a rule of its own.

mod accept_issue;
mod approve;
mod calendar;
mod completion;
mod consent;
mod context;
mod flags;
mod halted;
mod impact;
mod issues;
mod jobs;
mod leader;
pub mod output;
mod plan;
pub mod read;
mod releases;
mod rerun;
mod retry;
mod rings;
mod sbom;
mod sign_off;
mod status;
mod support;
mod suspend;
mod tenants;
mod told;
mod trial;
mod warnings;
mod why;
mod write;

use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::{CommandFactory, Parser, Subcommand};

pub use context::Context;
pub use output::Output;
pub use told::api_failure;

pub use super::Failure;
use flags::Global;

/// When is who upgraded, why, why not, and who opted out.
#[derive(Debug, Parser)]
#[command(name = "kubectl-uplift", bin_name = "kubectl uplift", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 it worked; 1 it failed while it ran; 2 the command line or the input cannot be used; \
                          3 the answer is no, where a command answers a question (its help says so).";

#[derive(Debug, Subcommand)]
enum Command {
    /// Show where each tenant stands.
    Status(status::Options),
    /// Show what would happen to the fleet, or what manifests would change. Nothing is written.
    Plan(plan::Options),
    /// Tell everything about one tenant: what is planned, what holds it, who was told, who opted out, what happened.
    Why(why::Options),
    /// Show when windows open, what is frozen, and how many places are taken.
    Calendar(calendar::Options),
    /// Show which releases there are, where each stands, and why not further.
    Releases(releases::Options),
    /// Show what tenants run that will not be supported for ever: when it ends, and by when the first upgrade out of it must start.
    Support(support::Options),
    /// Show whom a release, a software or a shared service touches, before anything of it changes.
    Impact(impact::Options),
    /// Show what people should look at before a release goes to tenants: what does not fit with it, whom that holds, what is accepted.
    Issues(issues::Options),
    /// Approve a release, in your own name.
    Approve(approve::Options),
    /// Reject a release, in your own name.
    Reject(approve::RejectOptions),
    /// Write what the images of a release contain, as bills of materials list it.
    Sbom(sbom::Options),
    /// Accept an issue of a release for a time, in your own name: until then it holds nobody.
    AcceptIssue(accept_issue::Options),
    /// Sign off an acceptance check of a release.
    SignOff(sign_off::Options),
    /// Run an acceptance check of a release that is a Job again.
    Rerun(rerun::Options),
    /// Decline an upgrade for a customer: the announced date, a day, or a version.
    ///
    /// Exit code 3: it is written, and the upgrade is not declined, or no verdict came in time.
    OptOut(consent::Options),
    /// Take an opt-out back.
    ///
    /// Exit code 3: it is written, and the opt-out was not taken back, or no answer came in time.
    OptIn(consent::InOptions),
    /// Stop a tenant, a release or a window, until it is resumed.
    Suspend(suspend::Options),
    /// Let a tenant, a release or a window go on.
    Resume(suspend::ResumeOptions),
    /// Try the last failed upgrade of a tenant again.
    Retry(write::OfTenant),
    /// Try a version on a copy of a tenant's data: ask for it, follow it, answer it, end it.
    Trial(trial::Options),
    /// Print the completion script of a shell.
    Completion(completion::Options),
}

/// A spreadsheet takes a list. Whoever asks for another thing hears it before anything is read or written.
const LISTS_ONLY: &str = "-o csv is for lists: status, plan without --with, calendar, releases, support, impact, issues and trial list; use -o json or \
                          -o yaml here";

impl Command {
    fn is_list(&self) -> bool {
        match self {
            Self::Plan(options) => !options.is_difference(),
            Self::Trial(options) => options.is_list(),
            Self::Status(_) | Self::Calendar(_) | Self::Releases(_) | Self::Support(_) | Self::Impact(_) | Self::Issues(_) => {
                true
            }
            _ => false,
        }
    }
}

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse(); // bad usage ends here, with exit code 2
    let done = if let Command::Completion(options) = &command {
        completion::run(options, Cli::command()) // needs no cluster
    } else {
        ask(&global, &command)
    };
    done.map_or_else(|failure| told::exit(&failure), |()| ExitCode::SUCCESS)
}

fn ask(global: &Global, command: &Command) -> Result<(), Failure> {
    if global.output == Output::Csv && !command.is_list() {
        return Err(Failure::input(anyhow!(LISTS_ONLY)));
    }
    let runtime = tokio::runtime::Runtime::new().context("start the runtime").map_err(Failure::Runtime)?;
    let done = runtime.block_on(async { run(&Context::new(global).await?, command).await });
    runtime.shutdown_background();
    done
}

async fn run(context: &Context, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Status(options) => status::run(context, options).await,
        Command::Plan(options) => plan::run(context, options).await,
        Command::Why(options) => why::run(context, options).await,
        Command::Calendar(options) => calendar::run(context, options).await,
        Command::Releases(options) => releases::run(context, options).await,
        Command::Support(options) => support::run(context, options).await,
        Command::Impact(options) => impact::run(context, options).await,
        Command::Issues(options) => issues::run(context, options).await,
        Command::Approve(options) => approve::run(context, options).await,
        Command::Reject(options) => approve::reject(context, options).await,
        Command::Sbom(options) => sbom::run(context, options).await,
        Command::AcceptIssue(options) => accept_issue::run(context, options).await,
        Command::SignOff(options) => sign_off::run(context, options).await,
        Command::Rerun(options) => rerun::run(context, options).await,
        Command::OptOut(options) => consent::run(context, options).await,
        Command::OptIn(options) => consent::opt_in(context, options).await,
        Command::Suspend(options) => suspend::run(context, options).await,
        Command::Resume(options) => suspend::resume(context, options).await,
        Command::Retry(options) => retry::run(context, options).await,
        Command::Trial(options) => trial::run(context, options).await,
        Command::Completion(options) => completion::run(options, Cli::command()),
    }
}

#[cfg(test)]
mod tests;
