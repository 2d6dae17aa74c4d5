//! The operator dies, loses answers and meets conflicts at every single act of the monthly cycle, and nobody is harmed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]

mod hooks;
mod jobs;
mod pairs;
mod rollback;
mod trials;

use std::{collections::BTreeMap, io, time::Instant};

use crate::oracle::{judge, leeway, upgrade};
use uplift::simulate::{
    Fault, FaultKind, Options, Simulation, Step,
    engine::{Act, Trouble},
    load,
    output::Format,
};
use uplift::{
    api::{UpgradeTrialStatus, release::CheckRun},
    fleet::{Fleet, ObjectKey},
    plan::{Class, plan},
};

fn monthly_cycle() -> Simulation {
    example("monthly-cycle", "2027-01-31T00:00:00Z")
}

fn example(name: &str, until: &str) -> Simulation {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let options = Options {
        events: Some(dir.join("events.yaml")),
        dir,
        from: "2026-12-01T00:00:00Z".parse().unwrap(),
        until: until.parse().unwrap(),
        output: Format::Json,
    };
    load(&options, &mut io::sink()).unwrap()
}

/// Tenant to the images of its workloads, and whether an upgrade runs; release to the results of its checks by Job.
fn end_state(run: &Simulation) -> BTreeMap<String, String> {
    let check =
        |run: &CheckRun| format!("{} {} {} {}", run.name, run.attempt, result(run), run.message.as_deref().unwrap_or_default());
    let object = |object: &std::sync::Arc<uplift::simulate::world::Object>| {
        let images =
            |d: &uplift::simulate::world::Workload| d.containers().into_iter().map(|c| c.image).collect::<Vec<_>>().join(" ");
        let runs = || upgrade(object).is_some_and(|u| u.started_at.is_some()).to_string();
        let trial = || object.trial().map(|(_, status)| trial(status));
        let checks = || object.release().map(|(_, status)| status.checks.iter().map(check).collect::<Vec<_>>().join(", "));
        (object.key.to_string(), object.workload().map(images).or_else(trial).or_else(checks).unwrap_or_else(runs))
    };
    run.world().objects().map(object).collect()
}

/// What its runs came to, and whether one is still on.
fn trial(status: &UpgradeTrialStatus) -> String {
    let runs = status.runs.iter().map(|run| format!("{:?} {:?} {}", run.end.verdict, run.end.answer, run.end.reason));
    format!("{} {}", status.run.is_some(), runs.collect::<Vec<_>>().join(", "))
}

fn result(run: &CheckRun) -> String {
    run.result.map_or("runs".into(), |result| format!("{result:?}"))
}

/// What is wrong with a run that has these faults from here on.
fn wrong(start: &Simulation, faults: &[Fault], expected: &BTreeMap<String, String>) -> Vec<String> {
    let mut run = start.clone().with_faults(faults);
    if let Err(error) = run.run() {
        return vec![error.to_string()];
    }
    let leeway = leeway::of(faults, &Trouble::default(), &[]);
    let mut wrong: Vec<String> = judge(run.world().log(), leeway).iter().map(ToString::to_string).collect();
    let end = end_state(&run);
    let differs = end.iter().filter(|(key, state)| expected.get(*key) != Some(state));
    wrong.extend(differs.map(|(key, state)| format!("at the end {key} is {state:?}")));
    wrong
}

/// The run without faults: as it was before each of its acts, and how it ends.
fn fault_free(mut run: Simulation) -> (Vec<Simulation>, BTreeMap<String, String>) {
    let before = before_each_act(&mut run);
    (before, end_state(&run))
}

/// A run as it was before each of its acts from here on. After the last one nothing can go wrong any more.
fn before_each_act(run: &mut Simulation) -> Vec<Simulation> {
    let first = run.acts();
    let mut before = vec![run.clone()];
    while run.step().unwrap() != Step::Ended {
        if run.acts() == first + before.len() {
            before.push(run.clone());
        }
    }
    before.pop();
    before
}

