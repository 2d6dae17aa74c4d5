//! The operator dies, loses answers and meets conflicts at every act of a release's checks: each Job is made once (I11), its result is read,
//! and stands in the status as without a fault.

use std::{fs, io};

use serde_json::json;
use uplift::simulate::{Options, Simulation, load, output::Format};

use super::{fault_free, outlives};

/// A check that fails, is mended and run again; another that passes.
fn checked() -> Simulation {
    let folder = tempfile::tempdir().unwrap();
    let cron_job = |name: &str| {
        let pod = json!({"restartPolicy": "Never", "containers": [{"name": "smoke", "image": "registry.example.test/smoke:1"}]});
        json!({
            "apiVersion": "batch/v1", "kind": "CronJob",
            "metadata": {"name": name, "namespace": "uplift-acceptance", "labels": {"uplift.dev/template": "true"}},
            "spec": {"schedule": "0 0 31 2 *", "suspend": true, "jobTemplate": {"spec": {"template": {"spec": pod}}}},
        })
    };
    let checks = |attempt: u32| {
        let checks = json!([{"name": "smoke", "cronJobRef": {"name": "smoke"}, "attempt": attempt}, {"name": "load", "cronJobRef": {"name": "load"}}]);
        json!({"kind": "DashboardRelease", "name": "r-2026-12", "merge": {"spec": {"acceptance": {"checks": checks}}}})
    };
    let events = json!([
        {"at": "2026-12-01T00:00:00Z", "job": {"cronJob": "uplift-acceptance/smoke", "outcome": "Fails", "message": "2 are empty"}},
        {"at": "2026-12-01T00:00:00Z", "patch": checks(1)},
        {"at": "2026-12-01T06:00:00Z", "job": {"cronJob": "uplift-acceptance/smoke", "outcome": "Succeeds", "message": "12"}},
        {"at": "2026-12-01T06:00:00Z", "patch": checks(2)},
    ]);
    let manifests = folder.path().join("manifests");
    fs::create_dir(&manifests).unwrap();
    fs::copy("tests/scenarios/base/fleet.yaml", manifests.join("base.yaml")).unwrap();
    for name in ["smoke", "load"] {
        fs::write(manifests.join(format!("{name}.yaml")), cron_job(name).to_string()).unwrap();
    }
    fs::write(folder.path().join("events.yaml"), events.to_string()).unwrap();
    let [from, until] = ["2026-12-01T00:00:00Z", "2026-12-16T00:00:00Z"].map(|at| at.parse().unwrap());
    let options = Options { dir: manifests, from, until, events: Some(folder.path().join("events.yaml")), output: Format::Json };
    load(&options, &mut io::sink()).unwrap()
}

#[test]
fn checks_by_job_outlive_every_fault_at_every_act() {
    let (before, expected) = fault_free(checked());
    let release = expected.get("DashboardRelease r-2026-12").unwrap();
    assert!(release.contains("smoke 2 Passed 12") && release.contains("load 1 Passed"), "{release}");
    outlives(&before, &expected);
}
