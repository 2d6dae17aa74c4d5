//! R34: a hundred trials that are asked for at once. The cap holds at every instant, nobody is forgotten, and everybody knows what they wait for.

use serde_json::{Value, json};
use uplift::{
    api::{condition, reason::Reason},
    simulate::{Simulation, Step, world::World},
};

use super::begun;

const MANY: usize = 100;

/// A tenant with its trial, each in a namespace of its own, and what both need there.
fn tenant(nth: usize) -> Vec<Value> {
    let (own, trial) = (format!("c{nth:02}"), format!("c{nth:02}-trial"));
    let deployment = |namespace: &str, replicas: u32| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "dashboard", "namespace": namespace},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "dashboard"}}, "template": {
                "metadata": {"labels": {"app": "dashboard"}},
                "spec": {"containers": [{"name": "dashboard", "image": "registry.example.test/dashboard:2026.11.0"}]},
            }},
        })
    };
    let cron_job = |name: &str| {
        json!({
            "apiVersion": "batch/v1", "kind": "CronJob",
            "metadata": {"name": format!("uplift-{name}"), "namespace": trial, "labels": {"uplift.dev/template": "true"}},
            "spec": {"schedule": "0 0 31 2 *", "suspend": true, "jobTemplate": {"spec": {"template": {"spec": {
                "containers": [{"name": "main", "image": "tools"}],
            }}}}},
        })
    };
    let job = |name: &str| json!({"cronJobRef": {"name": format!("uplift-{name}")}});
    let count = json!({"name": "mail", "expect": "0", "cronJobRef": {"name": "uplift-count"}});
    let mut all = vec![
        json!({
            "apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance", "metadata": {"name": own, "namespace": own},
            "spec": {
                "customer": {"displayName": own}, "windowRef": {"name": "uk-evenings"},
                "contacts": [{"name": "it", "email": format!("it@{own}.example.test")}],
                "trials": {"namespace": trial}, "workloads": [{"kind": "Deployment", "name": "dashboard"}],
            },
        }),
        json!({
            "apiVersion": "uplift.dev/v1alpha1", "kind": "UpgradeTrial", "metadata": {"name": "trial", "namespace": trial},
            "spec": {
                "tenantRef": {"namespace": own, "name": own}, "ttl": "1h",
                "workloads": [{"kind": "Deployment", "name": "dashboard", "replicas": 1}],
                "jobs": {
                    "egress": job("egress"), "restore": job("restore"), "scrub": job("scrub"), "scrubbed": [count],
                    "clean": job("clean"),
                },
            },
        }),
        deployment(&own, 1),
        deployment(&trial, 0),
    ];
    all.extend(["egress", "restore", "scrub", "count", "clean"].map(cron_job));
    all
}

fn asked(nth: usize) -> Value {
    json!({"at": "2026-12-02T09:00:00Z", "annotate": {"tenant": format!("c{nth:02}/c{nth:02}"), "set": {"uplift.dev/trial": "2026.12.0"}}})
}

fn fleet() -> Simulation {
    let manifests: Vec<_> = (0..MANY).flat_map(tenant).map(|one| one.to_string()).collect();
    let events = (0..MANY).map(asked).collect::<Value>().to_string();
    begun(&manifests.join("\n---\n"), &events, "2026-12-06T00:00:00Z")
}

/// How many runs are on, how many trials wait for another to end, and how many have had theirs.
fn counted(world: &World) -> [usize; 3] {
    let statuses: Vec<_> = world.objects().filter_map(|object| object.trial()).map(|(_, status)| status).collect();
    let waits = |reason| reason == Some(Reason::TrialsAtLimit);
    [
        statuses.iter().filter(|status| status.run.is_some()).count(),
        statuses.iter().filter(|status| waits(condition::reason(&status.conditions, condition::AVAILABLE))).count(),
        statuses.iter().filter(|status| status.run.is_none() && status.runs.len() == 1).count(),
    ]
}

#[test]
fn a_hundred_requests_at_once_run_three_at_a_time_and_each_has_its_run() {
    let mut simulation = fleet();
    let (mut most, mut waited) = (0, 0);
    while simulation.step().unwrap() != Step::Ended {
        let [on, waits, _] = counted(simulation.world());
        (most, waited) = (most.max(on), waited.max(waits));
    }
    assert_eq!((most, waited, counted(simulation.world())), (3, MANY - 3, [0, 0, MANY]));
}
