//! The stepper with rules that are made for the purpose.

use jiff::SignedDuration;
use serde_json::json;

use super::*;
use crate::{
    api::{TenantInstanceStatus, tenant::WorkloadKind},
    fleet::{Fleet, ObjectKey, WorkloadKey},
    plan::{Change, Class, Write},
    simulate::{
        manifest::{Kind, Manifest},
        world::{Behaviour, Outcome, Way, What},
    },
};

fn manifest(kind: Kind, document: &serde_json::Value) -> Manifest {
    Manifest::read(kind, document).unwrap()
}

/// One tenant with one Deployment.
fn world() -> World {
    let mut world = World::new("2026-12-01T00:00:00Z".parse().unwrap());
    let meta = json!({"namespace": "a", "name": "a"});
    let spec = json!({
        "customer": {"displayName": "A"}, "windowRef": {"name": "w"},
        "contacts": [{"name": "it", "webhook": "https://hooks.example.test/a"}],
        "workloads": [{"kind": "Deployment", "name": "a"}],
    });
    world.apply(&manifest(Kind::Tenant, &json!({"metadata": meta, "spec": spec})), "git").unwrap();
    let pods = json!({"spec": {"containers": [{"name": "web", "image": "web:1"}]}});
    let spec = json!({"selector": {}, "template": pods, "progressDeadlineSeconds": 300});
    world.apply(&manifest(Kind::Workload(WorkloadKind::Deployment), &json!({"metadata": meta, "spec": spec})), "git").unwrap();
    world
}

fn simulation(planner: fn(&Fleet, Timestamp) -> Plan) -> Simulation {
    let world = world();
    let until = world.now() + SignedDuration::from_hours(1);
    Simulation::new(world, vec![], until).with_planner(planner)
}

fn status(fleet: &Fleet, generation: i64) -> Write {
    let (key, tenant) = fleet.tenants.first_key_value().unwrap();
    let status = TenantInstanceStatus { observed_generation: generation, ..Default::default() };
    let change = Change::TenantStatus { tenant: key.clone(), status: Box::new(status) };
    Write::new(change, &tenant.meta, Class::Rest, vec![])
}

fn observed(fleet: &Fleet) -> i64 {
    fleet.tenants.values().next().unwrap().status.as_ref().unwrap().observed_generation
}

/// Writes once.
fn once(fleet: &Fleet, _: Timestamp) -> Plan {
    let done = observed(fleet) == 1 || !fleet.outstanding.is_empty();
    Plan { writes: if done { vec![] } else { vec![status(fleet, 1)] }, ..Plan::default() }
}

fn writes(run: &Simulation) -> usize {
    run.world().log().iter().filter(|r| matches!(r.what, What::Write(..))).count()
}

#[test]
fn rules_that_never_rest_are_found_with_what_keeps_changing() {
    let restless = |fleet: &Fleet, _| Plan { writes: vec![status(fleet, observed(fleet) + 1)], ..Plan::default() };
    let error = simulation(restless).run().unwrap_err().to_string();
    assert!(error.contains("TenantInstance a/a: .observedGeneration: 62 -> 63"), "{error}");
    // A clock that goes on between two writes hides nothing: once a second, or two operators to and fro.
    let slow = |fleet: &Fleet, now: Timestamp| {
        let second = now.as_second() % 3600 + 1;
        let writes = if observed(fleet) == second { vec![] } else { vec![status(fleet, second)] };
        Plan { writes, wake_at: Some(now + SignedDuration::from_secs(1)), ..Plan::default() }
    };
    let error = simulation(slow).run().unwrap_err().to_string();
    assert!(error.contains("TenantInstance a/a 3000 times") && error.contains(".observedGeneration: 3000 -> 3001"), "{error}");
    let sleepless = |_: &Fleet, now| Plan { wake_at: Some(now), ..Plan::default() };
    let error = simulation(sleepless).run().unwrap_err();
    assert!(matches!(error, RunError::Stuck(Stuck::Sleepless { .. })), "{error}");
}

#[test]
fn a_write_is_committed_once_whatever_goes_wrong_with_it() {
    for kind in FaultKind::ALL {
        let mut run = simulation(once).with_faults(&[Fault::new(0, kind)]);
        run.run().unwrap();
        assert_eq!(writes(&run), 1, "{kind:?}");
        let crashed = matches!(kind, FaultKind::CrashBefore | FaultKind::CrashAfterCommit);
        let starts = run.world().log().iter().filter(|r| matches!(r.what, What::Started)).count();
        assert_eq!(starts, 1 + usize::from(crashed), "{kind:?}");
    }
}

