//! I6: "Succeeded" is written only after the workloads were seen running the image: observed generation current, every replica
//! updated and available, at least one replica.

use serde_json::Value;

use super::{
    Evidence, Verdict, Version,
    facts::{about, images, list, text},
};

pub fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    for result in evidence.written("tenantinstances") {
        let (old, new) = (&evidence.before(result)["status"]["history"][0], &result.object["status"]["history"][0]);
        if new["result"] != "Succeeded" || old == new {
            continue;
        }
        for workload in list(&result.object["spec"]["workloads"]) {
            let wrong = unproven(evidence, result, workload, text(&new["to"]));
            verdict
                .note("I6", wrong.map(|wrong| format!("{} has succeeded although {} {wrong}", about(result), workload["name"])));
        }
    }
}

fn unproven(evidence: &Evidence, result: &Version, workload: &Value, to: &str) -> Option<String> {
    let name = format!("{}/{}", text(&result.object["metadata"]["namespace"]), text(&workload["name"]));
    let Some(seen) = evidence.at("deployments", &name, result.revision) else { return Some("was never there".into()) };
    let release = evidence.versions.iter().rev().find(|v| v.kind == "dashboardreleases" && v.object["spec"]["version"] == to);
    let Some(release) = release else { return Some(format!("was to run {to}, which is no release")) };
    if !runs(&seen.object, workload, &release.object["spec"]["images"]) {
        return Some(format!("does not run the images of {to}"));
    }
    (!is_done(&seen.object)).then(|| format!("is not done: {}", seen.object["status"]))
}

/// Every container that is a component runs its image, and at least one is.
fn runs(deployment: &Value, workload: &Value, release: &Value) -> bool {
    let mapped = |container: &str| {
        let named = list(&workload["containers"]).iter().find(|one| one["name"] == container);
        named.map_or(container.to_owned(), |one| text(&one["component"]).to_owned())
    };
    let running = images(deployment);
    let mut components = running.iter().filter_map(|(name, image)| Some((release[mapped(name)].as_str()?, image))).peekable();
    components.peek().is_some() && components.all(|(wanted, image)| wanted == image)
}

fn is_done(deployment: &Value) -> bool {
    let (spec, status) = (&deployment["spec"], &deployment["status"]);
    let number = |value: &Value| value.as_i64().unwrap_or(0);
    let wanted = spec["replicas"].as_i64().unwrap_or(1);
    let counted = ["replicas", "updatedReplicas", "availableReplicas"].iter().all(|field| number(&status[field]) == wanted);
    number(&status["observedGeneration"]) >= number(&deployment["metadata"]["generation"]) && wanted >= 1 && counted
}
