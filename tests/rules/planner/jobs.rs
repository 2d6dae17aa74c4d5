//! R26: what the API server refuses, and whose a Job is.

use uplift::{
    api::{DashboardReleaseStatus, TenantInstanceStatus, condition, reason::Reason, release::CheckRun},
    fleet::{ACCEPTANCE_NAMESPACE, Ended, Fleet, JobKey, JobRead, ObjectKey, Refusal, RefusedBy},
    plan::{Change, Plan, open_jobs, plan},
};

use super::{at, world};

const TEMPLATE: &str = "
apiVersion: batch/v1
kind: CronJob
metadata: {name: smoke, namespace: uplift-acceptance, labels: {uplift.dev/template: 'true'}}
spec: {schedule: 0 0 31 2 *, suspend: true, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: smoke, image: a}]}}}}}
";
const CHECKED: &str = "
- {at: 2026-12-01T00:00:00Z, patch: {kind: DashboardRelease, name: r-2026-12, merge: {spec: {acceptance: {checks: [{name: smoke, cronJobRef: {name: smoke}}]}}}}}
";
const NOW: &str = "2026-12-01T00:01:00Z";

/// A fleet whose release has a check by Job; the Job runs.
fn running() -> (Fleet, JobKey) {
    let (fleet, _) = world(TEMPLATE, CHECKED, NOW);
    let job = fleet.jobs.keys().next().unwrap().clone();
    (fleet, job)
}

/// The same before anything was made.
fn wanted() -> Fleet {
    let (mut fleet, _) = running();
    fleet.jobs.clear();
    fleet.releases.get_mut("r-2026-12").unwrap().status.as_mut().unwrap().checks.clear();
    fleet
}

fn makes(plan: &Plan) -> bool {
    plan.writes.iter().any(|write| matches!(write.change, Change::Job { .. }))
}

/// The status of the release as it is to be written, or stands there.
fn status(fleet: &Fleet) -> DashboardReleaseStatus {
    let plan = plan(fleet, at(NOW));
    let written = plan.writes.iter().find_map(|write| match &write.change {
        Change::ReleaseStatus { release, status } if release == "r-2026-12" => Some((**status).clone()),
        _ => None,
    });
    written.unwrap_or_else(|| fleet.releases["r-2026-12"].status.clone().unwrap())
}

fn accepted(fleet: &Fleet) -> (Option<Reason>, String) {
    let status = status(fleet);
    let condition = condition::get(&status.conditions, condition::ACCEPTED).unwrap();
    (Reason::named(&condition.reason), condition.message.clone())
}

#[test]
fn a_job_is_made_once_it_is_wanted_and_not_while_that_is_under_way() {
    let mut fleet = wanted();
    let plan = plan(&fleet, at(NOW));
    assert!(makes(&plan));
    for write in &plan.writes {
        let sent = uplift::fleet::Outstanding { effect: write.change.effect(), sent_at: at(NOW) };
        fleet.outstanding.insert(write.object(), sent);
    }
    assert!(!makes(&uplift::plan::plan(&fleet, at(NOW))));
}

#[test]
fn a_job_of_another_owner_id_or_step_is_not_ours_and_nothing_is_taken_from_it() {
    let (fleet, key) = running();
    assert_eq!(accepted(&fleet).0, Some(Reason::CheckPending));
    let others: [fn(&mut uplift::fleet::Job); 4] = [
        |job| job.owner = Some("another".into()),
        |job| job.owner = None,
        |job| job.id = "another".into(),
        |job| job.step = "another".into(),
    ];
    for other in others {
        let mut fleet = fleet.clone();
        other(fleet.jobs.get_mut(&key).unwrap());
        let (reason, message) = accepted(&fleet);
        assert!(reason == Some(Reason::JobForeign) && message.contains(&key.to_string()), "{reason:?}: {message}");
    }
}

/// A read says nothing of a Job that has not ended here, nor of one that was never here.
#[test]
fn a_read_counts_only_for_a_job_that_has_ended_or_vanished() {
    let read = || JobRead { job: None, message: "x".into() };
    let (mut fleet, key) = running();
    fleet.job_reads.insert(key, read());
    assert_eq!(accepted(&fleet).0, Some(Reason::CheckPending));
    let mut fleet = wanted();
    let job = open_jobs(&fleet, "r-2026-12").remove(0).job;
    fleet.job_reads.insert(job, read());
    assert!(makes(&plan(&fleet, at(NOW))));
}

#[test]
fn what_keeps_a_job_from_being_made_is_told_in_words_and_it_is_tried_again() {
    let mut fleet = wanted();
    let job = open_jobs(&fleet, "r-2026-12").remove(0).job;
    let mut refused = |by: RefusedBy| {
        let refusal = Refusal { intent: None, owner: None, message: "names a Secret".into(), by };
        fleet.refused.insert(ObjectKey::Job(job.clone()), refusal);
        assert!(makes(&plan(&fleet, at(NOW))), "it is tried again, when the queue lets it");
        accepted(&fleet)
    };
    let (reason, message) = refused(RefusedBy::Rights);
    assert!(reason == Some(Reason::JobsNotGranted) && message.contains("bind the ClusterRole uplift-jobs"), "{message}");
    assert!(message.contains(ACCEPTANCE_NAMESPACE), "{message}");
    let (reason, message) = refused(RefusedBy::Else);
    assert!(reason == Some(Reason::JobRefused) && message.contains("names a Secret"), "{message}");
    assert_eq!(refused(RefusedBy::Another).0, Some(Reason::JobForeign));
}