#[test]
fn the_place_of_a_lost_answer_is_taken_until_the_object_was_read() {
    let mut run = simulation(once).with_faults(&[Fault::new(0, FaultKind::LostAnswer)]);
    while run.acts() == 0 {
        run.step().unwrap();
    }
    let known = |run: &Simulation| {
        run.processes[0].operator.as_ref().map(|o| (o.facts.fleet.outstanding.len(), observed(&o.facts.fleet)))
    };
    assert_eq!(known(&run), Some((1, 0)), "unread, although it is committed");
    run.run().unwrap();
    assert_eq!(known(&run), Some((0, 1)));
    assert_eq!(run.world().now(), "2026-12-01T00:00:10Z".parse().unwrap());
}

#[test]
fn unchanged_writes_move_nothing_and_stale_ones_conflict() {
    let mut world = world();
    let mut fleet = Fleet::default();
    world.objects().for_each(|object| object.fold_into(&mut fleet, world.now(), true));
    let write = status(&fleet, 1);
    assert_eq!(world.write(&write), crate::simulate::world::Answer::Committed);
    assert_eq!(world.write(&write), crate::simulate::world::Answer::Conflict);
    let again = Write { resource_version: world.get(&write.object()).unwrap().resource_version.to_string(), ..write };
    assert_eq!(world.write(&again), crate::simulate::world::Answer::Unchanged);
}

#[test]
fn a_rollout_takes_its_time_and_ends_as_it_was_told() {
    let key = WorkloadKey::new(WorkloadKind::Deployment, "a", "a");
    let takes = Behaviour::default().takes;
    for (outcome, seconds, ok) in [(Outcome::Succeeds, 60, true), (Outcome::Fails, 60, false), (Outcome::Hangs, 300, false)] {
        let mut world = world();
        world.behave(&key, Way::Forward, Behaviour { outcome, takes, ..Behaviour::default() });
        assert_eq!(world.next_rollout_end(), None, "what is rolled out stays so");
        let image = json!([{"name": "web", "image": "web:2"}]);
        let object = ObjectKey::Workload(key.clone());
        world.patch(&object, &json!({"spec": {"template": {"spec": {"containers": image}}}}), "eve").unwrap();
        let (generation, begun) = (world.get(&object).unwrap().generation, world.now());
        assert_eq!((generation, world.get(&object).unwrap().workload().unwrap().status.updated), (2, 0));
        let end = world.next_rollout_end().unwrap();
        assert_eq!(end.as_second() - begun.as_second(), seconds, "{outcome:?}");
        world.set_now(end);
        assert!(world.settle());
        let after = world.get(&object).unwrap().workload().unwrap();
        assert_eq!((after.is_rolled_out(), after.status.deadline_exceeded.is_some()), (ok, !ok), "{outcome:?}");
        assert_eq!(after.managers["web"], "eve");
    }
}

#[test]
fn what_others_wrote_survives_an_apply_and_opt_outs_are_stamped() {
    let mut world = world();
    let key = Kind::Tenant.key(Some("a"), "a");
    let said = [("uplift.dev/opt-out".to_owned(), "2026-12-15".to_owned())].into();
    world.annotate(&key, &said, &[], "it@a").unwrap();
    world.patch(&key, &json!({"spec": {"suspend": {"reason": "x"}}}), "carol").unwrap();
    let applied = world.get(&key).unwrap().applied.clone();
    let meta = json!({"namespace": "a", "name": "a"});
    let mut spec = applied["spec"].clone();
    spec["pin"] = json!({"version": "1.0", "reason": "x"});
    world.apply(&manifest(Kind::Tenant, &json!({"metadata": meta, "spec": spec})), "git").unwrap();
    let object = world.get(&key).unwrap();
    let (now, _) = object.tenant().unwrap();
    assert!(now.suspend.is_some() && now.pin.is_some());
    assert_eq!(object.generation, 3, "annotations move no generation");
    let mut fleet = Fleet::default();
    object.fold_into(&mut fleet, world.now(), true);
    let no = fleet.tenants.values().next().unwrap().opt_out.clone().unwrap();
    assert_eq!((no.stamped_at, no.stamped_by.as_deref()), (Some(world.now()), Some("it@a")));
}
