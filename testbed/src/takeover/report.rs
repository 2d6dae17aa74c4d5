//! What the API server saw of it all.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{
    LEASE,
    kills::{Taken, Way, pod},
    stage::Stage,
};
use crate::{
    demo::trail::{OPERATOR, is_committed_write, resource},
    judge::{Evidence, judge},
};

/// How it went.
#[derive(Debug)]
pub struct Report {
    pub taken: Vec<Taken>,
    /// Upgrades that started.
    pub starts: usize,
    /// Invariants that were judged to hold, and sentences about those that were broken.
    pub held: usize,
    pub broken: Vec<String>,
    /// Writes that the policy refused to a pod that does not lead.
    pub refused: usize,
    /// Starts and changes of images that were committed for a pod that did not hold the Lease at that revision.
    pub slipped: Vec<String>,
}

/// Judges.
pub fn judge_all(stage: &Stage, taken: Vec<Taken>) -> Result<Report> {
    let audit = stage.plane.audit_events(0)?.events;
    let journal = serde_json::to_value(stage.clock.journal()).context("writing the clock's journal")?;
    let deliveries = serde_json::to_value(stage.receiver.deliveries()).context("writing the deliveries")?;
    let evidence = Evidence::of_audit(&audit, &journal, &deliveries, taken.len() + 2)?;
    let verdict = judge(&evidence);
    Ok(Report {
        taken,
        starts: starts(&audit).len(),
        held: verdict.judgements.values().sum(),
        broken: verdict.broken.iter().map(ToString::to_string).chain(stage.receiver.forged()).collect(),
        refused: audit.iter().filter(|event| is_refused(event)).count(),
        slipped: slipped(&audit),
    })
}

/// The writes that started an upgrade: the first of each that says when it began.
fn starts(audit: &[Value]) -> Vec<&Value> {
    let upgrade = |event: &Value| event["responseObject"]["status"]["upgrade"].clone();
    let ours = audit.iter().filter(|event| resource(event) == "tenantinstances" && is_committed_write(event));
    let mut known = BTreeSet::new();
    ours.filter(|event| upgrade(event)["startedAt"].is_string() && known.insert(upgrade(event)["id"].to_string())).collect()
}

fn is_refused(event: &Value) -> bool {
    let message = event["responseStatus"]["message"].as_str().unwrap_or_default();
    event["user"]["username"] == OPERATOR && event["responseStatus"]["code"] == 403 && message.contains("uplift-leader")
}

/// etcd's revisions order the writes of the Lease and all others.
fn slipped(audit: &[Value]) -> Vec<String> {
    let revision =
        |event: &Value| event["responseObject"]["metadata"]["resourceVersion"].as_str().and_then(|text| text.parse::<u64>().ok());
    let taken = audit.iter().filter(|event| resource(event) == "leases");
    let holders: BTreeMap<u64, &str> =
        taken.filter_map(|event| Some((revision(event)?, event["responseObject"]["spec"]["holderIdentity"].as_str()?))).collect();
    let images = audit.iter().filter(|event| is_committed_write(event) && resource(event) == "deployments");
    let guarded = starts(audit).into_iter().chain(images);
    let wrong = |event: &Value| {
        let (at, pod) = (revision(event)?, pod(event).unwrap_or("no pod"));
        let holder = holders.range(..at).next_back().map_or("nobody", |(_, holder)| holder);
        (holder != pod).then(|| format!("{} at revision {at} by {pod}, while {holder} held the Lease", event["requestURI"]))
    };
    guarded.filter_map(wrong).collect()
}

impl Report {
    /// The longest of the fastest 99 in 100, until another pod held the Lease.
    pub fn p99(&self) -> Duration {
        let mut held: Vec<_> = self.taken.iter().map(|taken| taken.held).collect();
        held.sort();
        held.get((held.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
    }

    /// What was not as it must be.
    pub fn wrong(&self) -> Vec<String> {
        let limit = LEASE + Duration::from_secs(1);
        let slow = (self.p99() > limit).then(|| format!("p99 of the takeovers is {:?}, more than {limit:?}", self.p99()));
        let idle = self.taken.iter().filter(|taken| taken.wrote.is_none()).count();
        let idle = (idle > 0).then(|| format!("{idle} new leaders wrote nothing"));
        self.broken.iter().cloned().chain(slow).chain(idle).collect()
    }

    pub fn print(&self) {
        for way in Way::ALL {
            let of = |pick: fn(&Taken) -> Option<Duration>| {
                let mut all: Vec<_> = self.taken.iter().filter(|taken| taken.way == way).filter_map(pick).collect();
                all.sort();
                let at =
                    |part: usize| all.get((all.len() * part / 100).min(all.len().saturating_sub(1))).copied().unwrap_or_default();
                format!("{:>5} {:>5} {:>5}", at(50).as_millis(), at(99).as_millis(), at(100).as_millis())
            };
            let name = format!("{way:?}");
            println!(
                "{name:<8} until held, ms (p50 p99 max): {}; until its first write: {}",
                of(|t| Some(t.held)),
                of(|t| t.wrote)
            );
        }
        println!(
            "{} takeovers, {} starts; {} judgements hold, {} are broken",
            self.taken.len(),
            self.starts,
            self.held,
            self.broken.len()
        );
        println!("{} writes of pods that do not lead were refused by the policy; {} passed it", self.refused, self.slipped.len());
        self.slipped.iter().chain(&self.broken).for_each(|line| println!("  {line}"));
    }
}
