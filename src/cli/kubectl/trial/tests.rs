//! What people see and may say of the example's trial, at instants of its day.

use std::{fmt::Write, path::PathBuf};

use serde_json::json;

use super::{follow::Heard, list, said};
use crate::{
    api::{
        TenantInstance, UpgradeTrial, annotations as keys,
        tenant::TrialPolicy,
        trial::{Purpose, TrialAnswer},
    },
    cli::kubectl::{
        output::{self, Output},
        tests::{fits, fleet_of, golden, instant},
    },
    fleet::{Fleet, TenantKey},
};

const DAY: [&str; 5] =
    ["2026-12-02T08:00:00Z", "2026-12-02T09:03:00Z", "2026-12-02T12:00:00Z", "2026-12-02T16:00:20Z", "2026-12-03T08:00:00Z"];

fn fleet(at: &str) -> Fleet {
    fleet_of(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/trial"), at)
}

fn key() -> TenantKey {
    TenantKey::new("acme", "dashboard")
}

/// The trial of the example as people read it at this instant, with this answer.
fn trial(at: &str, answer: Option<&str>) -> UpgradeTrial {
    let fleet = fleet(at);
    let (key, trial) = fleet.trials.iter().next().unwrap();
    let mut object = UpgradeTrial::new(&key.name, trial.spec.clone().unwrap());
    object.metadata.namespace = Some(key.namespace.clone());
    object.metadata.annotations = answer.map(|answer| [(keys::TRIAL_ANSWER.to_owned(), answer.to_owned())].into());
    object.status = trial.status.clone().ok();
    object
}

fn tenant(asked: Option<&str>, trials: Option<&str>) -> TenantInstance {
    let mut tenant = json!({
        "metadata": {"name": "dashboard", "namespace": "acme"},
        "spec": {"customer": {"displayName": "Acme"}, "windowRef": {"name": "w"}, "workloads": [{"kind": "Deployment", "name": "d"}]},
    });
    if let Some(asked) = asked {
        tenant["metadata"]["annotations"] = json!({keys::TRIAL: asked});
    }
    if let Some(namespace) = trials {
        tenant["spec"]["trials"] = json!({"namespace": namespace});
    }
    serde_json::from_value(tenant).unwrap()
}

#[test]
fn a_day_of_the_example_is_listed_and_followed() {
    let (mut shown, mut heard) = (String::new(), Heard::default());
    for at in DAY {
        let lines = list::lines(&fleet(at), instant(at));
        let table = output::text(Output::Table, &lines).unwrap();
        fits(&table);
        writeln!(shown, "At {at}\n{table}").unwrap();
        for line in heard.hear(&trial(at, None), "2026.12.0", &key()).0 {
            writeln!(shown, "{line}").unwrap();
        }
        writeln!(shown).unwrap();
    }
    let lines = list::lines(&fleet(DAY[2]), instant(DAY[2]));
    write!(shown, "As CSV\n{}", output::text(Output::Csv, &lines).unwrap().replace('\r', "")).unwrap();
    golden("trial.txt", &shown);
}

#[test]
fn what_can_be_asked_for_depends_on_what_stands() {
    let ask =
        |at: usize, asked, answer| said::ask(&key(), &tenant(asked, Some("acme-trial")), &trial(DAY[at], answer), "2026.12.0");
    assert_eq!(ask(0, None, None), Ok(said::Ask::Write));
    assert_eq!(ask(0, Some("2026.12"), None), Ok(said::Ask::Already), "it waits");
    assert_eq!(ask(2, Some("2026.12.0"), None), Ok(said::Ask::Already), "it is on");
    assert_eq!(ask(4, None, None), Ok(said::Ask::WriteWhenForgotten), "the same that was there before");
    for (at, asked, answer, says) in [
        (0, Some("2026.11.5"), None, "2026.11.5 is asked for already, and waits"),
        (
            0,
            None,
            Some("Confirmed"),
            "the answer Confirmed of the run before still stands on upgradetrial trial in namespace acme-trial",
        ),
        (2, Some("2026.11.5"), None, "a run of 2026.12.0 is on"),
        (3, Some("2026.12.0"), Some("Confirmed"), "the run of 2026.12.0 is over, and not cleaned yet: the data are there"),
        (4, Some("2026.12.0"), None, "the request of 2026.12.0 that stands had its run: Passed, Confirmed, answered by"),
    ] {
        let no = ask(at, asked, answer).unwrap_err();
        assert!(no.contains(says) && no.contains("kubectl uplift trial end acme/dashboard"), "{at} {asked:?}: {no}");
    }
}

/// R37: what the policy asks for is not ended by taking a request back, and whoever asks for the same gets it.
#[test]
fn a_run_that_the_policy_asks_for_is_ended_by_an_answer_alone() {
    let required = |at: &str| {
        let mut trial = trial(at, None);
        trial.status.as_mut().unwrap().run.as_mut().unwrap().purpose = Purpose::Required;
        trial
    };
    let ask = |version| said::ask(&key(), &tenant(None, Some("acme-trial")), &required(DAY[2]), version);
    assert_eq!(ask("2026.12"), Ok(said::Ask::Write));
    let no = ask("2026.11.5").unwrap_err();
    assert!(
        no.contains("policy of the tenant is Required")
            && no.contains("trial confirm acme/dashboard")
            && !no.contains("trial end"),
        "{no}"
    );
    let early = said::may_answer(&key(), &required(DAY[1]), TrialAnswer::Rejected).unwrap_err();
    assert!(early.contains("so it goes on") && !early.contains("trial end"), "{early}");
    assert!(said::after_the_end(Some(&required(DAY[2]))).contains("goes on"));
    let mut never = tenant(None, Some("acme-trial"));
    never.spec.trials.as_mut().unwrap().policy = TrialPolicy::None;
    assert!(said::ask(&key(), &never, &trial(DAY[0], None), "2026.12.0").unwrap_err().contains("nothing of it is tried"));
}

#[test]
fn only_who_could_look_answers_and_once() {
    let may = |at: usize, answer, said| said::may_answer(&key(), &trial(DAY[at], answer), said);
    assert_eq!(may(2, None, TrialAnswer::Confirmed), Ok(true));
    assert_eq!(may(2, Some("Rejected"), TrialAnswer::Rejected), Ok(false), "said already");
    assert_eq!(may(3, Some("Confirmed"), TrialAnswer::Confirmed), Ok(false), "heard already");
    for (at, answer, said, says) in [
        (0, None, TrialAnswer::Confirmed, "no run of a trial of acme/dashboard is on that could be answered"),
        (1, None, TrialAnswer::Rejected, "nobody can look at 2026.12.0 yet: version 2026.12.0 is made ready; step backup is on"),
        (2, Some("Confirmed"), TrialAnswer::Rejected, "was answered already: Confirmed"),
        (3, Some("Confirmed"), TrialAnswer::Rejected, "the run of 2026.12.0 is over (Passed, Confirmed)"),
        (4, None, TrialAnswer::Confirmed, "kubectl uplift trial start acme/dashboard"),
    ] {
        let no = may(at, answer, said).unwrap_err();
        assert!(no.contains(says), "{at}: {no}");
    }
}

#[test]
fn an_answer_stays_until_the_run_has_it() {
    assert!(!said::answer_is_done_with(&trial(DAY[2], Some("Rejected"))), "nobody has heard it");
    assert!(said::answer_is_done_with(&trial(DAY[3], Some("Rejected"))));
    assert!(said::answer_is_done_with(&trial(DAY[0], Some("Rejected"))));
    assert!(!said::answer_is_done_with(&trial(DAY[4], None)), "there is none");
}

#[test]
fn a_tenant_has_one_trial_where_it_says() {
    let none = said::namespace(&key(), &tenant(None, None)).unwrap_err();
    assert!(none.contains("names no namespace for a trial"), "{none}");
    assert_eq!(said::namespace(&key(), &tenant(None, Some("acme-trial"))), Ok("acme-trial"));
    let (ours, other) = (trial(DAY[0], None), {
        let mut other = trial(DAY[0], None);
        other.spec.tenant_ref.namespace = "birch".into();
        other
    });
    let only = |there| said::only(&key(), "acme-trial", there);
    assert!(only(vec![ours.clone()]).is_ok());
    assert!(only(vec![]).unwrap_err().contains("there is no UpgradeTrial"));
    assert!(only(vec![other.clone()]).unwrap_err().contains("of another tenant: trial of birch/dashboard"));
    assert!(only(vec![ours, other]).unwrap_err().contains("one trial's alone"));
}
