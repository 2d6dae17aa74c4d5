//! `kubectl uplift issues`: what people should look at before a release goes to tenants, whom each holds, and which are accepted (R31).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{
    Context, Failure,
    output::{self, Colour, Mark},
    read::{Reading, UNSEEN},
    tenants,
};
use crate::plan::{Impacted, Issue, Standing, Subject, impact};

/// So many tenants are named in the table.
const NAMED: usize = 3;

/// Which release.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The release, by its name or its version. It need not be approved.
    release: String,
}

/// An issue, as a line.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    issue: String,
    /// `Holds`, `Accepted`, or `Warns`.
    state: &'static str,
    accepted_until: Option<Date>,
    /// Whom it concerns, as namespace/name.
    tenants: Vec<String>,
    /// The other tenants that it is about: who uses an interface, or offers it.
    others: Vec<String>,
    /// What is wrong, of the first.
    message: String,
}

/// Prints the issues of a release.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let mut reading = Reading::new(context.client.clone());
    let everybody = reading.whom_a_release_touches(context.scope()).await?;
    let all = impact(&reading.fleet, reading.now, &Subject::Release(options.release.clone()));
    let mut all = all.map_err(|wrong| Failure::input(anyhow::anyhow!(wrong)))?;
    all.retain(|tenant| context.scope().is_none_or(|scope| scope == tenant.namespace));
    if !everybody {
        eprintln!("{UNSEEN}");
    }
    let lines = lines(&all);
    output::rows(
        context,
        &lines,
        &(summary(&lines) + &unjudged(&all)),
        &(context.none("issues of this release") + &unjudged(&all)),
    )
}

/// What holds most comes first.
fn lines(all: &[Impacted]) -> Vec<Line> {
    let mut lines: BTreeMap<&str, Line> = BTreeMap::new();
    for (tenant, issue) in all.iter().flat_map(|tenant| tenant.issues.iter().map(move |issue| (tenant, issue))) {
        let line = lines.entry(&issue.issue).or_insert_with(|| line(issue));
        line.tenants.push(format!("{}/{}", tenant.namespace, tenant.name));
        let new: Vec<_> = issue.others.iter().filter(|other| !line.others.contains(other)).cloned().collect();
        line.others.extend(new);
    }
    let mut lines: Vec<_> = lines.into_values().collect();
    lines.sort_by_key(|line| (rank(line.state), std::cmp::Reverse(line.tenants.len())));
    lines
}

fn line(issue: &Issue) -> Line {
    let state = match issue {
        Issue { accepted_until: Some(_), .. } => "Accepted",
        Issue { warns: true, .. } => "Warns",
        _ => "Holds",
    };
    Line {
        issue: issue.issue.clone(),
        state,
        accepted_until: issue.accepted_until,
        tenants: vec![],
        others: vec![],
        message: issue.message.clone(),
    }
}

fn rank(state: &str) -> u8 {
    match state {
        "Holds" => 0,
        "Accepted" => 1,
        _ => 2,
    }
}

/// `2 issues hold 5 tenants until they are mended or accepted`.
fn summary(lines: &[Line]) -> String {
    let holding: Vec<_> = lines.iter().filter(|line| line.state == "Holds").collect();
    let held: BTreeSet<_> = holding.iter().flat_map(|line| &line.tenants).collect();
    match holding.len() {
        0 => "no issue holds a tenant".into(),
        1 => format!("1 issue holds {} until it is mended or accepted", tenants::tenants(held.len())),
        n => format!("{n} issues hold {} until they are mended or accepted", tenants::tenants(held.len())),
    }
}

/// Whose version nobody knows has no issue, and is not fine.
fn unjudged(all: &[Impacted]) -> String {
    match all.iter().filter(|tenant| tenant.standing == Standing::Unknown).count() {
        0 => String::new(),
        n => format!(" {} could not be judged: kubectl uplift impact says why.", tenants::tenants(n)),
    }
}

fn some(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > NAMED { format!("{shown}, … ({})", names.len()) } else { shown }
}

impl Line {
    /// A cell for each column; `names` says how tenants are named.
    fn columns(&self, names: fn(&[String]) -> String) -> Vec<String> {
        let until = self.accepted_until.map(|until| until.to_string()).unwrap_or_default();
        let (tenants, others) = (names(&self.tenants), names(&self.others));
        vec![self.issue.clone(), self.state.into(), until, tenants, others, self.message.clone()]
    }
}

impl output::Row for Line {
    const KIND: &'static str = "Issue";
    const OBJECT: &'static str = "Issue";
    const COLUMNS: &'static [&'static str] = &["ISSUE", "STATE", "UNTIL", "TENANTS"];
    const MORE: &'static [&'static str] = &["OTHERS", "WHY"];
    const CUT: &'static [&'static str] = &["TENANTS"];

    fn name(&self) -> &str {
        &self.issue
    }
    fn whole(&self) -> Vec<String> {
        self.columns(|names| names.join(", "))
    }
    fn mark(&self) -> Option<Mark> {
        (self.state == "Holds").then_some(Mark { column: "STATE", colour: Colour::Yellow })
    }
    fn cells(&self) -> Vec<String> {
        self.columns(some)[..Self::COLUMNS.len()].to_vec()
    }
    fn more(&self) -> Vec<String> {
        self.columns(some)[Self::COLUMNS.len()..].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write, path::PathBuf};

    use jiff::Timestamp;

    use super::*;
    use crate::{
        cli::kubectl::{
            output::Output,
            tests::{fits, fleet_of, golden},
        },
        fleet::Fleet,
    };

    fn text(fleet: &Fleet, now: Timestamp, release: &str) -> String {
        let all = impact(fleet, now, &Subject::Release(release.into())).unwrap();
        let lines = lines(&all);
        let table = output::text(Output::Table, &lines).unwrap();
        fits(&table);
        let wide = output::text(Output::Wide, &lines).unwrap();
        format!(
            "$ kubectl uplift issues {release}\n{table}\n{}\n\n$ kubectl uplift issues {release} -o wide\n{wide}\n",
            summary(&lines)
        )
    }

    #[test]
    fn a_spreadsheet_gets_every_tenant_of_an_issue() {
        let tenants: Vec<_> = (1..=5).map(|n| format!("t{n}/t{n}")).collect();
        let line = Line {
            issue: "NamedRisk/r".into(),
            state: "Holds",
            accepted_until: None,
            tenants: tenants.clone(),
            others: vec![],
            message: "wrong".into(),
        };
        assert_eq!(output::Row::cells(&line)[3], "t1/t1, t2/t2, t3/t3, … (5)");
        assert_eq!(output::Row::whole(&line), ["NamedRisk/r", "Holds", "", &tenants.join(", "), "", "wrong"]);
    }

    #[test]
    fn the_issues_of_a_release_stand_with_whom_they_hold_and_who_else_they_are_about() {
        let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/support");
        let now = "2027-01-10T12:00:00Z";
        let fleet = fleet_of(dir, now);
        let mut shown = String::new();
        for release in ["2027.1.0", "2027.3.0"] {
            write!(shown, "{}", text(&fleet, now.parse().unwrap(), release)).unwrap();
        }
        golden("issues.txt", &shown);
    }
}
