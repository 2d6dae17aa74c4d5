//! A second opinion on runways (rule R28): the planner and a Python program say whether the upgrades out of a version fit before its end.
//!
//! The program is that of the zones. Windows lie around the changes of the clocks; freezes, change windows, nightly windows that are shorter
//! than the notice, and up to six upgrades are drawn. `RUNWAY_CASES=n` asks so many, `SEED=s` others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]

mod case;

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use crate::{
    histories::chance::Chance,
    zones::{
        edges::{Edge, YEARS, edges},
        number,
        python::Python,
    },
};
use case::Case;

/// So many cases go to Python at once.
const BATCH: usize = 64;
/// More differences than these nobody reads.
const SHOWN: usize = 5;

/// Days that zones skipped before are no matter of releases.
fn of_the_years() -> Vec<Edge> {
    edges().into_iter().filter(|edge| edge.at >= YEARS.0).collect()
}

fn cases(edges: &[Edge], first: usize) -> Vec<Case> {
    let seed = number("SEED", 0) << 32;
    (first..first + BATCH).map(|i| Case::draw(&edges[(i * 7919) % edges.len()], &mut Chance::new((seed + i) as u64))).collect()
}

/// The differences, and the states that both say.
fn compare(python: &mut Python, cases: &[Case]) -> (Vec<String>, Vec<String>) {
    python.ask(&cases.iter().map(Case::line).collect::<Vec<_>>());
    let ours: Vec<_> = cases.iter().map(Case::answer).collect();
    let theirs = python.hear(cases.len());
    let differs = |((case, ours), theirs): ((&Case, &String), &String)| {
        (ours != theirs).then(|| format!("{case}\n  Rust:   {ours}\n  Python: {theirs}"))
    };
    (cases.iter().zip(&ours).zip(&theirs).filter_map(differs).collect(), ours)
}

fn ask(edges: &[Edge], count: usize) -> (Vec<String>, Vec<String>) {
    let (next, found, said) = (AtomicUsize::new(0), Mutex::new(vec![]), Mutex::new(vec![]));
    let work = || {
        let mut python = Python::start(None);
        while found.lock().unwrap().len() < SHOWN {
            let first = next.fetch_add(BATCH, Ordering::Relaxed);
            if first >= count {
                return;
            }
            let (differences, answers) = compare(&mut python, &cases(edges, first));
            found.lock().unwrap().extend(differences);
            said.lock().unwrap().extend(answers.into_iter().map(|answer| answer.split(' ').next().unwrap().to_owned()));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(4));
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    (found.into_inner().unwrap(), said.into_inner().unwrap())
}

#[test]
fn planner_and_python_agree_about_what_fits_before_an_end() {
    let (differences, said) = ask(&of_the_years(), number("RUNWAY_CASES", 6_000));
    let shown = differences.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "planner and Python differ:\n{shown}");
    let times = |state: &str| (state.to_owned(), said.iter().filter(|one| *one == state).count());
    let counted = ["InTime", "NoRoomForDeferral", "Unreachable", "NoSupportedRelease", "Ended"].map(times);
    println!("{} cases: {counted:?}", said.len());
    assert!(counted.iter().all(|(_, n)| *n * 200 >= said.len()), "each state comes up: {counted:?}");
}

/// The comparison bites: each rule that is broken on purpose in the Python half is noticed.
#[test]
fn a_wrong_runway_is_noticed() {
    let edges = of_the_years();
    for broken in ["hurried", "short"] {
        let mut python = Python::start(Some(broken));
        let noticed = (0..100 * BATCH).step_by(BATCH).any(|first| !compare(&mut python, &cases(&edges, first)).0.is_empty());
        assert!(noticed, "nobody noticed the broken rule {broken:?}");
    }
}
