//! Plays a program, round by round.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Serialize;

use super::bed::Bed;
use super::contestant::{self, Furnished, Writes};
use super::figure::{Figure, Figures};
use super::pass::{self, Pass};
use super::program::{Part, Plane, Pods, Who};

/// What was played, and what came of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Round {
    pub plane: Plane,
    pub tenants: usize,
    pub pods: Pods,
    pub who: Who,
    pub figures: Figures,
    pub writes: Writes,
}

/// What a fleet with nothing left to do was seen to do.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Idle {
    pub plane: Plane,
    pub tenants: usize,
    pub figures: Figures,
}

/// All rounds in the order of play.
#[derive(Default)]
pub struct Played {
    pub rounds: Vec<Round>,
    pub idle: Vec<Idle>,
    /// Passes of the planner.
    pub passes: Vec<Pass>,
    /// What was not played, and why.
    pub left_out: Vec<String>,
}

/// Plays all parts. After this time nothing new begins: an hour is an hour, and what is left out is said.
pub async fn play(parts: &[Part], limit: Duration) -> Result<Played> {
    let (mut played, begun) = (Played::default(), Instant::now());
    for part in parts {
        let what = format!("{} tenants, {:?} control plane", part.tenants, part.plane);
        if begun.elapsed() > limit {
            played.left_out.push(format!("{what}: no time was left"));
            continue;
        }
        println!("\n{what}: making it …");
        let mut bed = Box::pin(Bed::lay(part.plane, part.tenants)).await.with_context(|| format!("laying {what}"))?;
        println!("{what}: there after {:.0} s", begun.elapsed().as_secs_f64());
        rounds(&mut bed, part, (begun, begun + limit), &mut played).await;
        if part.idle > 0 {
            let idle = contestant::uplift::idle(&bed, Duration::from_secs(part.idle));
            let (figures, ()) = tokio::join!(idle, passes(part, &mut played));
            let figures = figures.context("watching it idle")?;
            println!("  idle: {} writes in {} s", figures[&Figure::IdleWrites], part.idle);
            played.idle.push(Idle { plane: part.plane, tenants: part.tenants, figures });
        }
        bed.stop().await?;
    }
    Ok(played)
}

/// The planner has tests of its own for every day: what fails here is told, and ends nothing.
async fn passes(part: &Part, played: &mut Played) {
    for tenants in &part.passes {
        match pass::passes(*tenants).await {
            Ok(timed) => played.passes.extend(timed),
            Err(error) => played.left_out.push(format!("passes of the planner, {tenants} tenants: {error:#}")),
        }
    }
}

/// A round that fails is told and ends nobody else's: an hour of figures is not thrown away for one of them.
async fn rounds(bed: &mut Bed, part: &Part, (begun, end): (Instant, Instant), played: &mut Played) {
    let mut furnished = Furnished::default();
    // One that nobody counts: caches, connections and the first ReplicaSets are made in it.
    let turns = part.turns();
    if let Some(first) = turns.first().filter(|_| part.plane == Plane::Full)
        && let Err(error) = contestant::play(bed, &mut furnished, *first).await
    {
        played.left_out.push(format!("{} tenants: the first loop failed: {error:#}", part.tenants));
        return;
    }
    for turn in turns {
        let what = format!("{} tenants, {}, {}", part.tenants, turn.pods.title(), turn.who.title());
        if Instant::now() > end {
            played.left_out.push(format!("{what}: no time was left"));
            continue;
        }
        match contestant::play(bed, &mut furnished, turn).await {
            Ok(measured) => {
                println!("  {}, {:.0} s after the start", line(&what, &measured.figures), begun.elapsed().as_secs_f64());
                let (plane, tenants) = (part.plane, part.tenants);
                let (figures, writes) = (measured.figures, measured.writes);
                played.rounds.push(Round { plane, tenants, pods: turn.pods, who: turn.who, figures, writes });
            }
            Err(error) => {
                println!("  {what}: FAILED: {error:#}");
                played.left_out.push(format!("{what}: failed: {error:#}"));
            }
        }
    }
}

fn line(what: &str, figures: &Figures) -> String {
    let show = |figure: Figure| figures.get(&figure).map(|value| format!("{} {}", figure.show(*value), figure.title()));
    let shown = [Figure::Seconds, Figure::ControlPlaneCpu, Figure::OwnCpu, Figure::PeakMib, Figure::ForeignShare];
    format!("{what}: {}", shown.into_iter().filter_map(show).collect::<Vec<_>>().join(", "))
}

/// Where the report goes.
pub fn folder() -> PathBuf {
    crate::project().join("target/bench")
}
