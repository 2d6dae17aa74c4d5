//! `kubectl uplift impact`: whom a release, a software or a shared service touches, before anything of it changes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::anyhow;

use super::{
    Context, Failure,
    output::{self, Colour, Mark},
    read::{Reading, UNSEEN},
    tenants,
};
use crate::{
    api::Many,
    fleet::Fleet,
    plan::{Impacted, Issue, Standing, Subject, impact},
};

/// What to ask about.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 it worked; 1 it failed while it ran; 2 the input cannot be used; \
                        3 with --exit-code, when an issue that nobody accepted holds a tenant.")]
pub struct Options {
    /// What changes: `release/NAME` or `release/VERSION`, `product/NAME`, `product/NAME/RELEASE`, or `installation/NAME`.
    #[arg(value_parser = subject)]
    subject: Subject,
    /// End with exit code 3 when an issue of the release that nobody accepted, as of now, holds a tenant that it touches.
    #[arg(long)]
    exit_code: bool,
}

fn subject(text: &str) -> Result<Subject, String> {
    let parts: Vec<_> = text.split('/').collect();
    match parts.as_slice() {
        [_, rest @ ..] if rest.is_empty() || rest.contains(&"") => {}
        ["release", name] => return Ok(Subject::Release((*name).into())),
        ["product", name] => return Ok(Subject::Product((*name).into(), None)),
        ["product", name, release] => return Ok(Subject::Product((*name).into(), Some((*release).into()))),
        ["installation", name] => return Ok(Subject::Installation((*name).into())),
        _ => {}
    }
    Err("write release/NAME, release/VERSION, product/NAME, product/NAME/RELEASE or installation/NAME".into())
}

/// A tenant that it touches, as a line.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(flatten)]
    impacted: Impacted,
    /// The date in the window's time; with a tilde where it is expected only. Of a shared service the day before which it does not move.
    date: Option<String>,
}

/// Prints whom it touches.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let of_release = matches!(options.subject, Subject::Release(_));
    if options.exit_code && !of_release {
        return Err(Failure::input(anyhow!("--exit-code is about issues, and only a release has them: name release/NAME")));
    }
    let mut reading = Reading::new(context.client.clone());
    if of_release {
        let everybody = reading.whom_a_release_touches(context.scope()).await?;
        if options.exit_code && !everybody {
            eprintln!("{UNSEEN}");
        }
    } else {
        reading.releases().await?;
        reading.products().await?;
        reading.windows_if_allowed().await?;
        reading.tenants(context.scope(), "").await?;
        reading.workloads(context.scope()).await?;
    }
    let mut lines = lines(&reading, &options.subject)?;
    lines.retain(|line| context.scope().is_none_or(|scope| scope == line.impacted.namespace));
    output::rows(context, &lines, &summary(&lines), &context.none("tenants that it touches"))?;
    if options.exit_code && hold(&lines) { Err(Failure::No) } else { Ok(()) }
}

fn hold(lines: &[Line]) -> bool {
    lines.iter().any(|line| line.impacted.issues.iter().any(Issue::holds))
}

fn lines(reading: &Reading, subject: &Subject) -> Result<Vec<Line>, Failure> {
    let all = impact(&reading.fleet, reading.now, subject).map_err(|wrong| Failure::input(anyhow!(wrong)))?;
    Ok(all.into_iter().map(|impacted| line(&reading.fleet, impacted)).collect())
}

fn line(fleet: &Fleet, impacted: Impacted) -> Line {
    let expected = impacted.expected_at.map(|at| format!("~{}", tenants::opening(fleet, &impacted.window, at)));
    let planned = impacted.planned.as_ref().map(|planned| format!("from {}", planned.not_before));
    Line { date: impacted.opens.clone().or(expected).or(planned), impacted }
}

/// How many of how many customers stand how: `3 tenants of 2 customers: 1 Announced, 2 Waiting`.
fn summary(lines: &[Line]) -> String {
    let mut standings: BTreeMap<Standing, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for Impacted { namespace, name, standing, .. } in lines.iter().map(|line| &line.impacted) {
        standings.entry(*standing).or_default().insert((namespace, name));
    }
    let tenants: BTreeSet<_> = standings.values().flatten().collect();
    let customers: BTreeSet<_> = lines.iter().map(|line| &line.impacted.customer).collect();
    let counted: Vec<_> = standings.iter().map(|(standing, all)| format!("{} {standing}", all.len())).collect();
    format!("{} of {}: {}", Many(tenants.len(), "tenant"), Many(customers.len(), "customer"), counted.join(", "))
}

