//! R22: the same for an upgrade of two workloads that fails and goes back, comes up badly on its way back, may not go back, or is tried again
//! while its slot is open.

use super::{Format, Options, Simulation, failures, fault_free, load, wrong};

const TENANT: &str = include_str!("rollback.yaml");

const RETRY: &str = "
- {at: 2026-12-15T18:30:00Z, rollout: {workload: zeta/worker, outcome: Succeeds}}
- {at: 2026-12-15T18:40:00Z, annotate: {tenant: zeta/zeta, set: {uplift.dev/retry: 7b23055e2eaf-1}}}
";

fn failing(more: &str) -> Simulation {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("manifests");
    std::fs::create_dir(&dir).unwrap();
    std::fs::copy("tests/scenarios/base/fleet.yaml", dir.join("base.yaml")).unwrap();
    std::fs::write(dir.join("tenant.yaml"), TENANT).unwrap();
    let events = folder.path().join("events.yaml");
    let fails = "- {at: 2026-12-10T00:00:00Z, rollout: {workload: zeta/worker, outcome: Fails, takes: 90s}}";
    std::fs::write(&events, format!("{fails}\n{more}")).unwrap();
    let [from, until] = ["2026-12-01T00:00:00Z", "2026-12-16T00:00:00Z"].map(|at| at.parse().unwrap());
    load(&Options { dir, from, until, events: Some(events), output: Format::Json }, &mut std::io::sink()).unwrap()
}

/// The results that the run comes to, and what a fault at any of its acts breaks.
fn judged(more: &str) -> (Vec<String>, Vec<String>) {
    let run = failing(more);
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
        let (results, broken) = judged(more);
        let wanted = ["Succeeded"].iter().chain(wanted).map(ToString::to_string).collect();
        assert_eq!((results, broken), (wanted, vec![]));
    }
}
