//! What an upgrade of a fleet costs, against what people would use instead: `make bench`, `make bench-quick`.
//!
//! The report goes to `target/bench/`. How to read it: `docs/performance.md`.
#![allow(missing_docs)] // a program, not an interface

use std::{fs, path::PathBuf, time::Duration, time::Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use uplift_testbed::{
    bench::{
        child, gate,
        machine::Machine,
        play::{self, Played},
        program::{self, Part, Plane, Pods, Stretch, Who},
        report::{self, Report},
    },
    clock::authority::real,
    demo, folder,
};

/// So long, and nothing new begins: with what runs then, an hour.
const LIMIT: Duration = Duration::from_mins(50);

/// Plays the bench on real control planes.
#[derive(Parser)]
struct Options {
    /// Two minutes, and then the gate: fails when a ratio is worse than the stored one by more than noise.
    #[arg(long)]
    quick: bool,
    /// Store the ratios of this run as those that the gate compares with.
    #[arg(long, requires = "quick")]
    accept: bool,
    /// Play only this: full or light, tenants, contestants, rounds (`full:1000:uplift,helm:2`). No gate.
    #[arg(long, conflicts_with = "quick", value_parser = part)]
    only: Vec<Part>,
    /// With --only: pods are ready after five seconds.
    #[arg(long, requires = "only")]
    slow: bool,
    /// With --only: at the end of each part an operator with nothing to do is watched for so many seconds.
    #[arg(long, requires = "only", default_value_t = 0)]
    idle: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    if demo::child::was_operator().await? || child::was_child().await? {
        return Ok(());
    }
    let options = Options::parse();
    let begun = Instant::now();
    let _ = fs::remove_file(demo::child::log_file()?);
    let played = play::play(&parts(&options), LIMIT).await?;
    let report = report(played, begun.elapsed())?;
    println!("\n{}", report.text());
    for file in report.write(&play::folder())? {
        println!("{}", file.display());
    }
    if options.accept {
        return accept(&report);
    }
    if options.quick { judge(&report) } else { Ok(()) }
}

fn parts(options: &Options) -> Vec<Part> {
    match (options.quick, options.only.is_empty()) {
        (true, _) => program::quick(),
        (false, true) => program::full(),
        (false, false) => options
            .only
            .iter()
            .cloned()
            .map(|part| Part { idle: options.idle, ..if options.slow { slow(part) } else { part } })
            .collect(),
    }
}

fn slow(mut part: Part) -> Part {
    part.stretches.iter_mut().for_each(|stretch| stretch.pods = Pods::AfterFiveSeconds);
    part
}

fn part(text: &str) -> Result<Part, String> {
    let [plane, tenants, who, rounds] = text.split(':').collect::<Vec<_>>()[..] else {
        return Err("write it like full:1000:uplift,helm:2".into());
    };
    let word = |error: String| format!("{text}: {error}");
    let rounds = rounds.parse().map_err(|_| word(format!("{rounds} is no number of rounds")))?;
    let stretch = |who: &str| {
        let who = <Who as clap::ValueEnum>::from_str(who, true).map_err(word)?;
        Ok(Stretch { who, pods: Pods::AtOnce, rounds })
    };
    Ok(Part {
        plane: <Plane as clap::ValueEnum>::from_str(plane, true).map_err(word)?,
        tenants: tenants.parse().map_err(|_| word(format!("{tenants} is no number of tenants")))?,
        stretches: who.split(',').map(stretch).collect::<Result<_, String>>()?,
        idle: 0,
        passes: vec![],
    })
}

fn report(played: Played, took: Duration) -> Result<Report> {
    let Played { rounds, idle, passes, left_out } = played;
    Ok(Report {
        machine: Machine::this()?,
        date: real().to_string().split('T').next().unwrap_or_default().to_owned(),
        commit: commit(),
        minutes: took.as_secs_f64() / 60.0,
        ratios: report::ratios(&rounds),
        rounds,
        idle,
        passes,
        takeover: None,
        left_out,
    })
}

/// Which code it was.
fn commit() -> String {
    let said = std::process::Command::new("git").args(["describe", "--always", "--dirty"]).current_dir(folder()).output();
    let text = said.ok().filter(|said| said.status.success()).and_then(|said| String::from_utf8(said.stdout).ok());
    text.map_or_else(|| "unknown code".into(), |text| text.trim().to_owned())
}

fn stored() -> PathBuf {
    folder().join("bench/baseline.json")
}

fn accept(report: &Report) -> Result<()> {
    let machine = &report.machine;
    let baseline = gate::Baseline {
        machine: format!("{}, {} cores, {:.0} GiB", machine.processor, machine.cores, machine.memory_gib),
        date: report.date.clone(),
        foreign_share: report.foreign_share(),
        ratios: report.ratios.clone(),
    };
    ensure!(report.left_out.is_empty(), "something was left out: this run can't be what later ones are held against");
    let file = stored();
    fs::write(&file, serde_json::to_string_pretty(&baseline)? + "\n").with_context(|| format!("writing {}", file.display()))?;
    println!("\nStored in {}. Commit it with the change that it belongs to.", file.display());
    Ok(())
}

fn judge(report: &Report) -> Result<()> {
    let file = stored();
    let how =
        "with nothing stored nothing can be judged; on a quiet machine, `make bench-quick ACCEPT=1` stores what it measures";
    let text = fs::read_to_string(&file).with_context(|| format!("reading {}: {how}", file.display()))?;
    let baseline: gate::Baseline = serde_json::from_str(&text).with_context(|| format!("parsing {}", file.display()))?;
    let rulings = gate::judge(&baseline, &report.ratios);
    println!("\nAgainst {} ({}, {:.0} % foreign CPU):", baseline.date, baseline.machine, baseline.foreign_share * 100.0);
    for ruling in &rulings {
        println!("  {ruling}");
    }
    let worse = rulings.iter().filter(|ruling| !ruling.passes()).count();
    ensure!(worse == 0, "{worse} ratios are worse than noise explains. Meant so? make bench-quick ACCEPT=1 stores them");
    Ok(())
}
