//! Two faults in one small cycle: a slot declined, a notice that does not arrive, a success.
//!
//! `PAIRS=all` plays every pair of acts with every pair of faults; else each pair of acts is played once, with faults that go round.

use std::{collections::BTreeMap, env, time::Instant};

use serde_json::{Value, json};
use uplift::simulate::{
    Fault, FaultKind, Simulation, Step, events,
    input::BY,
    manifest::{Manifest, kind_of},
    world::World,
};

use super::{before_each_act, fault_free, wrong};

fn manifests() -> [Value; 5] {
    let uplift = "uplift.dev/v1alpha1";
    let release = |month: u32| {
        let image = format!("registry.example.test/web:2026.{month}.0");
        let spec = json!({"version": format!("2026.{month}.0"), "images": {"web": image}, "approval": {"decision": "Approved", "by": "bob"}});
        json!({"apiVersion": uplift, "kind": "DashboardRelease", "metadata": {"name": format!("r{month}")}, "spec": spec})
    };
    let window = json!({"schedule": "0 18 * * TUE", "timeZone": "Europe/London", "duration": "4h", "announceAhead": "96h"});
    let tenant = json!({
        "customer": {"displayName": "A"}, "windowRef": {"name": "w"}, "workloads": [{"kind": "Deployment", "name": "web"}],
        "contacts": [{"name": "it", "webhook": "https://hooks.example.test/a"}],
    });
    let pods = json!({"spec": {"containers": [{"name": "web", "image": "registry.example.test/web:2026.9.0"}]}});
    let deployment = json!({"selector": {}, "template": pods, "progressDeadlineSeconds": 300});
    let meta = |name: &str| json!({"namespace": "a", "name": name});
    [
        release(9),
        release(10),
        json!({"apiVersion": uplift, "kind": "UpgradeWindow", "metadata": {"name": "w"}, "spec": window}),
        json!({"apiVersion": uplift, "kind": "TenantInstance", "metadata": meta("a"), "spec": tenant}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("web"), "spec": deployment}),
    ]
}

/// The customer declines the first date; of the second nobody can be told in time; the third is used.
fn small_cycle() -> Simulation {
    let mut world = World::new("2026-12-04T12:00:00Z".parse().unwrap());
    for document in manifests() {
        let kind = kind_of(&document).unwrap().unwrap();
        world.apply(&Manifest::read(kind, &document).unwrap(), BY).unwrap();
    }
    let events = [
        json!({"at": "2026-12-08T12:59:59Z", "annotate": {"tenant": "a/a", "set": {"uplift.dev/opt-out": "2026-12-08"}}}),
        json!({"at": "2026-12-11T00:00:00Z", "outage": {"component": "notices", "until": "2026-12-14T00:00:00Z"}}),
    ];
    let events = events.iter().enumerate().map(|(i, event)| events::read(i + 1, event).unwrap().unwrap());
    Simulation::new(world, events.collect(), "2026-12-24T00:00:00Z".parse().unwrap())
}

/// What goes wrong when these two faults happen, the second at every act after the first.
fn after(first: Fault, start: &Simulation, expected: &BTreeMap<String, String>, all: bool) -> (usize, Vec<String>) {
    let mut run = start.clone().with_faults(&[first]);
    // The first fault happens; only then the acts are counted that the second may hit.
    while run.acts() == first.at_act && run.step().unwrap() != Step::Ended {}
    let (mut played, mut failures) = (0, vec![]);
    for (j, before) in before_each_act(&mut run).iter().enumerate() {
        let turn = first.at_act + j;
        let kinds = FaultKind::ALL.iter().enumerate().filter(|(n, _)| all || *n == turn % FaultKind::ALL.len());
        for (_, kind) in kinds {
            let second = Fault::new(before.acts(), *kind);
            let wrong = wrong(before, &[first, second], expected);
            played += 1;
            failures.extend((!wrong.is_empty()).then(|| format!("{first:?} {second:?}:\n    {}", wrong.join("\n    "))));
        }
    }
    (played, failures)
}

#[test]
fn two_faults_in_one_cycle_harm_nobody_either() {
    let all = env::var_os("PAIRS").is_some_and(|pairs| pairs == "all");
    let (before, expected) = fault_free(small_cycle());
    assert!((15..40).contains(&before.len()), "{} acts", before.len());
    assert!(expected.values().any(|state| state.ends_with("web:2026.10.0")), "{expected:?}");
    let begin = Instant::now();
    let kinds = |i: usize| FaultKind::ALL.into_iter().enumerate().filter(move |(n, _)| all || *n == i % FaultKind::ALL.len());
    let firsts: Vec<(Fault, &Simulation)> =
        before.iter().enumerate().flat_map(|(i, start)| kinds(i).map(move |(_, kind)| (Fault::new(i, kind), start))).collect();
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(4));
    let work = |nth: usize| -> Vec<(usize, Vec<String>)> {
        firsts.iter().skip(nth).step_by(threads).map(|(fault, start)| after(*fault, start, &expected, all)).collect()
    };
    let done: Vec<_> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|nth| scope.spawn(move || work(nth))).collect();
        handles.into_iter().flat_map(|handle| handle.join().unwrap()).collect()
    });
    let played: usize = done.iter().map(|(played, _)| played).sum();
    let failures: Vec<_> = done.into_iter().flat_map(|(_, failures)| failures).collect();
    println!("{} acts, {played} pairs of faults, in {:?}", before.len(), begin.elapsed());
    let first = failures.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {played} runs broke something, the first ones:\n{first}", failures.len());
}
