//! The Jobs that manifests ask for in an upgrade, in their order, read off the manifests alone.

use serde_json::Value;

use super::{
    evidence::{Leeway, Record},
    object::{Kind, Object},
    past::Past,
    read::{list, text},
};

/// The step that saves the data, and the one that brings them back.
pub const BACKUP: &str = "backup.data";
pub const RESTORE: &str = "restore.data";

/// Whether a step is one of the way back.
pub fn goes_back(step: &str) -> bool {
    step == RESTORE || step.starts_with("probe-back.")
}

/// A Job that the manifests ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub step: String,
    pub tries: u64,
    pub after: bool,
    pub changes_data: bool,
    pub probe: Option<Value>,
}

/// What the manifests may have asked for at a start, on the way forward: a release that was edited just then may be either.
pub fn asks(past: &Past, record: &Record, leeway: Leeway, (tenant, up): (&Object, &Value)) -> Vec<Vec<Asked>> {
    let since = leeway.others_since(record.from);
    let releases = past.since(Kind::Release, text(&up["release"]), since).flatten();
    let mut lists: Vec<_> = releases.map(|release| all(&tenant.spec, &release.spec)).collect();
    lists.dedup();
    lists
}

/// What these manifests ask for, in its order.
fn all(tenant: &Value, release: &Value) -> Vec<Asked> {
    let hook = |phase: &str, hook: &Value| {
        let after = phase.ends_with("after");
        Asked {
            step: format!("{phase}.{}", text(&hook["name"])),
            tries: 1 + hook["retries"].as_u64().unwrap_or_default(),
            after,
            changes_data: hook["changesData"].as_bool().unwrap_or(!after),
            probe: None,
        }
    };
    let probe = |phase: &str, probe: &Value| Asked {
        step: format!("{phase}.{}", text(&probe["name"])),
        tries: 1,
        after: phase.ends_with("after"),
        changes_data: false,
        probe: Some(probe.clone()),
    };
    let probes = list(&tenant["probes"]);
    let backup = Asked { step: BACKUP.into(), tries: 1, after: false, changes_data: false, probe: None };
    let mut all: Vec<_> = tenant["data"]["backup"].is_object().then_some(backup).into_iter().collect();
    all.extend(probes.iter().map(|one| probe("probe-before", one)));
    all.extend(list(&tenant["hooks"]["before"]).iter().map(|one| hook("tenant-before", one)));
    all.extend(list(&release["hooks"]["before"]).iter().map(|one| hook("release-before", one)));
    all.extend(list(&release["hooks"]["after"]).iter().map(|one| hook("release-after", one)));
    all.extend(list(&tenant["hooks"]["after"]).iter().map(|one| hook("tenant-after", one)));
    all.extend(probes.iter().map(|one| probe("probe-after", one)));
    all
}

/// By floating point, which is not how the operator does it: the values of the tests are small.
pub fn agrees(probe: &Value, before: &str, after: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let numbers = number(before).zip(number(after));
    if probe["compare"] == "NotLess" {
        return numbers.is_some_and(|(before, after)| after >= before);
    }
    match probe["within"].as_str().and_then(|part| number(part.trim_end_matches('%'))) {
        Some(part) => numbers.is_some_and(|(before, after)| (after - before).abs() <= before.abs() * part / 100.0 + 1e-9),
        None => !before.trim().is_empty() && before.trim() == after.trim(),
    }
}
