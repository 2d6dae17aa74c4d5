//! `kubectl uplift calendar`: when windows open, what is frozen, and who has a place.

use anyhow::anyhow;
use jiff::Timestamp;
use serde::Serialize;

use super::{Context, Failure, output, read::Reading};
use crate::{
    calendar::{Occurrence, Schedule},
    fleet::{Fleet, Window},
    plan,
};

/// How many occurrences of each window are shown where no end is named.
const SHOWN: usize = 10;

/// Which window, and how far.
#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// The window; the default is each.
    pub window: Option<String>,
    /// Show what opens until this instant, RFC 3339, like 2027-12-31T00:00:00Z; the default are ten occurrences.
    #[arg(long, value_name = "TIME")]
    pub until: Option<Timestamp>,
}

/// An occurrence as a line.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    window: String,
    opens: String,
    opens_at: Timestamp,
    closes_at: Timestamp,
    opt_out_until: Timestamp,
    open: bool,
    frozen: Option<String>,
    suspended: Option<String>,
    taken: u32,
    capacity: Option<u32>,
    expected: usize,
    #[serde(skip)]
    closes: String,
    #[serde(skip)]
    cut_off: String,
}

/// Prints the occurrences.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let mut reading = Reading::new(context.client.clone());
    reading.windows().await?;
    if let Some(name) = options.window.as_ref().filter(|name| !reading.fleet.windows.contains_key(*name)) {
        return Err(Failure::runtime(anyhow!("there is no UpgradeWindow {name:?}; kubectl get upgradewindows lists them")));
    }
    let fields = options.window.as_ref().map(|window| format!("spec.windowRef.name={window}"));
    reading.tenants(None, fields.as_deref().unwrap_or_default()).await?;
    for (name, wrong) in invalid(&reading.fleet, options) {
        eprintln!("warning: UpgradeWindow {name:?} has no occurrences: {wrong}");
    }
    output::rows(context, &lines(&reading.fleet, reading.now, options), "", "No windows found.")
}

fn asked<'a>(fleet: &'a Fleet, options: &'a Options) -> impl Iterator<Item = (&'a String, &'a Window)> {
    fleet.windows.iter().filter(|(name, _)| options.window.as_ref().is_none_or(|window| window == *name))
}

fn invalid<'a>(fleet: &'a Fleet, options: &'a Options) -> impl Iterator<Item = (&'a String, &'a String)> {
    asked(fleet, options).filter_map(|(name, window)| Some((name, window.schedule.as_ref().err()?)))
}

/// The open occurrence, if there is one, and the coming ones.
pub fn lines(fleet: &Fleet, now: Timestamp, options: &Options) -> Vec<Line> {
    let places = plan::places(fleet, now);
    let mut lines = vec![];
    for (name, window) in asked(fleet, options) {
        let Ok(schedule) = &window.schedule else { continue };
        let open = schedule.open_at(now);
        let coming = schedule.occurrences(now).filter(|next| open.as_ref().is_none_or(|open| open.opens_at != next.opens_at));
        let most = if options.until.is_some() { usize::MAX } else { SHOWN };
        let shown = open.iter().cloned().chain(coming).take(most);
        let shown = shown.take_while(|occurrence| options.until.is_none_or(|until| occurrence.opens_at <= until));
        lines.extend(shown.map(|occurrence| {
            let taken = places.get(&(name.as_str(), occurrence.opens_at)).copied().unwrap_or_default();
            let open = occurrence.opens_at <= now && occurrence.frozen.is_none();
            Line { taken, open, expected: expected(fleet, name, occurrence.opens_at), ..line(name, window, schedule, occurrence) }
        }));
    }
    lines
}

fn line(name: &str, window: &Window, schedule: &Schedule, occurrence: Occurrence) -> Line {
    let spec = window.spec.as_ref().ok();
    Line {
        window: name.into(),
        closes: local(schedule, &occurrence, occurrence.closes_at),
        cut_off: local(schedule, &occurrence, occurrence.opt_out_until),
        opens: occurrence.opens,
        opens_at: occurrence.opens_at,
        closes_at: occurrence.closes_at,
        opt_out_until: occurrence.opt_out_until,
        frozen: occurrence.frozen,
        suspended: spec.and_then(|spec| spec.suspend.as_ref()).map(|suspend| suspend.reason.clone()),
        capacity: spec.and_then(|spec| spec.capacity),
        open: false,
        taken: 0,
        expected: 0,
    }
}

/// Tenants whose date is too far away to be announced, but who would get a place here.
fn expected(fleet: &Fleet, window: &str, opens_at: Timestamp) -> usize {
    let of_window = fleet.tenants.values().filter(|tenant| tenant.spec.as_ref().is_ok_and(|spec| spec.window_ref.name == window));
    let upgrades = of_window.filter_map(|tenant| tenant.status.as_ref().ok()?.upgrade.as_ref());
    upgrades.filter(|upgrade| upgrade.expected_at == Some(opens_at)).count()
}

/// A time of an occurrence in its zone: the date is told only where it is not that of the opening.
fn local(schedule: &Schedule, occurrence: &Occurrence, at: Timestamp) -> String {
    let name = schedule.name(at);
    let (date, time) = (name.get(..10).unwrap_or_default(), name.get(11..16).unwrap_or_default());
    if occurrence.opens.starts_with(date) { time.into() } else { format!("{date} {time}") }
}

impl Line {
    fn note(&self) -> String {
        let frozen = self.frozen.as_ref().map(|reason| format!("frozen: {reason}"));
        let suspended = self.suspended.as_ref().map(|reason| format!("window suspended: {reason}"));
        let open = self.open.then(|| "open now".to_owned()).filter(|_| suspended.is_none());
        [open, frozen, suspended].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

impl output::Row for Line {
    const KIND: &'static str = "Occurrence";
    const OBJECT: &'static str = "UpgradeWindow";
    const COLUMNS: &'static [&'static str] = &["WINDOW", "OPENS", "CLOSES", "CUT-OFF", "PLACES", "EXPECTED", "NOTE"];
    const MORE: &'static [&'static str] = &["OPENS (UTC)", "CLOSES (UTC)", "CUT-OFF (UTC)"];
    const CUT: &'static [&'static str] = &["NOTE"];

    fn name(&self) -> &str {
        &self.window
    }
    fn cells(&self) -> Vec<String> {
        let capacity = self.capacity.map(|capacity| format!("/{capacity}")).unwrap_or_default();
        vec![
            self.window.clone(),
            self.opens.clone(),
            self.closes.clone(),
            self.cut_off.clone(),
            format!("{}{capacity}", self.taken),
            self.expected.to_string(),
            self.note(),
        ]
    }
    fn more(&self) -> Vec<String> {
        [self.opens_at, self.closes_at, self.opt_out_until].map(|at| at.to_string()).to_vec()
    }
}
