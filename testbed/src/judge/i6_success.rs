//! I6: "Succeeded" is written only after the workloads were seen running the image: observed generation current, every replica
//! updated and available, none of the old ones left, at least one replica. Each kind of workload counts in fields of its own.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    evidence::{Leeway, Record, What},
    object::{Kind, Object, workload_name},
    past::Past,
    read::{list, numbers, text, time},
    verdict::Verdict,
};

pub fn judge(past: &Past, record: &Record, leeway: Leeway, verdict: &mut Verdict) {
    let What::Write(Some(before), after) = &record.what else { return };
    let Some(said) = (after.kind == Kind::Tenant).then(|| said(before, after)).flatten() else { return };
    let success = list(after.status("history")).iter().find(|entry| entry["result"] == "Succeeded");
    let to = success.map(|entry| text(&entry["to"])).unwrap_or_default();
    let started = success.and_then(|entry| time(&entry["startedAt"]));
    for workload in list(&after.spec["workloads"]) {
        let name = workload_name(after.namespace(), text(&workload["kind"]), text(&workload["name"]));
        let manifests: Vec<_> = manifests(past, after, workload, started).collect();
        let wrong = |seen: Option<&Object>| {
            seen.map_or(Some("was never there".into()), |seen| unproven(past, seen, &manifests, to, said))
        };
        let wrong = past.wrong_since(Kind::Workload, &name, leeway.since(record.from), wrong);
        verdict.note("I6", wrong.map(|wrong| format!("{after} has succeeded although {name} {wrong}")));
    }
}

/// What a write says of a success.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// An upgrade has succeeded.
    New,
    /// What succeeded before still runs, or runs again. Who maps containers otherwise by now has changed nothing of that.
    Again,
}

fn said(before: &Object, after: &Object) -> Option<Said> {
    let first = list(after.status("history")).first().filter(|entry| entry["result"] == "Succeeded");
    let new = first.is_some_and(|entry| !list(before.status("history")).contains(entry));
    let says = |object: &Object| {
        list(object.status("conditions")).iter().any(|one| one["type"] == "UpgradeSucceeded" && one["status"] == "True")
    };
    if new { Some(Said::New) } else { (says(after) && !says(before)).then_some(Said::Again) }
}

/// A workload as its tenant's manifest names it, and as it did at any time since the start: who maps containers otherwise while an
/// upgrade runs says that of the next one.
fn manifests<'v>(
    past: &'v Past,
    tenant: &'v Object,
    workload: &'v Value,
    started: Option<Timestamp>,
) -> impl Iterator<Item = &'v Value> {
    let since = started.into_iter().flat_map(|started| past.since(Kind::Tenant, &tenant.name, started).flatten());
    let named = since.flat_map(|tenant| list(&tenant.spec["workloads"]));
    let same = |one: &&Value| one["name"] == workload["name"] && one["kind"] == workload["kind"];
    std::iter::once(workload).chain(named.filter(same))
}

fn unproven(past: &Past, seen: &Object, manifests: &[&Value], to: &str, said: Said) -> Option<String> {
    let wanted = numbers(to);
    let mut releases = past.ever(Kind::Release).filter(|release| numbers(text(&release.spec["version"])) == wanted);
    let named = |images| manifests.iter().any(|workload| runs(seen, workload, images));
    let has = |images| named(images) || (said == Said::Again && is_made_of(seen, images));
    if !releases.any(|release| has(&release.spec["images"])) {
        return Some(format!("does not run the images of {to}"));
    }
    (!is_done(seen)).then(|| format!("is not done: {:?}", seen.status))
}

/// Every container that is a component runs its image, and at least one is.
fn runs(seen: &Object, workload: &Value, release: &Value) -> bool {
    let component = |container: &str| {
        let named = list(&workload["containers"]).iter().find(|one| one["name"] == container);
        named.map_or(container.to_owned(), |one| text(&one["component"]).to_owned())
    };
    let running = seen.images();
    let mut components = running.iter().filter_map(|(name, image)| Some((release[component(name)].as_str()?, *image))).peekable();
    components.peek().is_some() && components.all(|(wanted, image)| wanted == image)
}

/// Every image is one of the release, of whichever component.
fn is_made_of(seen: &Object, release: &Value) -> bool {
    let images: Vec<_> = release.as_object().into_iter().flatten().filter_map(|(_, image)| image.as_str()).collect();
    seen.images().iter().all(|(_, image)| images.contains(image))
}

pub fn is_done(seen: &Object) -> bool {
    let number = |field: &str| seen.status(field).as_i64().unwrap_or(0);
    let (wanted, counts): (_, &[&str]) = match seen.workload_kind() {
        "DaemonSet" => (number("desiredNumberScheduled"), &["updatedNumberScheduled", "numberAvailable"]),
        _ => (seen.spec["replicas"].as_i64().unwrap_or(1), &["replicas", "updatedReplicas", "availableReplicas"]),
    };
    let counted = counts.iter().all(|field| number(field) == wanted);
    let one_revision = seen.workload_kind() != "StatefulSet" || seen.status("currentRevision") == seen.status("updateRevision");
    number("observedGeneration") >= seen.generation && wanted >= 1 && counted && one_revision
}