#[test]
fn nothing_begins_on_a_release_that_is_stopped() {
    for stop in ["suspend", "withdrawn"] {
        let patch = format!(
            "- {{at: 2026-12-01T00:00:00Z, patch: {{kind: DashboardRelease, name: r-2026-12, merge: {{spec: {{{stop}: {{reason: x}}}}}}}}}}\n"
        );
        let (fleet, _) = world(TEMPLATE, &format!("{patch}{CHECKED}"), NOW);
        assert!(fleet.jobs.is_empty() && !makes(&plan(&fleet, at(NOW))), "{stop}");
    }
}

/// R1: of several checks that have not passed the one is named that people must do something about.
#[test]
fn a_failed_check_is_named_before_one_that_cannot_run_and_that_before_a_missing_one() {
    let (mut fleet, _) = world(
        "",
        "
- at: 2026-12-01T00:00:00Z
  patch:
    kind: DashboardRelease
    name: r-2026-12
    merge:
      spec:
        acceptance:
          checks: [{name: platform, manual: {}}, {name: smoke, cronJobRef: {name: smoke}}, {name: load, manual: {}}]
          signOffs: [{check: load, result: Failed}]
",
        NOW,
    );
    assert!(accepted(&fleet).1.contains("\"load\""), "it failed: {:?}", accepted(&fleet));
    fleet.releases.get_mut("r-2026-12").unwrap().spec.as_mut().unwrap().acceptance.sign_offs.clear();
    assert_eq!(accepted(&fleet).0, Some(Reason::JobTemplateMissing), "nobody made the CronJob: {:?}", accepted(&fleet));
    fleet.releases.get_mut("r-2026-12").unwrap().spec.as_mut().unwrap().acceptance.checks.remove(1);
    assert!(accepted(&fleet).1.contains("\"platform\""), "its result is missing: {:?}", accepted(&fleet));
}

/// Of checks that were renamed again and again 64 runs are remembered, and never at the cost of one that the release names.
#[test]
fn runs_of_checks_that_the_release_names_no_more_are_forgotten_first() {
    let (mut fleet, _) = running();
    let runs = &mut fleet.releases.get_mut("r-2026-12").unwrap().status.as_mut().unwrap().checks;
    let run = runs[0].clone();
    *runs = (0..64).map(|nth| CheckRun { name: format!("renamed-{nth:02}"), ..run.clone() }).collect();
    runs.push(run);
    let names: Vec<_> = status(&fleet).checks.into_iter().map(|run| run.name).collect();
    assert_eq!((names.len(), names.first().unwrap().as_str(), names.last().unwrap().as_str()), (64, "renamed-01", "smoke"));
}

/// A status that does not parse holds the results of checks: a release that has checks is not accepted by what nobody can read.
#[test]
fn a_release_whose_results_cannot_be_read_is_not_accepted() {
    for (checks, wanted) in
        [("checks: [{name: platform, manual: {}}], signOffs: [{check: platform, result: Passed}]", false), ("", true)]
    {
        let events = format!(
            "- {{at: 2026-12-01T00:00:00Z, patch: {{kind: DashboardRelease, name: r-2026-12, merge: {{spec: {{acceptance: {{{checks}}}}}}}}}}}"
        );
        let (mut fleet, _) = world("", &events, NOW);
        fleet.tenants.values_mut().for_each(|tenant| tenant.status = Ok(TenantInstanceStatus::default()));
        fleet.releases.get_mut("r-2026-12").unwrap().status = Err("no status".into());
        let plans = plan(&fleet, at(NOW)).writes.iter().any(|write| match &write.change {
            Change::TenantStatus { status, .. } => {
                status.upgrade.as_ref().is_some_and(|up| up.slot.is_some() || up.expected_at.is_some())
                    && status.blockers.is_empty()
            }
            _ => false,
        });
        assert_eq!(plans, wanted, "{checks}");
    }
}

/// What ended has run: that nobody may read how is said as that, until it is read.
#[test]
fn a_check_whose_result_may_not_be_read_says_so() {
    let (mut fleet, job) = running();
    let ended = Ended { succeeded: true, deadline_exceeded: false, message: String::new(), at: at(NOW) };
    fleet.jobs.get_mut(&job).unwrap().ended = Some(ended);
    let refusal = Refusal { intent: None, owner: None, message: "no".into(), by: RefusedBy::Rights };
    fleet.refused.insert(ObjectKey::Job(job), refusal);
    let (reason, message) = accepted(&fleet);
    assert_eq!(reason, Some(Reason::JobsNotGranted));
    assert!(message.contains("the result of check \"smoke\" could not be read: the operator may not make Jobs"), "{message}");
}
