//! I2 for tenants whose trials are required (R37): no start without a run of this very release that is over, passed, and was not rejected; of the version,
//! the workloads and the hooks that production has now. Which these were is read off the objects of that time, not off what the run recorded of them.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    object::{Kind, Object},
    past::Past,
    read::{list, numbers, text, time},
};

/// So far the clock and the views of whoever began a run may have been off.
const SLACK: SignedDuration = SignedDuration::from_mins(10);

/// What is wrong with a start, as far as trials go; what stands on a trial counts from `since` on.
pub fn untried(past: &Past, tenant: &Object, up: &Value, since: Timestamp) -> Option<String> {
    let trials = &tenant.spec["trials"];
    if trials["policy"] != "Required" {
        return None;
    }
    let namespace = text(&trials["namespace"]);
    let names = past.names(Kind::Trial).filter(|name| name.split('/').next() == Some(namespace));
    let mut states = names.flat_map(|name| past.since(Kind::Trial, name, since)).flatten();
    let proves = |trial: &Object| of(trial, tenant) && newest(trial, tenant, up).is_some_and(|run| holds(past, run, tenant, up));
    (!states.any(proves)).then(|| format!("it must be tried first, and no trial in {namespace:?} has passed"))
}

fn of(trial: &Object, tenant: &Object) -> bool {
    let named = &trial.spec["tenantRef"];
    format!("{}/{}", text(&named["namespace"]), text(&named["name"])) == tenant.name
}

/// The newest run of the release that is over, and was not taken back before its time.
fn newest<'t>(trial: &'t Object, tenant: &Object, up: &Value) -> Option<&'t Value> {
    let run = Some(trial.status("run")).filter(|run| run["ended"].is_object());
    let mut all = run.into_iter().chain(list(trial.status("runs")));
    all.find(|run| {
        run["releaseUid"] == up["releaseUid"] && run["tenantUid"] == *tenant.uid && end(run)["reason"] != "TrialWithdrawn"
    })
}

fn end(run: &Value) -> &Value {
    if run["ended"].is_object() { &run["ended"] } else { run }
}

fn holds(past: &Past, run: &Value, tenant: &Object, up: &Value) -> bool {
    let end = end(run);
    let said_yes = end["verdict"] == "Passed" && end["answer"] != "Rejected" && run["readyAt"].is_string();
    let (from, to) = (numbers(text(&up["from"])), numbers(text(&up["to"])));
    let same_version = from >= to || numbers(text(&run["from"])) == from;
    said_yes && same_version && same_parts(past, run, tenant, up)
}

/// Whether the tenant's workloads and hooks, and the release's hooks, are those from when the run began.
fn same_parts(past: &Past, run: &Value, tenant: &Object, up: &Value) -> bool {
    let Some(began) = time(&run["startedAt"]) else { return false };
    let at_that_time = |kind, name: &str| {
        let versions = past.since(kind, name, began - SLACK).zip(past.versions(kind, name).iter().rev());
        versions.filter(|(_, (from, _))| *from <= began + SLACK).filter_map(|(object, _)| object).collect::<Vec<_>>()
    };
    let own = at_that_time(Kind::Tenant, &tenant.name);
    let same = |before: &&Object| ["workloads", "hooks"].iter().all(|part| before.spec[part] == tenant.spec[part]);
    let name = text(&up["release"]);
    let hooks = past.latest(Kind::Release, name).map(|release| &release.spec["hooks"]);
    let release = at_that_time(Kind::Release, name);
    (own.is_empty() || own.iter().any(same))
        && (release.is_empty() || release.iter().any(|one| Some(&one.spec["hooks"]) == hooks))
}