/// Every fault at every act, on some threads. A failure shows the fault: `wrong(&monthly_cycle(), &[fault], …)` replays it.
fn failures(before: &[Simulation], expected: &BTreeMap<String, String>) -> Vec<String> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(4));
    let work = &|nth: usize| {
        let mine = before.iter().enumerate().skip(nth).step_by(threads);
        let faults = mine.flat_map(|(i, start)| FaultKind::ALL.map(|kind| (start, Fault::new(i, kind))));
        let failure = |(start, fault): (&Simulation, Fault)| {
            let wrong = wrong(start, &[fault], expected);
            (!wrong.is_empty()).then(|| format!("{fault:?} {}:\n    {}", act(start), wrong.join("\n    ")))
        };
        faults.filter_map(failure).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|nth| scope.spawn(move || work(nth))).collect();
        handles.into_iter().flat_map(|handle| handle.join().unwrap()).collect()
    })
}

/// Whatever fault comes at whichever act, nobody is harmed.
#[track_caller]
fn outlives(before: &[Simulation], expected: &BTreeMap<String, String>) {
    let failures = failures(before, expected);
    let first = failures.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} runs broke something, the first ones:\n{first}", failures.len());
}

/// What the operator is about to do.
fn act(run: &Simulation) -> String {
    let mut run = run.clone();
    while run.next_act().is_none() && run.step().unwrap() != Step::Ended {}
    match run.next_act() {
        Some(Act::Write(write)) => format!("at {} writing {}", run.world().now(), write.object()),
        Some(Act::Send(notice)) => format!("at {} telling {} {:?}", run.world().now(), notice.tenant, notice.message.kind),
        None => "at the end".into(),
    }
}

#[test]
fn without_faults_no_invariant_breaks() {
    let (before, expected) = fault_free(monthly_cycle());
    assert!(before.len() > 100, "{} acts", before.len());
    assert_eq!(wrong(&before[0], &[], &expected), Vec::<String>::new());
}

#[test]
fn the_operator_may_die_lose_answers_and_meet_conflicts_at_every_single_act() {
    let (before, expected) = fault_free(monthly_cycle());
    let begin = Instant::now();
    outlives(&before, &expected);
    println!("{} acts, {} faults each, in {:?}", before.len(), FaultKind::ALL.len(), begin.elapsed());
}

/// R3, R22: a release that halts, is resumed, and is followed by the next.
#[test]
fn the_operator_may_die_at_every_act_of_a_release_that_halts() {
    let (before, expected) = fault_free(example("rollout", "2027-03-01T00:00:00Z"));
    assert!(before.len() > 40, "{} acts", before.len());
    outlives(&before, &expected);
}

/// R1, R3, R17, R22: checks by Job, rings, canaries that fail, a halt, and the next release, which goes through.
#[test]
fn the_operator_may_die_at_every_act_of_a_bad_release_and_of_the_next() {
    let (before, expected) = fault_free(example("bad-release", "2026-12-20T00:00:00Z"));
    assert!(before.len() > 60, "{} acts", before.len());
    outlives(&before, &expected);
}

/// The test bed bites: rules that look away from what was sent start a second upgrade while the answer to the first is lost.
#[test]
fn rules_that_forget_what_was_sent_are_caught() {
    let forgetful = |fleet: &Fleet, now| {
        let mut fleet = fleet.clone();
        let sent = std::mem::take(&mut fleet.outstanding);
        fleet.tenants.retain(|key, _| !sent.contains_key(&ObjectKey::Tenant(key.clone())));
        plan(&fleet, now)
    };
    let (before, expected) = fault_free(monthly_cycle());
    let starts = |run: &Simulation| {
        let mut run = run.clone();
        while run.next_act().is_none() && run.step().unwrap() != Step::Ended {}
        matches!(run.next_act(), Some(Act::Write(write)) if write.class == Class::StartOrResult)
    };
    let lost = before.iter().enumerate().filter(|(_, run)| starts(run));
    let mut broken =
        lost.flat_map(|(i, run)| wrong(&run.clone().with_planner(forgetful), &[Fault::new(i, FaultKind::LostAnswer)], &expected));
    assert!(broken.any(|what| what.starts_with("I7")));
}
