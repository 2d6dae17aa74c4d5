//! A tenant's trial by chance, what people ask of it, and R34 at the end of a history: nothing of a run is left, or the status says what.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uplift::{
    api::{condition, trial::TrialWorkload},
    fleet::{ObjectKey, WorkloadKey},
    simulate::{
        Simulation, events,
        world::{Object, World},
    },
};

use super::chance::Chance;

/// Whose trial it is, and where.
const TENANT: &str = "t1";
const NAMESPACE: &str = "t1-trial";
/// The CronJobs of its Jobs.
const JOBS: [&str; 5] = ["egress", "restore", "scrub", "count", "clean"];

/// Adds a trial to the manifests; what happens to it.
pub fn begin(chance: &mut Chance, from: Timestamp, manifests: &mut Vec<Value>) -> Vec<Value> {
    let is_of_tenant = |one: &&mut Value| one["kind"] == "TenantInstance" && one["metadata"]["name"] == TENANT;
    let Some(tenant) = manifests.iter_mut().find(is_of_tenant) else { return vec![] };
    tenant["spec"]["trials"] =
        json!({"namespace": if chance.percent(93) { NAMESPACE } else { "elsewhere" }, "policy": policy(chance)});
    let workloads = if chance.percent(60) { &["web"][..] } else { &["web", "worker"] };
    manifests.push(trial(chance, workloads));
    manifests.extend(workloads.iter().map(|name| deployment(chance, name)));
    manifests.extend(JOBS.iter().filter(|_| chance.percent(97)).map(|name| cron_job(name)).collect::<Vec<_>>());
    events(chance, from)
}

/// Half of them must be tried.
fn policy(chance: &mut Chance) -> &'static str {
    chance.pick(&["Optional", "Required", "Required", "Optional", "Required", "None"])
}

fn trial(chance: &mut Chance, workloads: &[&str]) -> Value {
    let job = |name: &str| json!({"cronJobRef": {"name": format!("uplift-{name}")}});
    let workloads: Vec<_> =
        workloads.iter().map(|name| json!({"kind": "Deployment", "name": name, "replicas": chance.between(1, 2)})).collect();
    let release = chance.pick(&["Next", "Next", "Next", "r10"]);
    json!({
        "apiVersion": "uplift.dev/v1alpha1", "kind": "UpgradeTrial", "metadata": {"name": "trial", "namespace": NAMESPACE},
        "spec": {
            "tenantRef": {"namespace": TENANT, "name": TENANT}, "release": release, "workloads": workloads,
            "ttl": chance.pick(&["1h", "24h", "48h", "72h"]),
            "jobs": {
                "egress": job("egress"), "restore": job("restore"), "scrub": job("scrub"), "clean": job("clean"),
                "scrubbed": [{"name": "mail", "cronJobRef": {"name": "uplift-count"}, "expect": "0"}],
            },
        },
    })
}

fn deployment(chance: &mut Chance, name: &str) -> Value {
    let replicas = i32::from(chance.percent(4));
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": name, "image": format!("registry.example.test/{name}:2026.9.0")}]}},
        },
    })
}

fn cron_job(name: &str) -> Value {
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "main", "image": "registry.example.test/tools:1"}]});
    json!({
        "apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": format!("uplift-{name}"), "namespace": NAMESPACE, "labels": {"uplift.dev/template": "true"}},
        "spec": {"schedule": "0 0 31 2 *", "suspend": true, "jobTemplate": {"spec": {"template": {"spec": pod}}}},
    })
}

/// A few requests, and around each what may happen to a trial.
fn events(chance: &mut Chance, from: Timestamp) -> Vec<Value> {
    let mut all = vec![];
    let mut day = chance.between(1, 6);
    for _ in 0..chance.between(1, 4) {
        let asked = from + SignedDuration::from_hours(24 * day + chance.between(0, 23));
        request(chance, asked, &mut all);
        day += chance.between(4, 20);
    }
    all
}

