//! The tables that people read.

use std::fmt::Write;

use super::{Report, Setting};
use crate::bench::figure::{Figure, count};
use crate::bench::program::Who;
use crate::bench::stats::Summary;

/// Of Uplift alone.
const OF_UPLIFT: [Figure; 10] = [
    Figure::Start,
    Figure::Announced,
    Figure::FirstPatch,
    Figure::SuccessWritten,
    Figure::LastSuccessWritten,
    Figure::Writes,
    Figure::Events,
    Figure::CycleWrites,
    Figure::OwnCpu,
    Figure::PeakMib,
];

pub fn text(report: &Report) -> String {
    let mut parts = vec![head(report)];
    parts.extend(report.settings().into_iter().map(|setting| comparison(report, setting)));
    parts.push(uplift(report));
    parts.extend(report.settings().into_iter().map(|setting| writers(report, setting)));
    parts.extend([idle(report), passes(report), budgets(report), end(report)]);
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn head(report: &Report) -> String {
    let machine = &report.machine;
    format!(
        "Bench of {}, {}, {:.0} minutes\n{}, {} cores, {:.0} GiB, Linux {}. Control plane, contestants and bench on this machine.\n\
         Foreign CPU (what processes outside this bench used): {:.0} % of the machine, median of the rounds.\n\
         Values: median (least to most). x raw: over the mean of the raw loops before and after, median (range) of the rounds.\n",
        report.commit,
        report.date,
        report.minutes,
        machine.processor,
        machine.cores,
        machine.memory_gib,
        machine.kernel,
        report.foreign_share() * 100.0
    )
}

fn comparison(report: &Report, setting: Setting) -> String {
    let titles = [
        "contestant",
        "rounds",
        "seconds",
        "x raw",
        "CPU s plane",
        "x raw",
        "CPU s own",
        "peak MiB",
        "requests",
        "writes",
        "foreign",
        "idle",
    ];
    let rows = report.contestants(setting).into_iter().map(|who| {
        let of = |figure: Figure| show(report.summary(setting, who, figure), |value| figure.show(value));
        let to_raw = |figure: Figure| show(report.against_raw(setting, who, figure), |value| format!("{value:.2}"));
        let rounds = report.rounds_of(setting).filter(|round| round.who == who).count().to_string();
        let mut row = vec![who.title().to_owned(), rounds, of(Figure::Seconds), to_raw(Figure::Seconds)];
        row.extend([of(Figure::ControlPlaneCpu), to_raw(Figure::ControlPlaneCpu), of(Figure::OwnCpu), of(Figure::PeakMib)]);
        row.extend(
            [Figure::Requests, Figure::Writes, Figure::ForeignShare, Figure::IdleShare]
                .map(|figure| median(report, setting, who, figure)),
        );
        row
    });
    format!(
        "{}\n{}",
        setting.title(),
        table(&std::iter::once(titles.map(str::to_owned).to_vec()).chain(rows).collect::<Vec<_>>())
    )
}

/// Where the range says little, it only takes room.
fn median(report: &Report, setting: Setting, who: Who, figure: Figure) -> String {
    report.summary(setting, who, figure).map_or_else(|| "–".into(), |summary| figure.show(summary.median))
}

fn uplift(report: &Report) -> String {
    let settings: Vec<_> =
        report.settings().into_iter().filter(|setting| report.contestants(*setting).contains(&Who::Uplift)).collect();
    if settings.is_empty() {
        return String::new();
    }
    let titles = std::iter::once("Uplift".to_owned()).chain(settings.iter().map(|setting| setting.title()));
    let rows = OF_UPLIFT.iter().map(|figure| {
        let values =
            settings.iter().map(|setting| show(report.summary(*setting, Who::Uplift, *figure), |value| figure.show(value)));
        std::iter::once(figure.title().to_owned()).chain(values).collect()
    });
    table(&std::iter::once(titles.collect()).chain(rows).collect::<Vec<_>>())
}

/// Writes by user, of the last round of each contestant, for each tenant.
fn writers(report: &Report, setting: Setting) -> String {
    let mut rows =
        vec![vec![format!("Writers, {}", setting.title()), "user".into(), "writes/tenant".into(), "the most of them".into()]];
    for who in report.contestants(setting) {
        let Some(round) = report.rounds_of(setting).filter(|round| round.who == who).last() else { continue };
        for (user, kinds) in &round.writes {
            let for_each = |of: usize| format!("{:.2}", count(of) / count(setting.tenants));
            let mut sorted: Vec<_> = kinds.iter().collect();
            sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            let most: Vec<_> = sorted.iter().take(4).map(|(kind, count)| format!("{kind} {}", for_each(**count))).collect();
            rows.push(vec![who.title().into(), user.clone(), for_each(kinds.values().sum()), most.join(", ")]);
        }
    }
    table(&rows)
}

fn idle(report: &Report) -> String {
    let line = |idle: &super::Idle| {
        let of = |figure: Figure| idle.figures.get(&figure).map_or_else(|| "–".into(), |value| figure.show(*value));
        format!(
            "Idle, {} tenants, {:?} bed: {} writes in {} s\n",
            idle.tenants,
            idle.plane,
            of(Figure::IdleWrites),
            of(Figure::IdleSeconds)
        )
    };
    report.idle.iter().map(line).collect()
}

fn passes(report: &Report) -> String {
    if report.passes.is_empty() {
        return String::new();
    }
    let title = ["Planner pass, ms, median", "tenants", "anew", "nothing changed", "1,000 changed"];
    let mut rows = vec![title.map(str::to_owned).to_vec()];
    rows.extend(report.passes.iter().map(|pass| {
        let times = [pass.anew, pass.settled, pass.changed].map(|time| format!("{time:.2}"));
        [pass.what.clone(), pass.tenants.to_string()].into_iter().chain(times).collect()
    }));
    table(&rows)
}

fn budgets(report: &Report) -> String {
    let lines = super::budgets::budgets(report).into_iter().map(|budget| format!("  {budget}\n"));
    std::iter::once("Budgets of docs/design.md\n".to_owned()).chain(lines).collect()
}

fn end(report: &Report) -> String {
    let mut text = format!("Takeover by the next leader: {}\n", report.takeover.as_deref().unwrap_or("no part of this run"));
    for left_out in &report.left_out {
        // Of many causes the first line.
        let _ = writeln!(text, "LEFT OUT: {}", left_out.lines().next().unwrap_or_default());
    }
    text
}

/// One round has no range.
fn show(summary: Option<Summary>, value: impl Fn(f64) -> String) -> String {
    match summary {
        None => "–".into(),
        Some(Summary { median, rounds: 1, .. }) => value(median),
        Some(Summary { median, least, most, .. }) => format!("{} ({}–{})", value(median), value(least), value(most)),
    }
}

/// Columns as wide as what stands in them; the first row is the head.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default();
    let widths: Vec<_> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    let rule = "-".repeat(widths.iter().map(|width| width + 2).sum::<usize>().saturating_sub(2)) + "\n";
    let mut lines: Vec<_> = rows.iter().map(line).collect();
    lines.insert(lines.len().min(1), rule);
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_and_one_round_has_no_range() {
        let one = show(Summary::of([2.0]), |value| format!("{value:.1}"));
        let three = show(Summary::of([3.0, 1.0, 2.0]), |value| format!("{value:.0}"));
        let rows = vec![vec!["who".to_owned(), "s".to_owned()], vec!["Zoë".to_owned(), one], vec!["raw loop".to_owned(), three]];
        assert_eq!(table(&rows), "who       s\n-----------------\nZoë       2.0\nraw loop  2 (1–3)\n");
    }
}
