//! R19: the same for upgrades with hooks and probes: that succeed, are tried again, fail before and after the images, go back, stay, and are
//! told apart by what they measured. Each Job runs once for each try (I11), and every invariant holds, whatever happens at any act.

use std::{fs, io, sync::Arc};

use serde_json::{Value, json};
use uplift::simulate::{Options, Simulation, load, output::Format, world::Object};

use super::{fault_free, outlives, wrong};

const TENANT: &str = include_str!("rollback.yaml");
const CRON_JOBS: [&str; 5] = ["uplift-backup", "uplift-migrate", "uplift-verify", "uplift-count", "uplift-restore"];

fn cron_job(name: &str) -> Value {
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "main", "image": "registry.example.test/tools:1"}]});
    json!({
        "apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": name, "namespace": "zeta", "labels": {"uplift.dev/template": "true"}},
        "spec": {"schedule": "0 0 31 2 *", "suspend": true, "jobTemplate": {"spec": {"template": {"spec": pod}}}},
    })
}

/// The upgrade of one tenant of two workloads. Its backup takes so long that what happens at 18:10 happens while it runs, in every run.
fn hooked(changes_data: bool, events: &[Value]) -> Simulation {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("manifests");
    fs::create_dir(&dir).unwrap();
    fs::copy("tests/scenarios/base/fleet.yaml", dir.join("base.yaml")).unwrap();
    fs::write(dir.join("tenant.yaml"), TENANT).unwrap();
    for name in CRON_JOBS {
        fs::write(dir.join(format!("{name}.json")), cron_job(name).to_string()).unwrap();
    }
    let hook = |name: &str, more: &Value| {
        let mut hook = json!({"name": name, "cronJobRef": {"name": format!("uplift-{name}")}});
        hook.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        hook
    };
    let hooks = json!({
        "before": [hook("backup", &json!({"changesData": false})), hook("migrate", &json!({"retries": 1, "changesData": changes_data}))],
        "after": [hook("verify", &json!({}))],
    });
    let probes = json!([{"name": "invoices", "cronJobRef": {"name": "uplift-count"}, "compare": "NotLess"}]);
    let patch = |spec: &Value| json!({"kind": "TenantInstance", "namespace": "zeta", "name": "zeta", "merge": {"spec": spec}});
    let job = |name: &str, more: &Value| {
        let mut job = json!({"cronJob": format!("zeta/uplift-{name}"), "outcome": "Succeeds", "takes": "60s"});
        job.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"at": "2026-12-02T00:00:00Z", "job": job})
    };
    let mut all = vec![
        // The other tenant of the fleet is of no interest here.
        json!({"at": "2026-12-01T00:00:00Z", "delete": {"kind": "TenantInstance", "namespace": "acme", "name": "acme"}}),
        json!({"at": "2026-12-01T00:00:00Z", "patch": patch(&json!({"hooks": hooks, "probes": probes}))}),
        job("backup", &json!({"takes": "20m"})),
        job("count", &json!({"message": "48211"})),
    ];
    all.extend_from_slice(events);
    let file = folder.path().join("events.yaml");
    fs::write(&file, Value::from(all).to_string()).unwrap();
    let [from, until] = ["2026-12-01T00:00:00Z", "2026-12-16T00:00:00Z"].map(|at| at.parse().unwrap());
    load(&Options { dir, from, until, events: Some(file), output: Format::Json }, &mut io::sink()).unwrap()
}

/// The same tenant with its data saved first, and brought back on the way back.
fn with_data(events: &[Value]) -> Simulation {
    let data =
        json!({"backup": {"cronJobRef": {"name": "uplift-backup"}}, "restore": {"cronJobRef": {"name": "uplift-restore"}}});
    let spec = json!({"data": data});
    let mut all = vec![json!({
        "at": "2026-12-01T00:00:00Z", "patch": {"kind": "TenantInstance", "namespace": "zeta", "name": "zeta", "merge": {"spec": spec}},
    })];
    all.extend_from_slice(events);
    hooked(true, &all)
}