fn request(chance: &mut Chance, asked: Timestamp, all: &mut Vec<Value>) {
    let later = |chance: &mut Chance| {
        asked + SignedDuration::from_secs(chance.pick(&[20, 90, 200, 400, 4000, 9000, 40_000]) + chance.between(0, 60))
    };
    let version = chance.pick(&["2026.10.0", "2026.10.0", "2026.10.0", "2026.11.0", "2026.12.0", "soon"]);
    if chance.percent(45) {
        all.push(job(chance, asked - SignedDuration::from_secs(60)));
    }
    all.push(annotate(asked, &json!({"set": {"uplift.dev/trial": version}})));
    for _ in 0..chance.between(0, 2) {
        let at = later(chance);
        all.push(happens(chance, at));
    }
    // Few come so far by chance: an answer to what is ready, a network that lets something out, and a scrub that leaves something.
    match chance.below(5) {
        0 | 1 => {
            let answer =
                json!({"metadata": {"annotations": {"uplift.dev/trial-answer": chance.pick(&["Confirmed", "Rejected"])}}});
            all.push(patch(asked + SignedDuration::from_secs(3000), "UpgradeTrial", "trial", &answer));
        }
        2 | 3 => {
            let (name, message) = chance.pick(&[("egress", "smtp:25"), ("count", "3")]);
            all.push(behaves(asked - SignedDuration::from_secs(30), name, "Succeeds", "1s", message));
        }
        _ => {}
    }
    // Somebody mends what broke, and takes away what was said.
    let over = asked + SignedDuration::from_hours(70);
    all.extend(JOBS.map(|name| behaves(over, name, "Succeeds", "60s", message(name))));
    all.push(annotate(over + SignedDuration::from_secs(9), &json!({"remove": ["uplift.dev/trial"]})));
    all.push(patch(
        over + SignedDuration::from_secs(10),
        "UpgradeTrial",
        "trial",
        &json!({"metadata": {"annotations": {"uplift.dev/trial-answer": null}}}),
    ));
}

/// What proofs write that hold.
fn message(name: &str) -> &'static str {
    match name {
        "egress" => "blocked",
        "count" => "0",
        _ => "",
    }
}

fn job(chance: &mut Chance, at: Timestamp) -> Value {
    let name = chance.pick(&JOBS);
    let outcome = chance.pick(&["Succeeds", "Fails", "Hangs"]);
    behaves(at, name, outcome, chance.pick(&["1s", "5m", "20m"]), chance.pick(&["", "3", "blocked", "0", "smtp:25"]))
}

fn happens(chance: &mut Chance, at: Timestamp) -> Value {
    match chance.below(12) {
        0 | 1 => {
            let answer = chance.pick(&["Confirmed", "Rejected", "Rejected", "maybe"]);
            patch(at, "UpgradeTrial", "trial", &json!({"metadata": {"annotations": {"uplift.dev/trial-answer": answer}}}))
        }
        2 | 3 => job(chance, at),
        4 => annotate(at, &json!({"remove": ["uplift.dev/trial"]})),
        5 => {
            let policy = policy(chance);
            let trials = chance.pick(&[
                json!(null),
                json!({"namespace": NAMESPACE}),
                json!({"namespace": "elsewhere"}),
                json!({"namespace": NAMESPACE, "policy": policy}),
            ]);
            json!({"at": at, "patch": {"kind": "TenantInstance", "namespace": TENANT, "name": TENANT, "merge": {"spec": {"trials": trials}}}})
        }
        6..10 => patch(at, "UpgradeTrial", "trial", &json!({"spec": edit(chance, at)})),
        10 => patch(at, "Deployment", "web", &json!({"spec": {"replicas": chance.between(0, 3)}})),
        _ if chance.percent(30) => json!({"at": at, "delete": {"kind": "UpgradeTrial", "namespace": NAMESPACE, "name": "trial"}}),
        _ => json!({"at": at, "jobs": {"namespace": NAMESPACE, "answer": "Granted"}}),
    }
}

