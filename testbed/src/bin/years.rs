//! How long it takes to simulate two years of a fleet: `cargo run --release --package uplift-testbed --bin years [TENANTS]`.
//!
//! A release a month, each supported for nine months, approved after two weeks; windows in four zones; customers who decline now and then,
//! use the platform's database, and a software of their own. What happens is counted, not printed.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write},
    path::Path,
    time::Instant,
};

use anyhow::{Context, Result, anyhow};
use clap::Parser;
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use uplift::simulate::{Format, Options, run};

/// So many months.
const MONTHS: i32 = 24;
/// The windows: two evenings a month in each zone.
const ZONES: [&str; 4] = ["Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Sydney"];

/// Plays two years.
#[derive(Parser)]
struct Arguments {
    /// How many tenants the fleet has.
    #[arg(default_value_t = 2_000)]
    tenants: usize,
}

/// Counts lines, and keeps none.
#[derive(Default)]
struct Lines(usize);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.split(|byte| *byte == b'\n').count() - 1;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn main() -> Result<()> {
    let Arguments { tenants } = Arguments::parse();
    let folder = tempfile::tempdir()?;
    let (dir, events) = (folder.path().join("fleet"), folder.path().join("events.yaml"));
    let first: Date = "2026-12-01".parse()?;
    write_fleet(&dir, tenants, first)?;
    write_events(&events, tenants, first)?;
    let at = |date: Date| -> Result<Timestamp> { Ok(date.to_zoned(TimeZone::UTC)?.timestamp()) };
    let (from, until) = (at(first)?, at(first.checked_add(MONTHS.months())?)?);
    let (mut lines, begin) = (Lines::default(), Instant::now());
    let options = Options { dir, from, until, events: Some(events), output: Format::Json };
    run(&options, &mut lines, &mut io::stderr()).map_err(|wrong| anyhow!("simulate two years: {wrong}"))?;
    let took = begin.elapsed().as_secs_f64();
    println!("{tenants} tenants, {MONTHS} months: {} events in {took:.1} s", lines.0);
    let status = fs::read_to_string("/proc/self/status")?;
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).context("VmHWM")?);
    Ok(())
}

fn write_fleet(dir: &Path, tenants: usize, first: Date) -> Result<()> {
    fs::create_dir(dir)?;
    let mut windows = String::new();
    for (n, zone) in ZONES.iter().enumerate() {
        write!(
            windows,
            "---\n{{apiVersion: uplift.dev/v1alpha1, kind: UpgradeWindow, metadata: {{name: window-{n}}}, spec: {{schedule: '0 20 * * TUE#3', \
             timeZone: {zone}, duration: 6h, deferral: {{max: 2}}, reminders: [24h], maxConcurrent: 50}}}}\n"
        )?;
    }
    fs::write(dir.join("windows.yaml"), windows)?;
    fs::write(dir.join("release.yaml"), release(0, first)?)?;
    fs::write(dir.join("products.yaml"), PRODUCTS)?;
    for n in 0..tenants {
        fs::write(dir.join(format!("tenant-{n:05}.yaml")), tenant(n))?;
    }
    Ok(())
}

const PRODUCTS: &str = "\
{apiVersion: uplift.dev/v1alpha1, kind: SoftwareProduct, metadata: {name: postgresql}, spec: {releases: [{name: '13', eolFrom: 2027-06-01}, {name: '17'}], \
installations: [{name: pg-1, version: '13.4'}]}}
---
{apiVersion: uplift.dev/v1alpha1, kind: SoftwareProduct, metadata: {name: wordpress}, spec: {releases: [{name: '6.4', eolFrom: 2027-09-01}, {name: '6.8'}]}}
";

/// What a month brings; the first runs already.
fn release(month: i32, first: Date) -> Result<String> {
    let begin = first.checked_add((month - 1).months())?;
    let (version, ends) = (format!("{}.{}.0", begin.year(), begin.month()), begin.checked_add(9.months())?);
    let approval = if month == 0 { "approval: {decision: Approved, changeRef: CHG1, by: bob@corp.example}, " } else { "" };
    Ok(format!(
        "{{apiVersion: uplift.dev/v1alpha1, kind: DashboardRelease, metadata: {{name: r{version}}}, spec: {{version: '{version}', {approval}\
         endOfLife: {ends}, images: {{dashboard: 'registry.example.test/dashboard:{version}'}}}}}}"
    ))
}

fn tenant(n: usize) -> String {
    let (name, window) = (format!("t{n:05}"), n % ZONES.len());
    format!(
        "{{apiVersion: uplift.dev/v1alpha1, kind: TenantInstance, metadata: {{name: dashboard, namespace: {name}}}, spec: {{customer: {{displayName: Customer \
         {n}}}, contacts: [{{name: it, webhook: 'https://hooks.example.test/{name}'}}], windowRef: {{name: window-{window}}}, workloads: [{{kind: Deployment, \
         name: dashboard}}], dependencies: [{{name: db, installation: pg-1}}, {{name: blog, product: wordpress, version: 6.4.2, responsibility: \
         Customer}}]}}}}\n---\n{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: dashboard, namespace: {name}}}, spec: {{replicas: 1, selector: \
         {{matchLabels: {{app: d}}}}, template: {{metadata: {{labels: {{app: d}}}}, spec: {{containers: [{{name: dashboard, image: \
         'registry.example.test/dashboard:2026.11.0'}}]}}}}}}}}\n"
    )
}

/// Each month a release appears, is approved two weeks later, and one customer in twenty declines the date that it hears of.
fn write_events(file: &Path, tenants: usize, first: Date) -> Result<()> {
    let mut events = String::new();
    for month in 1..MONTHS {
        let day = first.checked_add(month.months())?;
        writeln!(events, "- {{at: {day}T09:00:00Z, by: ci@corp.example, apply: {}}}", release(month, first)?)?;
        let approved = day.checked_add(14.days())?;
        let begin = day.checked_sub(1.month())?;
        let name = format!("r{}.{}.0", begin.year(), begin.month());
        writeln!(
            events,
            "- {{at: {approved}T09:00:00Z, by: bob@corp.example, patch: {{kind: DashboardRelease, name: {name}, merge: {{spec: {{approval: {{decision: \
             Approved, changeRef: CHG{month}, by: bob@corp.example}}}}}}}}}}"
        )?;
        let tuesday =
            std::iter::successors(Some(approved), |day| day.tomorrow().ok()).find(|day| day.weekday() == Weekday::Tuesday);
        let tuesday = tuesday.context("no Tuesday")?;
        for n in (0..tenants).filter(|n| n % 20 == usize::try_from(month).unwrap_or_default() % 20) {
            writeln!(
                events,
                "- {{at: {approved}T12:00:00Z, by: sue@corp.example, annotate: {{tenant: t{n:05}/dashboard, set: {{uplift.dev/opt-out: \
                 '{tuesday}'}}}}}}"
            )?;
        }
    }
    Ok(fs::write(file, events)?)
}
