//! Histories by chance: small fleets to which people and machines do what they can, judged by the oracle.
//!
//! `HISTORIES=n` plays n of them, `SEED=s` those from that seed on. A failure is printed as a small file:
//! `HISTORY=file cargo test --test rules histories::replay` plays it again; `KEEP=folder` keeps it there. `kept/` holds what once
//! failed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]

mod broken;
pub mod chance;
mod contacts;
mod coverage;
mod edits;
mod events;
mod fleet;
mod follow;
mod guards;
mod history;
mod intents;
mod interop;
mod jobs;
mod meddling;
mod moments;
mod people;
mod places;
mod platform;
mod recalled;
mod replicas;
mod shrink;
mod software;
mod told;
mod trials;
mod trouble;
mod turns;
mod verdict;
mod windows;

use std::{
    collections::BTreeMap,
    env, fs,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use history::History;
use jiff::Timestamp;
use recalled::OPERATOR;
use uplift::{
    fleet::Fleet,
    plan::{Memo, Plan},
};
use verdict::{Rules, kind, wrong, wrong_with};

/// So many take half a minute on two cores.
const DEFAULT: u64 = 400;
/// A line of progress after so many.
const PROGRESS: u64 = 5_000;

fn number(name: &str, default: u64) -> u64 {
    let parse = |text: std::ffi::OsString| text.to_str().and_then(|text| text.parse().ok());
    env::var_os(name).map_or(default, |text| parse(text).unwrap_or_else(|| panic!("{name} is no number")))
}

/// The operator's own rules. Every plan of each fourth history is made twice, which takes as long as all the rest.
fn rules(seed: u64) -> Rules {
    if seed.is_multiple_of(4) { OPERATOR } else { Rules::Remembering(Memo::plan) }
}

/// What is wrong with the histories of these seeds: the first few of each kind, with how many there are.
fn failures(first: u64, count: u64) -> BTreeMap<String, (usize, u64, String)> {
    let (next, found) = (AtomicU64::new(first), Mutex::new(BTreeMap::new()));
    let begin = Instant::now();
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count {
                return;
            }
            let kinds: BTreeMap<String, String> =
                wrong_with(seed, rules(seed)).into_iter().rev().map(|what| (kind(&what), what)).collect();
            let mut found = found.lock().unwrap();
            for (kind, what) in kinds {
                if !found.contains_key(&kind) {
                    println!("seed {seed}: {}", what.lines().next().unwrap_or_default());
                }
                found.entry(kind).or_insert((0, seed, what)).0 += 1;
            }
            if (seed - first + 1).is_multiple_of(PROGRESS) {
                println!("{} histories in {:.0?}, {} kinds of failures", seed - first + 1, begin.elapsed(), found.len());
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(4));
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    found.into_inner().unwrap()
}

/// A failure as people read it, with the file that replays it. `BRIEF=1`: only what is wrong.
fn report(seed: u64, what: &str, rules: Rules) -> String {
    if env::var_os("BRIEF").is_some() {
        return what.to_owned();
    }
    let mut small = shrink::shrink(&History::draw(seed), rules, what);
    let wrong = wrong(&small, rules);
    let first = wrong.first().map_or(what, String::as_str);
    small.about = format!("seed {seed}: {}", first.lines().next().unwrap_or_default());
    let yaml = serde_saphyr::to_string(&small).unwrap();
    if let Some(folder) = env::var_os("KEEP") {
        let kind: String = kind(what).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
        fs::write(std::path::Path::new(&folder).join(format!("seed-{seed}-{kind}.yaml")), &yaml).unwrap();
    }
    format!("{}\n---\n{yaml}", wrong.join("\n"))
}

#[test]
fn no_history_breaks_an_invariant() {
    let (first, count) = (number("SEED", 0), number("HISTORIES", DEFAULT));
    println!("{count} histories from seed {first} on");
    let failures = failures(first, count);
    let told = failures
        .iter()
        .map(|(kind, (n, seed, what))| format!("## {n} times, first seed {seed}: {kind}\n{}", report(*seed, what, rules(*seed))));
    let told: Vec<_> = told.collect();
    assert!(told.is_empty(), "{} kinds of failures\n{}", told.len(), told.join("\n"));
}

/// What the histories must come to, lest they grow harmless unseen.
const ENDINGS: [&str; 28] = [
    "UpgradeSucceeded",
    "UpgradeFailed",
    "UpgradeRolledBack",
    "RollbackFailed",
    "HookFailed HookFailed",
    "HookFailed ProbeBroken",
    "HookFailed BackupFailed",
    "DataRestored",
    "ProbeDiffers",
    "Blocked JobsNotGranted",
    "Blocked JobRefused",
    "UpgradeFailed HookFailed",
    "OptOutAccepted",
    "OptOutTooLate",
    "OptOutUndone",
    "OptOutLimitReached",
    "SlotReplanned Frozen",
    "ReleaseHalted",
    "ReleaseResumed",
    "SlotMissed",
    "TrialReady",
    "TrialEnded Rejected",
    "TrialFailed TrialEdited",
    "TrialFailed QuarantineNotEnforced",
    "TrialFailed ScrubUnproven",
    "TrialNotCleaned",
    "Blocked TrialFailed",
    "Blocked TrialRejected",
];

#[test]
fn histories_come_to_every_ending() {
    let mut missing = ENDINGS.to_vec();
    for seed in 0..DEFAULT {
        let reached = verdict::endings(seed);
        missing.retain(|ending| !reached.iter().any(|word| word.starts_with(ending)));
        if missing.is_empty() {
            return;
        }
    }
    panic!("no history comes to {missing:?}");
}

/// What is broken, and rules that break it.
const BROKEN: [(&str, &str, Rules); 42] = [
    ("I1", "backwards", Rules::Anew(broken::backwards)),
    ("I2", "deaf", Rules::Anew(broken::deaf)),
    ("I2", "early", Rules::Anew(broken::early)),
    ("I2", "presuming", Rules::Anew(broken::presuming)),
    ("I3", "unheard", Rules::Anew(broken::unheard)),
    ("I4", "indiscreet", Rules::Anew(broken::indiscreet)),
    ("I5", "lazy", Rules::Anew(broken::lazy)),
    ("I5", "restless", Rules::Anew(broken::restless)),
    ("I6", "boastful", Rules::Anew(broken::boastful)),
    ("I7", "greedy", Rules::Anew(broken::greedy)),
    ("I8", "forgetful", Rules::Anew(broken::forgetful)),
    ("I9", "hoarding", Rules::Anew(broken::hoarding)),
    ("I12", "trusting", Rules::Anew(broken::trusting)),
    ("I12", "indifferent", Rules::Anew(broken::indifferent)),
    ("I13", "headlong", Rules::Anew(broken::headlong)),
    ("I14", "tardy", Rules::Anew(broken::tardy)),
    ("I14", "unconcerned", Rules::Anew(broken::unconcerned)),
    ("I14", "stingy", Rules::Anew(broken::stingy)),
    ("I14", "tacit", Rules::Anew(broken::tacit)),
    ("I14", "blaming", Rules::Anew(broken::blaming)),
    ("I14", "hasty", Rules::Anew(broken::hasty)),
    ("I15", "heedless", Rules::Anew(broken::heedless)),
    ("I15", "inconsiderate", Rules::Anew(broken::inconsiderate)),
    ("I15", "indulgent", Rules::Anew(broken::indulgent)),
    ("I15", "unsuspecting", Rules::Anew(broken::unsuspecting)),
    ("R22", "headlong", Rules::Anew(broken::headlong)),
    ("I10", "mute", Rules::Anew(broken::mute)),
    ("I10", "unanswering", Rules::Anew(broken::unanswering)),
    ("R7", "crowded", Rules::Anew(broken::crowded)),
    ("R8", "hushed", Rules::Anew(broken::hushed)),
    ("stuck:", "sleepless", Rules::Anew(broken::sleepless)),
    ("C1", "misdated", Rules::Anew(broken::misdated)),
    ("C2", "uninvited", Rules::Anew(broken::uninvited)),
    ("C3", "deaf", Rules::Anew(broken::deaf)),
    ("C3", "mishearing", Rules::Anew(broken::mishearing)),
    ("C4", "curt", Rules::Anew(broken::curt)),
    ("C5", "unplanned", Rules::Anew(broken::unplanned)),
    ("C6", "careless", Rules::Anew(broken::careless)),
    ("C7", "comforting", Rules::Anew(broken::comforting)),
    ("C7", "modest", Rules::Anew(broken::modest)),
    ("I1", "guessing", Rules::Anew(broken::guessing)),
    ("R7-turns", "favouring", Rules::Anew(broken::favouring)),
];

/// The test bed bites: rules that break one promise are found out within the default number of histories.
#[test]
fn broken_rules_are_caught() {
    let within = DEFAULT;
    let is_caught = |(breaks, name, rules): &&(&str, &str, Rules)| {
        let broken = |what: &String| what.split(' ').next() == Some(*breaks);
        let caught = (0..within).find(|seed| wrong_with(*seed, *rules).iter().any(broken));
        println!("{breaks} {name}: caught by seed {caught:?}");
        caught.is_some()
    };
    let missed = BROKEN.iter().filter(|one| !is_caught(one)).map(|(breaks, name, _)| format!("{name} ({breaks})"));
    let missed: Vec<_> = missed.collect();
    assert!(missed.is_empty(), "within {within} histories nobody noticed {}", missed.join(", "));
}

/// What one promise that is broken looks like in a history that the default number of them has not: the judge is shown it.
fn bites(file: &str, breaks: &str, rules: fn(&Fleet, Timestamp) -> Plan) {
    let history = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules/histories/bites").join(file));
    assert_eq!(wrong(&history, OPERATOR), Vec::<String>::new());
    let wrong = wrong(&history, Rules::Anew(rules));
    assert!(wrong.iter().any(|what| what.starts_with(breaks)), "{wrong:?}");
}

#[test]
fn a_slot_that_is_read_in_another_zone_is_caught() {
    bites("a-zone-that-moves.yaml", "C3", broken::moving);
}

#[test]
fn a_date_that_the_way_out_of_an_end_needs_and_that_may_be_declined_is_caught() {
    bites("a-last-date-before-an-end.yaml", "I2", broken::generous);
}

/// One file for the eye: what happened, how it ended, and what is wrong.
#[test]
fn replay() {
    let Some(file) = env::var_os("HISTORY") else { return };
    let history = read(file.as_ref());
    let mut run = history.simulation();
    let outcome = history.play(&mut run);
    for told in run.take_told() {
        println!("{} {:?}", told.at, told.story);
    }
    for record in run.world().log() {
        let uplift::simulate::world::What::Accepted(notice) = &record.what else { continue };
        let m = &notice.message;
        println!(
            "{} {} {} {:?}: {} | {} | {:?}",
            record.at, notice.tenant, notice.contact, m.kind, m.subject, m.text, m.invitation
        );
    }
    for object in run.world().objects().filter(|object| object.tenant().is_some()) {
        let status = object.tenant().map(|(_, status)| status);
        println!("{}:\n{}", object.key, serde_saphyr::to_string(&status).unwrap());
    }
    let wrong = wrong(&history, OPERATOR);
    assert!(outcome.is_ok() && wrong.is_empty(), "{outcome:?}\n{}", wrong.join("\n"));
}

#[test]
fn what_once_broke_an_invariant_does_not_any_more() {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules/histories/kept");
    for entry in fs::read_dir(kept).unwrap() {
        let file = entry.unwrap().path();
        let wrong = wrong(&read(&file), OPERATOR);
        assert!(wrong.is_empty(), "{}\n{}", file.display(), wrong.join("\n"));
    }
}

fn read(file: &std::path::Path) -> History {
    serde_saphyr::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}
