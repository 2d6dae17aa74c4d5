//! The report of a run: everything in one file of JSON, the tables that people read, and plots.

mod budgets;
mod chart;
mod ratios;
mod svg;
mod text;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

use super::machine::Machine;
use super::pass::Pass;
use super::play::{Idle, Round};
use super::program::{Plane, Pods, Who};
use super::stats::Summary;

pub use ratios::ratios;

/// All that a run says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub machine: Machine,
    pub date: String,
    /// Of the code: the commit, and whether something was changed since.
    pub commit: String,
    pub minutes: f64,
    /// In the order of play.
    pub rounds: Vec<Round>,
    pub idle: Vec<Idle>,
    pub passes: Vec<Pass>,
    /// What the gate compares, by name.
    pub ratios: BTreeMap<String, Summary>,
    /// From the death of the leader to the first write of the next one. Measured by another program; put in by hand when it was.
    pub takeover: Option<String>,
    pub left_out: Vec<String>,
}

/// Where rounds can be compared: the same cluster, the same pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    pub plane: Plane,
    pub tenants: usize,
    pub pods: Pods,
}

impl Setting {
    pub fn title(self) -> String {
        match self.plane {
            Plane::Full => format!("{} tenants, {}", self.tenants, self.pods.title()),
            Plane::Light => format!("{} tenants, light bed (no controllers)", self.tenants),
        }
    }
}

impl Round {
    fn setting(&self) -> Setting {
        Setting { plane: self.plane, tenants: self.tenants, pods: self.pods }
    }
}

impl Report {
    /// The settings in the order of play, each once.
    fn settings(&self) -> Vec<Setting> {
        let mut all: Vec<_> = self.rounds.iter().map(Round::setting).collect();
        all.sort();
        all.dedup();
        all
    }

    fn rounds_of(&self, setting: Setting) -> impl Iterator<Item = &Round> {
        self.rounds.iter().filter(move |round| round.setting() == setting)
    }

    /// Who played there.
    fn contestants(&self, setting: Setting) -> Vec<Who> {
        let mut all: Vec<_> = self.rounds_of(setting).map(|round| round.who).collect();
        all.sort();
        all.dedup();
        all
    }

    /// The share of the machine that others used: the median of the rounds.
    pub fn foreign_share(&self) -> f64 {
        let shares = self.rounds.iter().filter_map(|round| round.figures.get(&super::figure::Figure::ForeignShare).copied());
        Summary::of(shares).map_or(0.0, |shares| shares.median)
    }

    /// The tables.
    pub fn text(&self) -> String {
        text::text(self)
    }

    /// Writes `report.txt`, `report.json` and the plots, and says which.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let json = serde_json::to_string_pretty(self).context("writing the report as JSON")? + "\n";
        let mut files = vec![("report.txt".to_owned(), self.text()), ("report.json".to_owned(), json)];
        files.extend(chart::charts(self));
        let write = |(name, content): (String, String)| {
            let file = folder.join(name);
            fs::write(&file, content).with_context(|| format!("writing {}", file.display()))?;
            Ok(file)
        };
        files.into_iter().map(write).collect()
    }
}
