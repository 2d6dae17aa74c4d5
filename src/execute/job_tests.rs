use std::collections::BTreeMap;

use super::*;

fn new() -> NewJob {
    NewJob {
        template: "uplift-smoke".into(),
        template_version: "7".into(),
        owner: ObjectKey::Release("dashboard".into()),
        owner_uid: "u".into(),
        id: "u".into(),
        step: "smoke".into(),
        deadline: 1800,
        images: BTreeMap::from([("web".into(), "registry/web:2".into())]),
        env: BTreeMap::from([("UPLIFT_ID".into(), "u".into())]),
    }
}

fn made() -> Value {
    let containers =
        json!([{"name": "web", "image": "old", "env": [{"name": "UPLIFT_ID", "value": "x"}, {"name": "A", "value": "1"}]}]);
    let template = json!({
        "metadata": {"labels": {"app": "dashboard"}, "annotations": {"a": "b"}},
        "spec": {"restartPolicy": "OnFailure", "containers": containers, "initContainers": [{"name": "wait", "image": "tool"}]},
    });
    let cron_job = json!({"spec": {"jobTemplate": {"spec": {"backoffLimit": 6, "template": template}}}});
    body(&JobKey::new("n", "uplift-smoke-1"), &new(), &cron_job)
}

#[test]
fn a_job_runs_one_pod_once_with_our_labels_alone() {
    let job = made();
    assert_eq!((&job["spec"]["backoffLimit"], &job["spec"]["activeDeadlineSeconds"]), (&json!(0), &json!(1800)));
    let pod = &job["spec"]["template"];
    assert_eq!(pod["spec"]["restartPolicy"], "Never");
    assert_eq!(pod["metadata"]["labels"], json!({ID_LABEL: "u", STEP_LABEL: "smoke", CRON_JOB_LABEL: "uplift-smoke"}));
    assert_eq!(pod["spec"]["automountServiceAccountToken"], false);
}

#[test]
fn a_container_named_like_a_component_runs_its_image_and_all_are_told() {
    let pod = &made()["spec"]["template"]["spec"];
    let (web, wait) = (&pod["containers"][0], &pod["initContainers"][0]);
    assert_eq!((&web["image"], &wait["image"]), (&json!("registry/web:2"), &json!("tool")));
    assert_eq!(web["env"], json!([{"name": "UPLIFT_ID", "value": "u"}, {"name": "A", "value": "1"}]));
    assert_eq!(wait["env"], json!([{"name": "UPLIFT_ID", "value": "u"}]));
}

#[test]
fn a_job_of_our_name_is_ours_only_with_our_label_and_our_owner() {
    let job = made();
    assert!(is_job(&new(), &job.to_string()));
    for (field, value) in [("labels", json!({})), ("ownerReferences", json!([{"uid": "other"}])), ("ownerReferences", json!([]))]
    {
        let mut other = job.clone();
        other["metadata"][field] = value;
        assert!(!is_job(&new(), &other.to_string()), "{field}");
    }
}

#[test]
fn a_pod_is_over_when_its_phase_says_so() {
    let pods = |phases: &[&str]| {
        json!({"items": phases.iter().map(|phase| json!({"status": {"phase": phase}})).collect::<Vec<_>>()}).to_string()
    };
    assert!(!run(&pods(&[])) && !run(&pods(&["Failed", "Succeeded"])));
    assert!(run(&pods(&["Failed", "Running"])) && run(&pods(&["Pending"])) && run("{}"));
}

/// R19: what is only asked is the same request, with `dryRun`; without it the question would make a Job.
#[test]
fn a_question_is_the_same_request_and_makes_nothing() {
    let cron_job = json!({"metadata": {"resourceVersion": "7"}, "spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": []}}}}}});
    let key = JobKey::new("n", "uplift-smoke-1");
    let [asks, makes] = [true, false].map(|dry_run| request(&key, &new(), &cron_job.to_string(), dry_run).unwrap());
    assert_eq!((asks.method(), asks.body()), (makes.method(), makes.body()));
    let [asks, makes] = [&asks, &makes].map(|request| request.uri().to_string());
    assert!(asks.contains("dryRun=All") && !makes.contains("dryRun"), "{asks} {makes}");
    let refused = request(&key, &NewJob { template_version: "6".into(), ..new() }, &cron_job.to_string(), true);
    assert!(matches!(refused, Err(Outcome::Conflict(_))), "it was changed meanwhile");
}

/// Nothing was to be written, so nothing is in doubt, and no object is read. What never left is asked again.
#[test]
fn an_answer_that_did_not_come_is_told_like_a_no() {
    assert!(matches!(asked(Outcome::Unknown("hang up".into())), Outcome::Refused(_)));
    assert!(matches!(asked(Outcome::NotSent("busy".into())), Outcome::NotSent(_)));
    assert!(matches!(asked(Outcome::Committed(String::new())), Outcome::Committed(_)));
    assert!(matches!(asked(Outcome::Gone), Outcome::Refused(_)));
}