/// R38, R39: the backup takes twenty minutes, so what happens at 18:10 happens while it runs, in every run.
#[test]
fn backup_and_restore_outlive_every_fault_at_every_act() {
    let meanwhile = "2026-12-15T18:10:00Z";
    let before = "2026-12-10T00:00:00Z";
    for (events, wanted) in [
        (vec![], "Succeeded "),
        (vec![job(before, "backup", "Fails", "disk full")], "Failed BackupFailed"),
        (vec![job(meanwhile, "migrate", "Fails", "locked")], "RolledBack HookFailed"),
        (vec![job(meanwhile, "verify", "Fails", "500")], "RolledBack HookFailed"),
        (vec![job(meanwhile, "verify", "Fails", "500"), job(meanwhile, "restore", "Fails", "gone")], "RollbackFailed HookFailed"),
    ] {
        let run = with_data(&events);
        assert_eq!(results(run.clone()), [wanted], "{events:?}");
        let (before, expected) = fault_free(run);
        assert_eq!(wrong(&before[0], &[], &expected), Vec::<String>::new());
        println!("{wanted}");
        outlives(&before, &expected);
    }
}

fn job(at: &str, name: &str, outcome: &str, message: &str) -> Value {
    json!({"at": at, "job": {"cronJob": format!("zeta/uplift-{name}"), "outcome": outcome, "takes": "90s", "message": message}})
}

fn results(mut run: Simulation) -> Vec<String> {
    run.run().unwrap();
    let status = |object: &Arc<Object>| Some(object.tenant()?.1.clone());
    let history = run.world().objects().filter_map(status).flat_map(|status| status.history);
    history
        .map(|entry| format!("{} {}", entry.result.name(), entry.reason.map(|why| why.to_string()).unwrap_or_default()))
        .collect()
}

#[test]
fn hooks_and_probes_outlive_every_fault_at_every_act() {
    let meanwhile = "2026-12-15T18:10:00Z";
    for (changes_data, events, wanted) in [
        (true, vec![], "Succeeded "),
        // The first Job of the migration fails; so does the second.
        (true, vec![job(meanwhile, "migrate", "Fails", "locked")], "Failed HookFailed"),
        (false, vec![job(meanwhile, "verify", "Fails", "500")], "RolledBack HookFailed"),
        (true, vec![job(meanwhile, "verify", "Hangs", "")], "Failed HookFailed"),
        (false, vec![job(meanwhile, "count", "Succeeds", "48210")], "RolledBack ProbeDiffers"),
        (false, vec![job(meanwhile, "count", "Succeeds", "")], "RolledBack ProbeBroken"),
    ] {
        let run = hooked(changes_data, &events);
        assert_eq!(results(run.clone()), [wanted], "{events:?}");
        let (before, expected) = fault_free(run);
        assert_eq!(wrong(&before[0], &[], &expected), Vec::<String>::new());
        println!("{wanted}");
        outlives(&before, &expected);
    }
}

/// The first Job of the migration fails, and while it runs it is mended: the second succeeds, in every run.
#[test]
fn a_hook_that_is_tried_again_outlives_every_fault_at_every_act() {
    let fails =
        json!({"at": "2026-12-10T00:00:00Z", "job": {"cronJob": "zeta/uplift-migrate", "outcome": "Fails", "takes": "20m"}});
    let run = hooked(true, &[fails, job("2026-12-15T18:30:00Z", "migrate", "Succeeds", "12 tables")]);
    assert_eq!(results(run.clone()), ["Succeeded "]);
    let (before, expected) = fault_free(run);
    outlives(&before, &expected);
}

fn grant(at: &str, answer: &str) -> Value {
    json!({"at": at, "jobs": {"namespace": "zeta", "answer": answer}})
}

/// R19: Jobs are refused before the start, over the cut-off, and granted in the slot; they are refused while it runs, and granted before the hook's deadline.
#[test]
fn refusals_before_and_after_the_start_outlive_every_fault_at_every_act() {
    for (events, wanted) in [
        (vec![grant("2026-12-01T00:00:00Z", "NotGranted"), grant("2026-12-15T18:40:00Z", "Granted")], "Succeeded "),
        (vec![grant("2026-12-15T18:10:00Z", "Refused"), grant("2026-12-15T18:35:00Z", "Granted")], "Succeeded "),
        (vec![grant("2026-12-15T18:10:00Z", "Refused")], "Failed HookFailed"),
    ] {
        let run = hooked(true, &events);
        assert_eq!(results(run.clone()), [wanted], "{events:?}");
        let (before, expected) = fault_free(run);
        assert_eq!(wrong(&before[0], &[], &expected), Vec::<String>::new());
        outlives(&before, &expected);
    }
}
