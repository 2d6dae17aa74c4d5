//! R22: the same for an upgrade of two workloads that fails and goes back, comes up badly on its way back, may not go back, or is tried again
//! while its slot is open.

use super::{Format, Options, Simulation, failures, fault_free, load, wrong};

const TENANT: &str = include_str!("rollback.yaml");

const RETRY: &str = "
- {at: 2026-12-15T18:30:00Z, rollout: {workload: zeta/worker, outcome: Succeeds}}
- {at: 2026-12-15T18:40:00Z, annotate: {tenant: zeta/zeta, set: {uplift.dev/retry: 7b23055e2eaf-1}}}
";

/// The same tenant with a StatefulSet that comes up, and a DaemonSet that does not: its controller says nothing of that.
fn of_other_kinds() -> String {
    let named = |kind: &str, name: &str| format!("kind: {kind}, name: {name}");
    let object = |kind: &str, name: &str| format!("kind: {kind}\nmetadata: {{name: {name}, namespace: zeta}}\nspec:\n");
    let replicas = |object: String| format!("{object}  replicas: 1\n");
    let tenant = TENANT.replace(&named("Deployment", "dashboard"), &named("StatefulSet", "dashboard"));
    let tenant = tenant.replace(&object("Deployment", "dashboard"), &object("StatefulSet", "dashboard"));
    let tenant = tenant.replace(&named("Deployment", "worker"), &named("DaemonSet", "worker"));
    tenant.replace(&replicas(object("Deployment", "worker")), &object("DaemonSet", "worker"))
}

fn failing(tenant: &str, kind: &str, more: &str) -> Simulation {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("manifests");
    std::fs::create_dir(&dir).unwrap();
    std::fs::copy("tests/scenarios/base/fleet.yaml", dir.join("base.yaml")).unwrap();
    std::fs::write(dir.join("tenant.yaml"), tenant).unwrap();
    let events = folder.path().join("events.yaml");
    let fails =
        format!("- {{at: 2026-12-10T00:00:00Z, rollout: {{kind: {kind}, workload: zeta/worker, outcome: Fails, takes: 90s}}}}");
    std::fs::write(&events, format!("{fails}\n{more}")).unwrap();
    let [from, until] = ["2026-12-01T00:00:00Z", "2026-12-16T00:00:00Z"].map(|at| at.parse().unwrap());
    load(&Options { dir, from, until, events: Some(events), output: Format::Json }, &mut std::io::sink()).unwrap()
}

/// The results that the run comes to, and what a fault at any of its acts breaks.
fn judged(run: Simulation) -> (Vec<String>, Vec<String>) {
    let (before, expected) = fault_free(run.clone());
    assert_eq!(wrong(&before[0], &[], &expected), Vec::<String>::new());
    let mut run = run;
    run.run().unwrap();
    let status = |object: &std::sync::Arc<uplift::simulate::world::Object>| Some(object.tenant()?.1.clone());
    let results = run.world().objects().filter_map(status).flat_map(|status| status.history);
    (results.map(|entry| entry.result.name().to_owned()).collect(), failures(&before, &expected))
}

#[test]
fn a_rollback_survives_a_fault_at_every_single_act() {
    for (more, wanted) in [
        ("", &["RolledBack"][..]),
        ("- {at: 2026-12-10T00:00:00Z, rollback: {workload: zeta/dashboard, outcome: Hangs}}", &["RollbackFailed"]),
        (
            "- {at: 2026-12-10T00:00:00Z, patch: {kind: DashboardRelease, name: r-2026-12, merge: {spec: {rollout: {rollback: Manual}}}}}",
            &["Failed"],
        ),
        (RETRY, &["Succeeded", "RolledBack"]),
    ] {
        let (results, broken) = judged(failing(TENANT, "Deployment", more));
        let wanted = ["Succeeded"].iter().chain(wanted).map(ToString::to_string).collect();
        assert_eq!((results, broken), (wanted, vec![]));
    }
}

#[test]
fn a_rollback_of_other_kinds_survives_a_fault_at_every_single_act() {
    let (results, broken) = judged(failing(&of_other_kinds(), "DaemonSet", ""));
    assert_eq!((results, broken), (vec!["Succeeded".to_owned(), "RolledBack".to_owned()], vec![]));
}
