//! R34 to R37: the same for trials: one that is confirmed, one that opens while people look, one that is withdrawn while data come in, and one whose
//! `clean` fails first.

use serde_json::{Value, json};
use uplift::simulate::{Simulation, events};

use super::{end_state, example, fault_free, outlives, wrong};

/// The month of the example until it is empty again, and what happens besides.
fn trial(more: &[Value]) -> Simulation {
    until("2026-12-04T00:00:00Z", more)
}

fn until(end: &str, more: &[Value]) -> Simulation {
    let mut run = example("trial", end);
    for (nth, event) in more.iter().enumerate() {
        run.add(events::read(1000 + nth, event).unwrap().unwrap());
    }
    run
}

fn job(at: &str, name: &str, outcome: &str, takes: &str, message: &str) -> Value {
    let cron_job = format!("acme-trial/uplift-{name}");
    json!({"at": at, "job": {"cronJob": cron_job, "outcome": outcome, "takes": takes, "message": message}})
}

/// What happens meanwhile happens in the middle of something long, in every run.
#[test]
fn trials_outlive_every_fault_at_every_act() {
    let before = "2026-12-01T00:00:00Z";
    let withdrawn =
        json!({"at": "2026-12-02T09:20:00Z", "annotate": {"tenant": "acme/dashboard", "remove": ["uplift.dev/trial"]}});
    for (more, wanted) in [
        (vec![], "false Passed Some(Confirmed) Confirmed"),
        (
            vec![job("2026-12-02T09:40:00Z", "egress", "Succeeds", "60s", "smtp.corp.example/25")],
            "false Failed None QuarantineNotEnforced",
        ),
        (vec![job(before, "restore", "Succeeds", "30m", ""), withdrawn], "false Failed None TrialWithdrawn"),
        (
            vec![job(before, "clean", "Fails", "30m", "in use"), job("2026-12-02T16:40:00Z", "clean", "Succeeds", "60s", "")],
            "false Passed Some(Confirmed) Confirmed",
        ),
    ] {
        let run = trial(&more);
        let mut played = run.clone();
        played.run().unwrap();
        assert_eq!(end_state(&played)["UpgradeTrial acme-trial/trial"], wanted);
        let (before, expected) = fault_free(run);
        assert_eq!(wrong(&before[0], &[], &expected), Vec::<String>::new());
        println!("{wanted}: {} acts", before.len());
        outlives(&before, &expected);
    }
}

/// The version is tried by itself, confirmed, announced, and then it comes.
#[test]
fn a_month_with_a_required_trial_outlives_every_fault_at_every_act() {
    let spec = json!({"trials": {"namespace": "acme-trial", "policy": "Required"}});
    let required = json!({"kind": "TenantInstance", "namespace": "acme", "name": "dashboard", "merge": {"spec": spec}});
    let run = until("2026-12-16T00:00:00Z", &[json!({"at": "2026-12-01T00:00:00Z", "patch": required})]);
    let mut played = run.clone();
    played.run().unwrap();
    let end = end_state(&played);
    assert_eq!(end["UpgradeTrial acme-trial/trial"], "false Passed Some(Confirmed) Confirmed");
    assert!(end["Deployment acme/dashboard"].ends_with(":2026.12.0"), "{end:?}");
    let (before, expected) = fault_free(run);
    assert_eq!(wrong(&before[0], &[], &expected), Vec::<String>::new());
    println!("required: {} acts", before.len());
    outlives(&before, &expected);
}
