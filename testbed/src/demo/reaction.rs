//! How fast a failure is answered: from the write in which Kubernetes says that a rollout failed to the first write of ours on the
//! way back, and to the halt. Read off the API server's audit log, by its own clock.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::trail::{is_committed_write, resource};

/// What came how long after the failure.
#[derive(Debug)]
pub struct Reaction {
    /// The first PATCH back of each namespace's workload, from its failure.
    pub back: BTreeMap<String, SignedDuration>,
    /// The halt of the release, from the last failure before it.
    pub halt: SignedDuration,
}

/// Reads it off the audit log of a release that was halted.
pub fn reaction(audit: &[Value]) -> Result<Reaction> {
    let mut failed = BTreeMap::<String, Timestamp>::new();
    for event in audit.iter().filter(|event| says_failed(event)) {
        failed.entry(namespace(event)).or_insert(committed(event)?);
    }
    let ours = |kind: &'static str| audit.iter().filter(move |event| is_committed_write(event) && resource(event) == kind);
    let mut back = BTreeMap::new();
    for event in ours("deployments") {
        let (namespace, at) = (namespace(event), committed(event)?);
        if let Some(failed) = failed.get(&namespace).filter(|failed| **failed <= at) {
            back.entry(namespace).or_insert(at.duration_since(*failed));
        }
    }
    let halt = ours("dashboardreleases").find(|event| event["responseObject"]["status"]["halt"].is_object());
    let halt = committed(halt.context("no release was halted")?)?;
    let tripped = failed.values().filter(|failed| **failed <= halt).max().context("nothing failed before the halt")?;
    Ok(Reaction { back, halt: halt.duration_since(*tripped) })
}

fn says_failed(event: &Value) -> bool {
    let conditions = event["responseObject"]["status"]["conditions"].as_array();
    resource(event) == "deployments" && conditions.into_iter().flatten().any(|one| one["reason"] == "ProgressDeadlineExceeded")
}

fn namespace(event: &Value) -> String {
    event["objectRef"]["namespace"].as_str().unwrap_or_default().into()
}

fn committed(event: &Value) -> Result<Timestamp> {
    event["stageTimestamp"].as_str().unwrap_or_default().parse().context("reading the time of an entry of the audit log")
}