impl output::Row for Line {
    const KIND: &'static str = "Impact";
    const OBJECT: &'static str = "TenantInstance";
    const COLUMNS: &'static [&'static str] = &["TENANT", "CUSTOMER", "RUNS", "GOES BY", "DATE", "STANDS"];
    const MORE: &'static [&'static str] = &["WINDOW", "SERVICES", "ISSUES", "WHY"];
    const CUT: &'static [&'static str] = &["CUSTOMER"];

    fn name(&self) -> &str {
        &self.impacted.name
    }
    fn mark(&self) -> Option<Mark> {
        let colour = match self.impacted.standing {
            Standing::Unknown => Colour::Red,
            Standing::Held | Standing::LeftBehind => Colour::Yellow,
            _ => return None,
        };
        Some(Mark { column: "STANDS", colour })
    }
    fn cells(&self) -> Vec<String> {
        let Impacted { namespace, name, customer, version, route, planned, standing, .. } = &self.impacted;
        let next = planned.as_ref().map(|planned| planned.version.clone());
        vec![
            format!("{namespace}/{name}"),
            customer.clone(),
            version.clone().unwrap_or_default(),
            next.unwrap_or_else(|| route.join(", ")),
            self.date.clone().unwrap_or_default(),
            standing.to_string(),
        ]
    }
    fn more(&self) -> Vec<String> {
        let Impacted { window, services, message, issues, .. } = &self.impacted;
        let issues: Vec<_> = issues.iter().map(|issue| issue.issue.as_str()).collect();
        vec![window.clone(), services.join(", "), issues.join(", "), message.clone().unwrap_or_default()]
    }
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write, path::PathBuf};

    use jiff::Timestamp;

    use super::*;
    use crate::cli::kubectl::{
        output::Output,
        tests::{fits, fleet_of, golden},
    };

    #[test]
    fn whom_a_release_and_a_service_touch_stands_with_way_and_date() {
        let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/support");
        let now = "2027-01-10T12:00:00Z";
        let fleet = fleet_of(dir, now);
        let now: Timestamp = now.parse().unwrap();
        let mut text = String::new();
        for asked in [
            "release/2027.1.0",
            "release/dashboard-2027.3.0",
            "product/postgresql",
            "product/wordpress/6.4",
            "installation/pg-eu-1",
        ] {
            let all = impact(&fleet, now, &subject(asked).unwrap()).unwrap();
            let lines: Vec<_> = all.into_iter().map(|one| line(&fleet, one)).collect();
            let table = output::text(Output::Table, &lines).unwrap();
            fits(&table);
            write!(text, "$ kubectl uplift impact {asked}\n{table}\n{}\n\n", summary(&lines)).unwrap();
        }
        golden("impact.txt", &text);
    }

    #[test]
    fn an_issue_holds_until_it_is_accepted_and_again_from_the_day_on_that_ends_it() {
        let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/support");
        let held = |read: &str, now: &str, release: &str| {
            let fleet = fleet_of(dir.clone(), read);
            let all = impact(&fleet, now.parse().unwrap(), &subject(release).unwrap()).unwrap();
            hold(&all.into_iter().map(|one| line(&fleet, one)).collect::<Vec<_>>())
        };
        let (before, accepted) = ("2027-01-10T12:00:00Z", "2027-03-12T12:00:00Z");
        assert!(held(before, before, "release/2027.3.0"));
        assert!(!held(before, before, "release/2027.1.0"), "it has no issue");
        assert!(!held(accepted, accepted, "release/2027.3.0"), "one is accepted, the other warns only");
        assert!(!held(accepted, "2027-05-31T23:59:59Z", "release/2027.3.0"));
        assert!(held(accepted, "2027-06-01T00:00:00Z", "release/2027.3.0"), "it was accepted until this day");
    }

    #[test]
    fn what_is_not_there_is_told_with_where_to_look() {
        let fleet = Fleet::default();
        let told = |asked: &str| impact(&fleet, Timestamp::UNIX_EPOCH, &subject(asked).unwrap()).unwrap_err();
        assert!(told("release/2026.1").contains("kubectl uplift releases"));
        assert!(told("product/mysql").contains("kubectl get softwareproducts"));
        assert!(told("installation/pg").contains("kubectl get softwareproducts"));
        for bad in ["", "postgresql", "release/", "product/a/", "product/a/b/c", "installation/a/b", "tenant/a"] {
            assert!(subject(bad).is_err(), "{bad}");
        }
    }
}
