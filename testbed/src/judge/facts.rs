//! Small readings of objects: starts, results, images, versions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::evidence::{Evidence, Version};

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// The writes by which upgrades started.
pub fn starts(evidence: &Evidence) -> impl Iterator<Item = &Version> {
    evidence.written("tenantinstances").filter(|version| {
        let (old, new) = (&evidence.before(version)["status"]["upgrade"], &version.object["status"]["upgrade"]);
        started(new) && !(started(old) && old["id"] == new["id"])
    })
}

pub fn started(upgrade: &Value) -> bool {
    upgrade["startedAt"].is_string()
}

/// Whom it is about, for a message.
pub fn about(version: &Version) -> String {
    format!("{} {} at {} (revision {})", version.kind, version.name, version.until, version.revision)
}

/// Container to image, init containers included.
pub fn images(deployment: &Value) -> BTreeMap<String, String> {
    let pod = &deployment["spec"]["template"]["spec"];
    let containers = list(&pod["containers"]).iter().chain(list(&pod["initContainers"]));
    containers.map(|c| (text(&c["name"]).to_owned(), text(&c["image"]).to_owned())).collect()
}

/// The operator's annotation on a workload.
pub fn intent(deployment: &Value) -> Value {
    let note = text(&deployment["metadata"]["annotations"]["uplift.dev/intent"]);
    serde_json::from_str(note).unwrap_or_default()
}

/// The numbers of a version, as far as the examples need them: missing parts are zero.
pub fn numbers(version: &str) -> Vec<u64> {
    let mut numbers: Vec<u64> = version.split('.').map(|part| part.parse().unwrap_or(0)).collect();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers
}

/// The version of the release that has all these images; nothing when none has.
pub fn version_of(evidence: &Evidence, images: &BTreeMap<String, String>) -> Option<String> {
    let releases = evidence.versions.iter().filter(|version| version.kind == "dashboardreleases");
    let has = |release: &Value, image: &String| {
        release["spec"]["images"].as_object().is_some_and(|all| all.values().any(|one| one == image))
    };
    let found = releases
        .map(|version| &version.object)
        .find(|release| !images.is_empty() && images.values().all(|image| has(release, image)));
    found.map(|release| text(&release["spec"]["version"]).to_owned())
}