/// An edit of the spec: one part of it, as people correct it, or get it wrong.
fn edit(chance: &mut Chance, at: Timestamp) -> Value {
    let mut job = |own: &str| json!({"cronJobRef": {"name": format!("uplift-{}", chance.pick(&[own, own, "none"]))}, "timeout": chance.pick(&["5m", "10m"])});
    let jobs = ["egress", "restore", "scrub", "count", "clean"].map(|name| (name, job(name)));
    let part = |name: &str| jobs.iter().find(|(own, _)| *own == name).map(|(_, job)| job.clone()).unwrap_or_default();
    let with = |mut job: Value, more: Value| {
        job.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        job
    };
    match chance.below(10) {
        0 => json!({"url": format!("https://trial-{}.example", at.as_second())}),
        1 => json!({"ttl": chance.pick(&["1h", "24h", "48h"])}),
        2 => json!({"release": chance.pick(&["Next", "r10", "r11"])}),
        3 => json!({"tenantRef": {"namespace": chance.pick(&[TENANT, "t2"]), "name": chance.pick(&[TENANT, "t2"])}}),
        4 | 5 => json!({"workloads": [workload(chance)]}),
        6 => json!({"jobs": {"egress": part("egress")}}),
        7 => json!({"jobs": {"restore": part("restore"), "scrub": part("scrub")}}),
        8 => {
            let more = json!({"name": chance.pick(&["mail", "queue"]), "expect": chance.pick(&["0", "3"])});
            json!({"jobs": {"scrubbed": [with(part("count"), more)]}})
        }
        _ => json!({"jobs": {"clean": with(part("clean"), json!({"attempt": chance.between(2, 4)}))}}),
    }
}

fn workload(chance: &mut Chance) -> Value {
    let (name, component) = (chance.pick(&["web", "worker"]), chance.pick(&["web", "worker"]));
    json!({
        "kind": chance.pick(&["Deployment", "Deployment", "StatefulSet"]), "name": name, "replicas": chance.between(1, 3),
        "containers": [{"name": chance.pick(&[name, "web"]), "component": component}],
    })
}

fn annotate(at: Timestamp, what: &Value) -> Value {
    let mut annotate = json!({"tenant": format!("{TENANT}/{TENANT}")});
    annotate.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    json!({"at": at, "annotate": annotate})
}

fn patch(at: Timestamp, kind: &str, name: &str, merge: &Value) -> Value {
    json!({"at": at, "patch": {"kind": kind, "namespace": NAMESPACE, "name": name, "merge": merge}})
}

fn behaves(at: Timestamp, name: &str, outcome: &str, takes: &str, message: &str) -> Value {
    let cron_job = format!("{NAMESPACE}/uplift-{name}");
    json!({"at": at, "job": {"cronJob": cron_job, "outcome": outcome, "takes": takes, "message": message}})
}

/// The run with all that.
pub fn added(mut run: Simulation, trials: &[Value]) -> Simulation {
    for (nth, event) in trials.iter().enumerate() {
        run.add(events::read(2000 + nth, event).unwrap().unwrap());
    }
    run
}

/// Long after the last request no run is on, unless it says what keeps it; and nothing runs without one.
pub fn judge(world: &World) -> Vec<String> {
    world.objects().filter_map(|object| left(world, object)).collect()
}

fn left(world: &World, object: &Object) -> Option<String> {
    let (spec, status) = object.trial()?;
    let ObjectKey::Trial(key) = &object.key else { return None };
    let says = |kind: &str| condition::get(&status.conditions, kind).is_some_and(|one| one.status == "False");
    if status.run.is_some() && !says(condition::CLEANED) && !says(condition::READY) {
        return Some(format!("R34 at the end: a run of {} is on for two months, and nothing says why", object.key));
    }
    let up = |one: &TrialWorkload| {
        let key = ObjectKey::Workload(WorkloadKey::new(one.kind, &key.namespace, &one.name));
        world.get(&key).and_then(|object| object.workload()).is_some_and(|workload| workload.wanted() > 0)
    };
    let name = &spec.workloads.iter().find(|one| up(one))?.name;
    let told = says(condition::CLEANED) || says(condition::READY) || status.count == 0;
    (!told).then(|| format!("I17 at the end: {name} of {} runs, and its status does not say so", object.key))
}
