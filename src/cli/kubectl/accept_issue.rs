//! `kubectl uplift accept-issue`: takes an issue of a release on for a time, in one's own name (R31).

use anyhow::anyhow;
use jiff::{civil::Date, tz::TimeZone};
use kube::Api;
use serde_json::{Value, json};

use super::{
    Context, Failure,
    approve::{own_name, release_named},
    tenants::tenants,
    write::{Hand, Writing, edit, follows, tell},
};
use crate::{
    api::{DashboardRelease, reason::Reason, release::AcceptedIssue, tenant::Issue},
    clock::{Clock, RealClock},
};

const HAND: Hand = Hand {
    manager: "uplift-accept-issue",
    takes: "the verbs get, list, patch and accept-issue on dashboardreleases.uplift.dev (ClusterRole uplift-approver)",
};

/// Why there is nothing to accept.
const NOTHING_HELD: &str = "a shared service that moves holds no upgrade, so there is nothing to accept: kubectl uplift impact installation/NAME \
                            says who cannot do with its next version, and what mends that";

/// What is accepted.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The release, by its name or its version.
    release: String,
    /// The issue, as `kubectl uplift issues` spells it, like IncompatibleDependency/postgresql.
    issue: String,
    /// The first UTC date on which it holds again, like 2027-03-01.
    #[arg(long, value_name = "DATE")]
    until: Date,
    /// Why it may be taken on.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    writing: Writing,
}

/// Accepts the issue.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    may_hold(&options.issue)?;
    let today = RealClock.now().to_zoned(TimeZone::UTC).date();
    if options.until <= today {
        return Err(Failure::Input(anyhow!(
            "--until {} has come: it would hold at once again. Today is {today} in UTC",
            options.until
        )));
    }
    let releases = Api::all(context.client.clone());
    let (name, by) = (release_named(&releases, &options.release, HAND).await?, own_name(&context.client).await?);
    let accepted = AcceptedIssue { issue: options.issue.clone(), by, until: options.until, reason: options.reason.clone() };
    let done = edit(&releases, &name, HAND, options.writing, |before| Ok(body(before, &accepted))).await?;
    tell(context, &done.after, options.writing, &said(&done.before, &accepted))?;
    follows(context, &next(&done.before, &accepted))
}

/// A shared service that moves holds nobody, and is an issue of no release.
fn may_hold(issue: &str) -> Result<(), Failure> {
    if Issue::word(issue) == Reason::SharedServiceMoves.name() {
        return Err(Failure::Input(anyhow!("{NOTHING_HELD}")));
    }
    Ok(())
}

/// The list with this one in the place of the one before: a merge patch carries a list whole. What others accepted stays as it is.
fn body(before: &DashboardRelease, accepted: &AcceptedIssue) -> Option<Value> {
    if previous(before, accepted) == Some(accepted) {
        return None;
    }
    let mut all = before.spec.accepted_issues.clone();
    match all.iter_mut().find(|there| there.issue == accepted.issue) {
        Some(there) => *there = accepted.clone(),
        None => all.push(accepted.clone()),
    }
    Some(json!({"spec": {"acceptedIssues": all}}))
}

fn previous<'r>(release: &'r DashboardRelease, accepted: &AcceptedIssue) -> Option<&'r AcceptedIssue> {
    release.spec.accepted_issues.iter().find(|there| there.issue == accepted.issue)
}

fn said(before: &DashboardRelease, accepted: &AcceptedIssue) -> String {
    let AcceptedIssue { issue, until, .. } = accepted;
    match previous(before, accepted) {
        None => format!("{issue} accepted until {until}"),
        Some(before) if before == accepted => format!("{issue} accepted until {until} already"),
        Some(before) => format!("{issue} accepted until {until}; before it was until {} by {}", before.until, before.by),
    }
}

/// Whoever misspelt it would wait for nothing.
fn next(before: &DashboardRelease, accepted: &AcceptedIssue) -> String {
    let counted = before.status.iter().flat_map(|status| &status.issues).find(|one| one.issue == accepted.issue);
    match counted {
        Some(one) if one.tenants > 0 => format!("It is an issue of {}.", tenants(one.tenants as usize)),
        _ => format!(
            "No tenant that is planned for it has this issue yet. Whom it would hold: kubectl uplift issues {}",
            before.metadata.name.as_deref().unwrap_or_default()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release() -> DashboardRelease {
        let accepted = json!([{"issue": "NamedRisk/Saml", "by": "eve", "until": "2027-01-01", "reason": "known"}]);
        let spec = json!({"version": "2026.12.0", "images": {"web": "x:1"}, "acceptedIssues": accepted});
        serde_json::from_value(json!({"metadata": {"name": "dec"}, "spec": spec})).unwrap()
    }

    fn accepted(issue: &str, until: &str) -> AcceptedIssue {
        AcceptedIssue { issue: issue.into(), by: "bob".into(), until: until.parse().unwrap(), reason: "we watch it".into() }
    }

    #[test]
    fn it_takes_the_place_of_the_one_before_and_leaves_the_others() {
        let issues = |body: &Value| -> Vec<String> {
            let all = body["spec"]["acceptedIssues"].as_array().unwrap();
            all.iter().map(|one| format!("{} {}", one["issue"].as_str().unwrap(), one["by"].as_str().unwrap())).collect()
        };
        let new = accepted("BreaksConsumer/report-api", "2027-03-01");
        assert_eq!(issues(&body(&release(), &new).unwrap()), ["NamedRisk/Saml eve", "BreaksConsumer/report-api bob"]);
        let longer = accepted("NamedRisk/Saml", "2027-03-01");
        assert_eq!(issues(&body(&release(), &longer).unwrap()), ["NamedRisk/Saml bob"]);
        assert_eq!(said(&release(), &longer), "NamedRisk/Saml accepted until 2027-03-01; before it was until 2027-01-01 by eve");
        let mut same = release();
        same.spec.accepted_issues = vec![longer.clone()];
        assert_eq!(
            (body(&same, &longer), said(&same, &longer)),
            (None, "NamedRisk/Saml accepted until 2027-03-01 already".into())
        );
    }

    #[test]
    fn who_accepts_that_a_service_moves_is_told_that_nothing_is_held() {
        let Err(Failure::Input(error)) = may_hold("SharedServiceMoves/pg-eu-1") else { panic!("it is taken") };
        assert!(error.to_string().contains("kubectl uplift impact installation/NAME"), "{error}");
        assert!(may_hold("IncompatibleDependency/postgresql").is_ok());
    }

    #[test]
    fn who_accepts_what_no_tenant_has_is_told_where_to_look() {
        let mut release = release();
        let one = accepted("NamedRisk/Saml", "2027-03-01");
        assert!(next(&release, &one).ends_with("kubectl uplift issues dec"));
        let issues = json!({"issues": [{"issue": "NamedRisk/Saml", "tenants": 3}]});
        release.status = Some(serde_json::from_value(issues).unwrap());
        assert_eq!(next(&release, &one), "It is an issue of 3 tenants.");
    }
}
