//! `kubectl uplift releases`: which releases there are, where each stands, and why not further.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use serde::Serialize;

use super::{
    Context, Failure,
    output::{self, age},
    read::Reading,
};
use crate::{
    api::{
        DashboardReleaseStatus, condition,
        reason::Reason,
        release::{RingStatus, TenantCounts},
    },
    fleet::{Fleet, Release},
    plan::{self, Change, Plan},
};

/// There are none.
#[derive(Debug, clap::Args)]
pub struct Options {}

/// A release as it is shown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    name: String,
    version: String,
    channel: String,
    accepted: bool,
    approved: bool,
    state: String,
    why: Vec<Why>,
    tenants: TenantCounts,
    rings: Vec<RingStatus>,
    created_at: Timestamp,
    #[serde(skip)]
    age: String,
}

/// One thing that keeps tenants from a release.
#[derive(Debug, PartialEq, Serialize)]
struct Why {
    reason: String,
    message: String,
}

/// Prints the releases, newest first within their channel.
pub async fn run(context: &Context, _: &Options) -> Result<(), Failure> {
    let mut reading = Reading::new(context.client.clone());
    reading.releases().await?;
    output::rows(context, &lines(&reading.fleet, reading.now), "", "No releases found.")
}

/// What the planner says of each release now; the counts are those that the operator wrote.
pub fn lines(fleet: &Fleet, now: Timestamp) -> Vec<Line> {
    let plan = plan::plan(fleet, now);
    let mut releases: Vec<_> = fleet.releases.iter().collect();
    releases
        .sort_by(|(_, a), (_, b)| channel(a).cmp(channel(b)).then_with(|| b.version.as_ref().ok().cmp(&a.version.as_ref().ok())));
    releases.into_iter().map(|(name, release)| line(name, release, &planned(&plan, name, release), now)).collect()
}

fn channel(release: &Release) -> &str {
    release.spec.as_ref().map_or("", |spec| &spec.channel)
}

/// The status that the operator would write now; where it would write nothing, the one that stands.
fn planned(plan: &Plan, name: &str, release: &Release) -> DashboardReleaseStatus {
    let written = plan.writes.iter().find_map(|write| match &write.change {
        Change::ReleaseStatus { release, status } if release == name => Some((**status).clone()),
        _ => None,
    });
    written.unwrap_or_else(|| release.status.clone().unwrap_or_default())
}

fn line(name: &str, release: &Release, status: &DashboardReleaseStatus, now: Timestamp) -> Line {
    let ready = expired(release, status).or_else(|| condition::get(&status.conditions, condition::READY));
    Line {
        name: name.into(),
        version: release.spec.as_ref().map_or_else(|_| String::new(), |spec| spec.version.clone()),
        channel: channel(release).into(),
        accepted: condition::is_true(&status.conditions, condition::ACCEPTED),
        approved: condition::is_true(&status.conditions, condition::APPROVED),
        state: ready.map(|ready| ready.reason.clone()).unwrap_or_default(),
        // What takes every tenant the operator said and counted a moment ago.
        why: why_not(status, ready).into_iter().chain(held_tenants(release)).collect(),
        tenants: release.status.as_ref().ok().and_then(|seen| seen.tenants).unwrap_or_default(),
        rings: release.status.as_ref().map(|seen| seen.rings.clone()).unwrap_or_default(),
        created_at: release.meta.created_at,
        age: age(release.meta.created_at, now),
    }
}

/// That its change window is over, and somebody waits, as the operator said: it knows all tenants.
fn expired<'s>(release: &'s Release, planned: &DashboardReleaseStatus) -> Option<&'s Condition> {
    let ready = |status: &'s DashboardReleaseStatus| condition::get(&status.conditions, condition::READY);
    let valid = condition::reason(&planned.conditions, condition::READY) == Some(Reason::Valid);
    let seen = release.status.as_ref().ok().filter(|_| valid).and_then(ready);
    seen.filter(|seen| Reason::named(&seen.reason) == Some(Reason::ChangeExpired))
}

/// All that keeps tenants from it: what stops it, the approval, the acceptance.
fn why_not(status: &DashboardReleaseStatus, ready: Option<&Condition>) -> Vec<Why> {
    let types = [condition::APPROVED, condition::ACCEPTED];
    let conditions = ready.into_iter().chain(types.into_iter().filter_map(|type_| condition::get(&status.conditions, type_)));
    let no =
        |c: &&Condition| c.status == "False" || (c.type_ == condition::READY && Reason::named(&c.reason) != Some(Reason::Valid));
    let mut all = vec![];
    for condition in conditions.filter(no) {
        let why = Why { reason: condition.reason.clone(), message: condition.message.clone() };
        if !all.contains(&why) {
            all.push(why);
        }
    }
    all
}

/// Tenants that are held because Jobs of their hooks and probes cannot be made.
fn held_tenants(release: &Release) -> Option<Why> {
    let held = condition::get(&release.status.as_ref().ok()?.conditions, condition::JOBS_READY)?;
    (held.status == "False").then(|| Why { reason: held.reason.clone(), message: held.message.clone() })
}

impl output::Row for Line {
    const KIND: &'static str = "DashboardRelease";
    const OBJECT: &'static str = "DashboardRelease";
    const COLUMNS: &'static [&'static str] =
        &["VERSION", "CHANNEL", "ACCEPTED", "APPROVED", "STATE", "ON IT", "GOING", "AGE", "WHY NOT"];
    const MORE: &'static [&'static str] = &["UPGRADING", "FAILED", "RINGS", "NAME", "IN WORDS"];
    const CUT: &'static [&'static str] = &["WHY NOT"];

    fn name(&self) -> &str {
        &self.name
    }
    fn cells(&self) -> Vec<String> {
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let going = self.tenants.pending + self.tenants.upgrading;
        vec![
            self.version.clone(),
            self.channel.clone(),
            yes(self.accepted),
            yes(self.approved),
            self.state.clone(),
            self.tenants.running.to_string(),
            going.to_string(),
            self.age.clone(),
            self.why.iter().map(|why| why.reason.as_str()).collect::<Vec<_>>().join(", "),
        ]
    }
    fn more(&self) -> Vec<String> {
        let words = self.why.iter().map(|why| why.message.as_str()).collect::<Vec<_>>().join("; ");
        vec![self.tenants.upgrading.to_string(), self.tenants.failed.to_string(), rings(&self.rings), self.name.clone(), words]
    }
}

/// `canary 2/2 proven, general 0/3`: how many run it, of how many.
fn rings(rings: &[RingStatus]) -> String {
    let one = |ring: &RingStatus| {
        let t = ring.tenants;
        let all = t.running + t.pending + t.upgrading + t.failed;
        format!("{} {}/{all}{}", ring.name, t.running, if ring.proven_at.is_some() { " proven" } else { "" })
    };
    rings.iter().map(one).collect::<Vec<_>>().join(", ")
}
