//! Which plots there are.

use super::svg::{Bar, bars};
use super::{Report, Setting};
use crate::bench::figure::Figure;
use crate::bench::program::{Plane, Pods, Who};

/// Files with their content: for each setting time and CPU, side by side.
pub fn charts(report: &Report) -> Vec<(String, String)> {
    let note = format!("{}, {} cores, {:.0} % foreign CPU", report.date, report.machine.cores, report.foreign_share() * 100.0);
    let of = |setting: Setting| {
        [(Figure::Seconds, "seconds"), (Figure::ControlPlaneCpu, "cpu")].map(|(figure, word)| {
            let title = format!("{}: {}", setting.title(), figure.title());
            let bars_of: Vec<_> =
                report.contestants(setting).into_iter().filter_map(|who| bar(report, setting, who, figure)).collect();
            (format!("{}-{word}.svg", file(setting)), bars(&title, &note, &bars_of))
        })
    };
    report.settings().into_iter().flat_map(of).collect()
}

fn bar(report: &Report, setting: Setting, who: Who, figure: Figure) -> Option<Bar> {
    let summary = report.summary(setting, who, figure)?;
    let ratio = report.against_raw(setting, who, figure).map(|ratio| format!(" ({:.2} x raw)", ratio.median));
    Some(Bar {
        label: who.title().into(),
        value: summary.median,
        least: summary.least,
        most: summary.most,
        shown: figure.show(summary.median) + &ratio.unwrap_or_default(),
        own: who == Who::Uplift,
    })
}

fn file(setting: Setting) -> String {
    let pods = match (setting.plane, setting.pods) {
        (Plane::Light, _) => "light",
        (Plane::Full, Pods::AtOnce) => "at-once",
        (Plane::Full, Pods::AfterFiveSeconds) => "after-5s",
    };
    format!("{}-{pods}", setting.tenants)
}
