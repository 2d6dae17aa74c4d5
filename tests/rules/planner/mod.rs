//! Facts that a scenario can not express, put to the planner directly. Each test says what should happen.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod conditions;
mod data;
mod digests;
mod ends;
mod evidence;
mod halts;
mod hooks;
mod impact;
mod interop;
mod jobs;
mod moves;
mod notices;
mod opt_outs;
mod places;
mod pods;
mod reports;
mod rest;
mod rollbacks;
mod software;
mod sources;
mod starts;
mod time_left;
mod told_trials;
mod trials;
mod trials_many;
mod trust;
mod upgrades;

use std::fs;

use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};
use uplift::{
    api::{
        Suspend,
        reason::Reason,
        tenant::{NoticeKind, Step as AStep, StepKind, Verdict, WorkloadId, WorkloadKind},
    },
    fleet::{
        Asked, ClockAhead, Effect, Fleet, ObjectKey, Outstanding, Refusal, RefusedBy, Rollout, Said, TenantKey, WorkloadKey,
    },
    plan::{Change, plan},
    simulate::{Format, Options, Simulation, Step, load},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The fleet of the scenarios with these manifests and events, before anything happens.
fn begun(manifests: &str, events: &str, until: &str) -> Simulation {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("manifests");
    fs::create_dir(&dir).unwrap();
    fs::copy("tests/scenarios/base/fleet.yaml", dir.join("base.yaml")).unwrap();
    fs::write(dir.join("more.yaml"), manifests).unwrap();
    let file = folder.path().join("events.yaml");
    fs::write(&file, events).unwrap();
    let from = at("2026-12-01T00:00:00Z");
    let options = Options { dir, from, until: at(until), events: Some(file), output: Format::Json };
    load(&options, &mut vec![]).unwrap()
}

fn world(manifests: &str, events: &str, until: &str) -> (Fleet, Simulation) {
    let mut simulation = begun(manifests, events, until);
    while simulation.step().unwrap() != Step::Ended {}
    let mut fleet = Fleet::fresh();
    simulation.world().objects().for_each(|o| o.fold_into(&mut fleet, at(until), false));
    answer(&mut fleet, at(until), None);
    (fleet, simulation)
}

/// A product `lib` with these cycles, which acme uses by these dependencies from an instant on.
fn using(cycles: &Value, dependencies: &Value, from: &str, now: &str) -> Fleet {
    let product = json!({
        "apiVersion": "uplift.dev/v1alpha1", "kind": "SoftwareProduct", "metadata": {"name": "lib"}, "spec": {"releases": cycles},
    });
    let merge = json!({"spec": {"dependencies": dependencies}});
    let edit = json!([{"at": from, "patch": {"kind": "TenantInstance", "namespace": "acme", "name": "acme", "merge": merge}}]);
    world(&product.to_string(), &edit.to_string(), now).0
}

/// The API server answers all that the rules ask it now.
fn answer(fleet: &mut Fleet, now: Timestamp, refused: Option<&(RefusedBy, String)>) -> usize {
    let asked: Vec<_> = plan(fleet, now).writes.into_iter().map(|write| write.change.effect()).collect();
    let asked = asked.into_iter().filter_map(|effect| match effect {
        Effect::Asked { template, template_version, release } => {
            Some((template, Asked { release, template_version, refused: refused.cloned(), at: now, noes: 0 }))
        }
        _ => None,
    });
    let answers: Vec<_> = asked.collect();
    let count = answers.len();
    for (template, asked) in answers {
        fleet.heard(template, asked);
    }
    count
}

fn deployment(tenant: &TenantKey, name: &str) -> WorkloadKey {
    WorkloadKey::new(WorkloadKind::Deployment, &tenant.namespace, name)
}

fn acme() -> TenantKey {
    TenantKey::new("acme", "acme")
}

fn zeta() -> TenantKey {
    TenantKey::new("zeta", "zeta")
}

fn status_of(plan: &uplift::plan::Plan, key: &TenantKey) -> Option<uplift::api::TenantInstanceStatus> {
    plan.writes.iter().find_map(|w| match &w.change {
        Change::TenantStatus { tenant, status } if tenant == key => Some((**status).clone()),
        _ => None,
    })
}

/// What is said of a workload that has no pods.
const NO_PODS: &str = "no new pod was made; look at the events of its controller";

/// The same, once the reads of pods that are wanted at this instant were answered: there are none.
fn pods_read(fleet: &uplift::fleet::Fleet, now: &str) -> uplift::fleet::Fleet {
    let mut fleet = fleet.clone();
    for write in uplift::plan::plan(&fleet, at(now)).writes {
        if let uplift::plan::Change::ReadPods { workload, read_for } = write.change {
            let found = Ok(uplift::fleet::Pods::default());
            fleet.pod_reads.insert(workload, uplift::fleet::PodsRead { read_for, found });
        }
    }
    fleet
}

/// R12, R13: the time of an opt-in is its manager's last write, an upper bound. After a restart an opt-in that was there before
/// the opt-out looks as new as the opt-out that the same manager wrote.
#[test]
fn an_old_opt_in_does_not_undo_a_newer_opt_out_after_a_restart() {
    let events = "
- {at: 2026-12-05T09:00:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-in: '2026-12-15'}}}
- {at: 2026-12-08T09:00:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-out: '2026-12-15'}}}
";
    let (mut fleet, _) = world("", events, "2026-12-08T10:00:00Z");
    let tenant = fleet.tenants.get_mut(&acme()).unwrap();
    let opt_out = tenant.opt_out.clone().unwrap();
    // One managedFields entry owns both annotations: it has the time of the last write.
    tenant.opt_in = Some(Box::new(Said { managed_at: opt_out.managed_at, ..*tenant.opt_in.clone().unwrap() }));
    let plan = plan(&fleet, at("2026-12-08T10:00:00Z"));
    let verdicts: Vec<_> = status_of(&plan, &acme()).iter().flat_map(|s| s.opt_outs.iter().map(|o| o.verdict)).collect();
    assert!(!verdicts.contains(&Verdict::Undone), "{verdicts:?}");
}

