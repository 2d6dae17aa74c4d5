//! A month in a minute, on a real control plane: `cargo run --bin demo -- [--crash] [--idle-check]`.
//!
//! `--crash` kills the operator by SIGKILL at fixed moments, also inside the windows, and must end in the same state.
//! `--idle-check` watches the finished cluster for a minute: an idle operator writes nothing.
#![allow(missing_docs)] // a program, not an interface

use std::{sync::Arc, time::Instant};

use anyhow::{Context, Result, ensure};
use clap::{Parser, ValueEnum};

use uplift_testbed::{
    demo::{
        child, crash, idle,
        month::Month,
        report::{self, Report, Standing},
        stage::Stage,
    },
    judge, project,
};

const FROM: &str = "2026-12-01T00:00:00Z";

/// Plays an example on a real control plane.
#[derive(Parser)]
struct Options {
    /// The folder below examples/.
    #[arg(long, value_enum, default_value_t = Played::MonthlyCycle)]
    example: Played,
    /// Kill the operator again and again.
    #[arg(long)]
    crash: bool,
    /// Watch the operator idle for a minute at the end.
    #[arg(long)]
    idle_check: bool,
}

/// The examples that can be played, each with its own end.
#[derive(Clone, Copy, ValueEnum)]
enum Played {
    MonthlyCycle,
    BadRelease,
    Hooks,
}

impl Played {
    fn folder(self) -> &'static str {
        match self {
            Self::MonthlyCycle => "examples/monthly-cycle",
            Self::BadRelease => "examples/bad-release",
            Self::Hooks => "examples/hooks",
        }
    }
    /// When the operator is killed.
    fn moments(self) -> Vec<crash::Moment> {
        match self {
            Self::MonthlyCycle => crash::MOMENTS.to_vec(),
            Self::BadRelease => crash::after_each_write(100),
            Self::Hooks => crash::after_each_write(50),
        }
    }
    fn until(self) -> &'static str {
        match self {
            Self::MonthlyCycle => "2027-01-31T00:00:00Z",
            Self::BadRelease => "2026-12-20T00:00:00Z",
            Self::Hooks => "2026-12-06T00:00:00Z",
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    if child::was_operator().await? {
        return Ok(());
    }
    play(&Options::parse()).await
}

async fn play(options: &Options) -> Result<()> {
    let begun = Instant::now();
    let _ = std::fs::remove_file(child::log_file()?);
    let stage = Arc::new(Stage::set(&project().join(options.example.folder())).await?);
    say(&format!("The stage is set after {} s. The story begins.\n", begun.elapsed().as_secs()));
    stage.clock.jump(FROM.parse().context("reading the beginning")?).await;

    let moments = if options.crash { options.example.moments() } else { vec![] };
    let mut keeper = crash::Keeper::start(stage.clone(), moments.clone());
    let (timeline, jumps) =
        Month::new(stage.clone(), options.example.until().parse().context("reading the end")?).play(&mut keeper).await?;
    let idle_writes = if options.idle_check { Some(idle(&stage).await?) } else { None };
    let kills = keeper.stop(moments.len()).await?;
    say(&format!("\n{jumps} jumps of the clock, {kills} kills of the operator.\n"));
    say(&tenants(&stage).await?);

    let standing = Standing::read(&stage).await?;
    let evidence = evidence(&stage, kills)?;
    let verdict = judge::judge(&evidence).closed();
    let (lines, seconds) = (timeline.sorted(), begun.elapsed().as_secs());
    let idle_writes = idle_writes.as_deref();
    let file = Report { standing: &standing, lines: &lines, verdict: &verdict, kills, idle_writes, seconds }.write()?;
    say(&format!("{verdict}\nThe report is {}, after {seconds} s.", file.display()));

    let mut wrong = standing.surprises(&stage.example.expected);
    wrong.extend(verdict.broken.iter().map(ToString::to_string));
    wrong.extend(stage.receiver.forged().into_iter().map(|what| format!("a notice that no customer would believe: {what}")));
    wrong.extend(idle_writes.unwrap_or_default().iter().map(|write| format!("the idle operator wrote: {write}")));
    // On stdout, where whoever plays it reads the story.
    for what in &wrong {
        say(&format!("- {what}"));
    }
    ensure!(wrong.is_empty(), "the month did not end as it should");
    Ok(())
}

async fn idle(stage: &Stage) -> Result<Vec<String>> {
    say(&format!("\n{}", idle::BEGINS));
    idle::writes(stage).await
}

/// The tenants, as whoever asks for them sees them.
async fn tenants(stage: &Stage) -> Result<String> {
    let engineer = stage.plane.platform_engineer("alice@corp.example").await?;
    stage.plane.kubectl(&engineer, &["get", "ti", "-A"]).await?.ok().context("kubectl get ti -A")
}

/// What the judge gets: files, nothing of the operator's. They are kept beside the report.
fn evidence(stage: &Stage, kills: usize) -> Result<judge::Evidence> {
    let audit = stage.plane.audit_events(0)?.events;
    let (journal, deliveries) =
        (serde_json::to_value(stage.clock.journal())?, serde_json::to_value(stage.receiver.deliveries())?);
    report::put("audit.json", &audit)?;
    report::put("journal.json", &journal)?;
    report::put("deliveries.json", &deliveries)?;
    judge::Evidence::of_audit(&audit, &journal, &deliveries, kills)
}

fn say(text: &str) {
    println!("{text}");
}