/// R3, R16: what holds the notice holds it also while a write of the tenant is under way.
#[test]
fn a_held_notice_is_not_sent_while_a_write_is_under_way() {
    let events = "
- {at: 2026-12-01T00:00:00Z, outage: {component: notices, until: 2026-12-20T00:00:00Z}}
- {at: 2026-12-05T00:00:00Z, patch: {kind: DashboardRelease, name: r-2026-12, merge: {spec: {suspend: {reason: x}}}}}
";
    let (mut fleet, _) = world("", events, "2026-12-05T10:00:00Z");
    let now = at("2026-12-05T10:00:00Z");
    assert!(plan(&fleet, now).notices.is_empty());
    let status = fleet.tenants[&acme()].status.clone().unwrap();
    let effect = Effect::TenantStatus(Box::new(status));
    fleet.outstanding.insert(ObjectKey::Tenant(acme()), Outstanding { effect, sent_at: now });
    let sent = plan(&fleet, now).notices;
    assert!(sent.is_empty(), "{} notices are sent for a suspended release", sent.len());
    fleet.releases.get_mut("r-2026-12").unwrap().spec.as_mut().unwrap().suspend = None;
    assert_eq!(plan(&fleet, now).notices.len(), 1, "nothing holds it any more");
}

const TWO: &str = "
apiVersion: uplift.dev/v1alpha1
kind: TenantInstance
metadata: {name: zeta, namespace: zeta}
spec:
  customer: {displayName: Zeta Ltd}
  contacts: [{name: it, webhook: 'https://hooks.example.test/zeta'}]
  windowRef: {name: uk-evenings}
  workloads: [{kind: Deployment, name: dashboard}, {kind: Deployment, name: worker, containers: [{name: main, component: dashboard}]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: dashboard, namespace: zeta}
spec:
  replicas: 1
  selector: {matchLabels: {app: dashboard}}
  template: {metadata: {labels: {app: dashboard}}, spec: {containers: [{name: dashboard, image: 'registry.example.test/dashboard:2026.11.0'}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker, namespace: zeta}
spec:
  replicas: 1
  selector: {matchLabels: {app: worker}}
  template: {metadata: {labels: {app: worker}}, spec: {containers: [{name: main, image: 'registry.example.test/dashboard:2026.11.0'}]}}
";

/// R20: a conflict means read and decide again. Somebody scales the second workload between its step and its PATCH.
#[test]
fn scaling_the_second_workload_before_its_patch_does_not_fail_the_upgrade() {
    let (mut fleet, _) = world(TWO, "[]", "2026-12-15T18:00:30Z");
    let now = at("2026-12-15T18:01:00Z");
    let key = TenantKey::new("zeta", "zeta");
    // The first is done, the step to the second is written, and its replicas were changed meanwhile.
    let first = fleet.workloads.get_mut(&deployment(&key, "dashboard")).unwrap();
    first.rollout = Rollout { current: true, wanted: 1, updated: 1, available: 1, ..Rollout::default() };
    let second = fleet.workloads.get_mut(&deployment(&key, "worker")).unwrap();
    let generation = second.meta.generation;
    second.meta.generation += 1;
    let tenant = fleet.tenants.get_mut(&key).unwrap();
    let upgrade = tenant.status.as_mut().unwrap().upgrade.as_mut().unwrap();
    let workload = WorkloadId { kind: WorkloadKind::Deployment, name: "worker".into() };
    upgrade.step =
        Some(AStep { kind: StepKind::Images, workload: Some(workload), name: None, attempt: 1, generation, before: 1, at: now });
    let status = status_of(&plan(&fleet, now), &key);
    let ended = status.as_ref().map(|s| (s.upgrade.is_none(), s.history.first().cloned()));
    assert!(ended.as_ref().is_none_or(|(ended, _)| !ended), "{ended:?}");
}

/// R21: no effect yet, and a gate that does not pass any more: taken back, not failed.
#[test]
fn a_start_without_effect_is_taken_back_when_its_release_is_deleted() {
    let (mut fleet, _) = world("", "[]", "2026-12-15T17:00:00Z");
    let now = at("2026-12-15T18:00:00Z");
    let status = status_of(&plan(&fleet, now), &acme()).unwrap();
    assert!(status.upgrade.as_ref().unwrap().started_at.is_some());
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status);
    fleet.releases.remove("r-2026-12");
    let status = status_of(&plan(&fleet, now), &acme()).unwrap();
    let first = status.history.first().map(|h| (h.result, h.reason.clone()));
    assert!(first.as_ref().is_none_or(|(r, _)| *r != uplift::api::tenant::SlotResult::Failed), "{first:?}");
}

fn with_boss(fleet: &mut Fleet) {
    let spec = fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap();
    let mut boss = spec.contacts[0].clone();
    (boss.name, boss.required) = ("boss".into(), Some(true));
    spec.contacts.push(boss);
}

/// R10: a required contact that is added while the notice may still be delivered must accept it too.
#[test]
fn a_required_contact_that_is_added_before_the_deadline_is_told_too() {
    let (mut fleet, _) = world("", "[]", "2026-12-10T00:00:00Z");
    with_boss(&mut fleet);
    let status = status_of(&plan(&fleet, at("2026-12-10T00:00:00Z")), &acme()).unwrap();
    assert!(status.notices.iter().any(|n| n.contact == "boss" && n.required && n.delivered_at.is_none()));
}

/// R10: who is added later is not waited for: the customer was told in time.
#[test]
fn a_required_contact_that_is_added_after_the_deadline_holds_nothing() {
    let (mut fleet, _) = world("", "[]", "2026-12-15T17:00:00Z");
    with_boss(&mut fleet);
    let status = status_of(&plan(&fleet, at("2026-12-15T18:00:00Z")), &acme());
    assert!(status.is_some_and(|s| s.upgrade.is_some_and(|u| u.started_at.is_some())));
}

/// Holds: an outstanding write keeps its place among the running upgrades, and its slot.
#[test]
fn an_unknown_start_counts_as_running() {
    let (mut fleet, _) = world(
        TWO,
        "- {at: 2026-12-01T00:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {maxConcurrent: 1}}}}",
        "2026-12-15T17:00:00Z",
    );
    let now = at("2026-12-15T18:00:00Z");
    let first = plan(&fleet, now);
    let starts = |p: &uplift::plan::Plan| {
        p.writes
            .iter()
            .filter(|w| matches!(&w.change, Change::TenantStatus { status: s, .. } if s.upgrade.as_ref().is_some_and(|u| u.started_at.is_some())))
            .count()
    };
    assert_eq!(starts(&first), 1);
    let effect = Effect::TenantStatus(Box::new(status_of(&first, &acme()).unwrap()));
    fleet.outstanding.insert(ObjectKey::Tenant(acme()), Outstanding { effect, sent_at: now });
    assert_eq!(starts(&plan(&fleet, now + 1.minute())), 0);
    // A clock that steps back starts nothing.
    fleet.outstanding.clear();
    assert_eq!(starts(&plan(&fleet, now - 1.hour())), 0);
}

/// I9: a start that the API server refuses, again and again, takes nobody's place.
#[test]
fn a_tenant_whose_writes_are_refused_lets_others_go_first() {
    let (mut fleet, _) = world(
        TWO,
        "- {at: 2026-12-01T00:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {maxConcurrent: 1}}}}",
        "2026-12-15T17:00:00Z",
    );
    let started = |fleet: &Fleet, key: &TenantKey| {
        let status = status_of(&plan(fleet, at("2026-12-15T18:00:00Z")), key);
        status.and_then(|status| status.upgrade?.started_at).is_some()
    };
    let zeta = TenantKey::new("zeta", "zeta");
    assert!(started(&fleet, &acme()) && !started(&fleet, &zeta));
    let refusal = Refusal { intent: None, owner: None, message: "no".into(), by: RefusedBy::Else };
    fleet.refused.insert(ObjectKey::Tenant(acme()), refusal);
    assert!(started(&fleet, &zeta) && !started(&fleet, &acme()));
}

/// What a suspended tenant sees, for one who is in flight with garbage in the annotation: I10.
#[test]
fn an_unreadable_opt_out_in_flight_is_visible() {
    let (mut fleet, _) = world("", "[]", "2026-12-15T18:00:30Z");
    let tenant = fleet.tenants.get_mut(&acme()).unwrap();
    tenant.opt_out = Some(Box::new(Said {
        value: "please stop".into(),
        stamped_at: None,
        stamped_by: None,
        managed_at: None,
        managed_by: None,
        arrived_at: at("2026-12-15T18:00:30Z"),
        absent_at: None,
    }));
    tenant.spec.as_mut().unwrap().suspend = Some(Suspend { reason: "x".into() });
    let status = status_of(&plan(&fleet, at("2026-12-15T18:00:31Z")), &acme());
    assert!(status.is_some_and(|s| !s.blockers.is_empty()));
}

/// R22, I9: images that the API server refuses end the upgrade, which would else hold its place until the window closes.
#[test]
fn images_that_are_refused_end_the_upgrade_with_what_the_server_said() {
    let (mut fleet, _) = world("", "[]", "2026-12-15T17:00:00Z");
    let now = at("2026-12-15T18:00:00Z");
    let status = status_of(&plan(&fleet, now), &acme()).unwrap();
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status);
    let change = plan(&fleet, now).writes.into_iter().find_map(|w| match w.change {
        Change::Images { images, .. } => Some(images.intent),
        _ => None,
    });
    assert!(change.is_some(), "the change is tried");
    let message = "images from this registry are not allowed".into();
    let refusal = Refusal { intent: change, owner: None, message, by: RefusedBy::Else };
    fleet.refused.insert(ObjectKey::Workload(deployment(&acme(), "dashboard")), refusal);
    let last = status_of(&plan(&fleet, now), &acme()).unwrap().history[0].clone();
    assert_eq!(last.reason, Some(Reason::ChangeRefused.into()));
    assert!(last.message.unwrap().contains("not allowed"));
}

/// R12: an opt-out that fits nothing must not sound like one that counts while another date stands.
#[test]
fn a_noted_opt_out_beside_a_standing_date_says_that_the_date_stands() {
    let events = "- {at: 2026-12-04T09:00:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-out: '2026-12-14'}}}";
    let (mut fleet, _) = world("", events, "2026-12-04T09:00:00Z");
    let status = fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap();
    let answer = status.notices.iter_mut().find(|n| n.kind == NoticeKind::OptOutAccepted).unwrap();
    (answer.delivered_at, answer.deliver_by) = (None, at("2026-12-05T09:00:00Z"));
    let notices = plan(&fleet, at("2026-12-04T10:00:00Z")).notices;
    let message = uplift::letters::message(notices.iter().find(|n| n.record.kind == NoticeKind::OptOutAccepted).unwrap());
    assert!(message.subject.contains("does not touch the upgrade"), "{}", message.subject);
    assert!(message.text.contains("goes ahead") && message.text.contains("2026-12-15"), "{}", message.text);
}

/// R11: a date with dots is a day to a person and a version to a machine: it is not guessed, and holds the start.
#[test]
fn a_date_with_dots_holds_the_start() {
    let events = "- {at: 2026-12-04T09:00:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-out: '15.12.2026'}}}";
    let (fleet, _) = world("", events, "2026-12-15T18:00:00Z");
    let status = fleet.tenants[&acme()].status.as_ref().unwrap();
    assert!(status.opt_outs.is_empty() && status.upgrade.as_ref().is_some_and(|u| u.started_at.is_none()));
    assert_eq!(status.blockers[0].reason.word(), "InvalidOptOut");
}

/// R25: by a wrong clock a window would open at a wrong time. Nobody is told of it at other times.
#[test]
fn a_clock_that_differs_from_the_servers_holds_the_start_and_says_so() {
    let (mut fleet, _) = world("", "", "2026-12-15T17:59:59Z");
    let mut planned = |ahead: Option<i64>, now: &str| {
        fleet.clock_ahead = ClockAhead(ahead.map(SignedDuration::from_secs));
        // Where its own clock is ahead, the API server's counts.
        let shown = at(now) + SignedDuration::from_secs(ahead.filter(|ahead| *ahead > 5).unwrap_or(0));
        status_of(&plan(&fleet, shown), &acme())
    };
    for ahead in [Some(0), Some(5), Some(-5)] {
        let started = planned(ahead, "2026-12-15T18:00:00Z").unwrap().upgrade.unwrap().started_at;
        assert!(started.is_some(), "{ahead:?}");
    }
    for (ahead, says) in [(Some(6), "ahead of"), (Some(-6), "behind"), (None, "not compared")] {
        let status = planned(ahead, "2026-12-15T18:00:00Z").unwrap();
        assert!(status.upgrade.unwrap().started_at.is_none(), "{ahead:?}");
        assert!(
            status.blockers.iter().any(|b| b.reason.word() == "ClockSkew" && b.message.contains(says)),
            "{:?}",
            status.blockers
        );
        assert!(status.conditions.iter().any(|c| c.type_ == "UpToDate" && c.reason == "ClockSkew"), "{:?}", status.conditions);
        assert!(planned(ahead, "2026-12-15T17:59:59Z").is_none(), "nobody waits for it yet");
    }
}

/// I1, 0003: a tool that puts the old images back and removes our annotation in flight must not make us change them again.
#[test]
fn images_that_another_hand_put_back_are_not_changed_twice() {
    let (mut fleet, _) = world("", "", "2026-12-15T18:00:30Z");
    let key = ObjectKey::Workload(deployment(&acme(), "dashboard"));
    let workload = fleet.workloads.get_mut(&deployment(&acme(), "dashboard")).unwrap();
    assert!(workload.intent.take().is_some(), "its images were changed");
    workload.containers[0].image = "registry.example.test/dashboard:2026.11.0".into();
    workload.meta.generation += 1;
    let again = plan(&fleet, at("2026-12-15T18:00:30Z"));
    assert!(again.writes.iter().all(|write| write.object() != key), "{:?}", again.writes);
}

/// R10, I3: what was accepted after its deadline left the customer too little time.
#[test]
fn a_notice_that_was_accepted_after_its_deadline_gives_no_slot_a_start() {
    let (mut fleet, _) = world("", "", "2026-12-15T17:59:59Z");
    let opening = at("2026-12-15T18:00:00Z");
    let started =
        |fleet: &Fleet| status_of(&plan(fleet, opening), &acme()).is_some_and(|s| s.upgrade.unwrap().started_at.is_some());
    assert!(started(&fleet));
    let status = fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap();
    for notice in &mut status.notices {
        notice.delivered_at = Some(notice.deliver_by + 1.second());
    }
    assert!(!started(&fleet));
}

/// R7: what was sent is a fact. A place whose write is out is taken, seen or not.
#[test]
fn a_place_whose_write_is_out_is_not_given_again() {
    let one = "- {at: 2026-12-01T00:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {capacity: 1}}}}";
    let (mut fleet, _) = world(TWO, one, "2026-12-01T17:59:59Z");
    let now = at("2026-12-01T18:00:00Z");
    let slot = |fleet: &Fleet, key: &TenantKey| {
        let opens = |status: uplift::api::TenantInstanceStatus| status.upgrade?.slot.map(|slot| slot.opens);
        status_of(&plan(fleet, now), key).and_then(opens)
    };
    let zeta = TenantKey::new("zeta", "zeta");
    assert!(slot(&fleet, &acme()).is_some() && slot(&fleet, &zeta).is_none(), "there is one place");
    let effect = Effect::TenantStatus(Box::new(status_of(&plan(&fleet, now), &acme()).unwrap()));
    fleet.outstanding.insert(ObjectKey::Tenant(acme()), Outstanding { effect, sent_at: now });
    assert_eq!(slot(&fleet, &zeta), None);
}

/// R13: where no policy writes the stamp, and keeps people from writing it, it is what anybody wrote.
#[test]
fn a_stamp_counts_only_while_its_policies_are_in_force() {
    let late = "- {at: 2026-12-15T13:00:02Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-out: '2026-12-15'}}}";
    let (mut fleet, _) = world("", late, "2026-12-15T13:00:02Z");
    let tenant = fleet.tenants.get_mut(&acme()).unwrap();
    let said = tenant.opt_out.as_mut().unwrap();
    (said.stamped_at, said.absent_at) = (Some(at("2026-12-15T12:59:00Z")), Some(at("2026-12-15T13:00:01Z")));
    let status = tenant.status.as_mut().unwrap();
    status.opt_outs.clear();
    let mut verdict = |in_force: bool| {
        fleet.stamps_in_force = in_force;
        status_of(&plan(&fleet, at("2026-12-15T13:00:02Z")), &acme()).unwrap().opt_outs[0].verdict
    };
    assert_eq!((verdict(true), verdict(false)), (Verdict::Accepted, Verdict::TooLate));
}

/// R13: the time of a manager that wrote other things too is no earlier than the opt-out, and proves nothing against it.
#[test]
fn in_doubt_an_opt_out_is_in_time() {
    let during = "
- {at: 2026-12-15T12:30:00Z, outage: {component: operator, until: 2026-12-15T13:30:00Z}}
- {at: 2026-12-15T13:10:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-out: '2026-12-15'}}}
";
    let (mut fleet, _) = world("", during, "2026-12-15T13:20:00Z");
    let mut verdict = |stamped: bool| {
        fleet.stamps_in_force = stamped;
        status_of(&plan(&fleet, at("2026-12-15T13:30:00Z")), &acme()).unwrap().opt_outs[0].verdict
    };
    assert_eq!((verdict(true), verdict(false)), (Verdict::TooLate, Verdict::Accepted));
}

/// R8: another version at hand is no word on the one that was taken back.
#[test]
fn who_waited_for_a_version_that_is_off_hears_so_beside_the_next_one() {
    let events = "
- {at: 2026-12-02T00:00:00Z, apply: {apiVersion: uplift.dev/v1alpha1, kind: DashboardRelease, metadata: {name: r-2026-12-1},
   spec: {version: '2026.12.1', images: {dashboard: 'registry.example.test/dashboard:2026.12.1'}, approval: {decision: Approved, by: bob@corp.example}}}}
- {at: 2026-12-03T00:00:00Z, patch: {kind: DashboardRelease, name: r-2026-12, merge: {spec: {withdrawn: {reason: a bug}}}}}
";
    let (_, mut simulation) = world("", events, "2026-12-04T00:00:00Z");
    let told = simulation.take_told();
    let delivered = |kind: NoticeKind, release: &str| {
        told.iter().any(|told| told.story.notice == Some(kind) && told.story.release.as_deref() == Some(release))
    };
    assert!(delivered(NoticeKind::Postponed, "2026.12.0"), "{told:#?}");
    assert!(delivered(NoticeKind::Planned, "2026.12.1"), "{told:#?}");
}
