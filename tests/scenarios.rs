//! Scenarios: what happens to a small fleet, as files that a support lead can read and write.
//!
//! Each file in `tests/scenarios/` begins with the fleet of `base/`, adds manifests and events, and lists every event that
//! follows. A file with `letters: []` also lists what customers read, one with `shows: []` what stands in the statuses at the end.
//! `UPDATE=1 cargo test --test scenarios` writes the lists anew: read the difference before you commit it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::{env, fs, path::Path};

use serde::Deserialize;
use uplift::simulate::{Format, Options, load, run};

#[path = "scenarios/page.rs"]
mod page;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    /// What it shows, as a sentence.
    #[allow(dead_code, reason = "read by people")]
    about: String,
    #[serde(default = "december_first")]
    from: jiff::Timestamp,
    until: jiff::Timestamp,
    #[serde(default)]
    manifests: Vec<serde_json::Value>,
    #[serde(default)]
    events: Vec<serde_json::Value>,
    #[serde(default)]
    expect: Vec<String>,
    letters: Option<Vec<String>>,
    shows: Option<Vec<String>>,
}

/// What happened.
#[derive(PartialEq, Eq)]
struct Outcome {
    expect: Vec<String>,
    letters: Option<Vec<String>>,
    shows: Option<Vec<String>>,
}

impl Outcome {
    fn lists(&self) -> impl Iterator<Item = (&'static str, &Vec<String>)> {
        let lists = [("expect", Some(&self.expect)), ("letters", self.letters.as_ref()), ("shows", self.shows.as_ref())];
        lists.into_iter().filter_map(|(name, list)| Some((name, list?)))
    }
}

fn december_first() -> jiff::Timestamp {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

fn play(scenario: &Scenario) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let manifests = folder.path().join("manifests");
    fs::create_dir(&manifests).unwrap();
    fs::copy("tests/scenarios/base/fleet.yaml", manifests.join("base.yaml")).unwrap();
    for (i, manifest) in scenario.manifests.iter().enumerate() {
        fs::write(manifests.join(format!("more-{i}.yaml")), manifest.to_string()).unwrap();
    }
    let events = folder.path().join("events.yaml");
    fs::write(&events, serde_json::to_string(&scenario.events).unwrap()).unwrap();
    let options =
        Options { dir: manifests, from: scenario.from, until: scenario.until, events: Some(events), output: Format::Json };
    let mut out = vec![];
    run(&options, &mut out, &mut vec![]).unwrap();
    let expect = String::from_utf8(out).unwrap().lines().map(line).collect();
    let (letters, shows) = (scenario.letters.is_some(), scenario.shows.is_some());
    if !letters && !shows {
        return Outcome { expect, letters: None, shows: None };
    }
    let mut again = load(&options, &mut vec![]).unwrap();
    again.run().unwrap();
    let world = again.world();
    Outcome { expect, letters: letters.then(|| page::letters(world)), shows: shows.then(|| page::shows(world)) }
}

/// One event as one short line: when, what, to whom, about what, why.
fn line(json: &str) -> String {
    let event: serde_json::Value = serde_json::from_str(json).unwrap();
    let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
    let subject = [text("tenant"), text("window"), text("release")].into_iter().find(|s| !s.is_empty()).unwrap_or_default();
    let release = if text("tenant").is_empty() { String::new() } else { text("release") };
    let words = [text("at"), text("event"), subject, release, text("slot"), text("notice"), text("reason")];
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn scenarios() -> Vec<std::path::PathBuf> {
    let files = fs::read_dir("tests/scenarios").unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    files
}

fn rewrite(path: &Path, text: &str, outcome: &Outcome) {
    let head = text.split("\nexpect:").next().unwrap().trim_end();
    let indented = |line: &str| format!("  {line}").trim_end().to_owned();
    let item = |entry: &String| {
        let block = || entry.lines().map(indented).collect::<Vec<_>>().join("\n");
        if entry.contains('\n') { format!("- |-\n{}\n", block()) } else { format!("- {entry}\n") }
    };
    let list = |(name, entries): (&str, &Vec<String>)| {
        let items = || entries.iter().map(item).collect::<String>();
        if entries.is_empty() { format!("{name}: []\n") } else { format!("{name}:\n{}", items()) }
    };
    fs::write(path, format!("{head}\n{}", outcome.lists().map(list).collect::<String>())).unwrap();
}

/// The first line that is another, and what stands around it.
fn difference(now: &Outcome, then: &Outcome) -> String {
    let lines =
        |o: &Outcome| o.lists().flat_map(|(name, list)| [name.to_owned(), list.join("\n")]).collect::<Vec<_>>().join("\n");
    let (now, then) = (lines(now), lines(then));
    let at = now
        .lines()
        .zip(then.lines())
        .position(|(now, then)| now != then)
        .unwrap_or(now.lines().count().min(then.lines().count()));
    let around = |text: &str| text.lines().skip(at.saturating_sub(2)).take(6).collect::<Vec<_>>().join("\n    ");
    format!("  expected:\n    {}\n  happened:\n    {}", around(&then), around(&now))
}

#[test]
fn every_scenario_tells_its_story() {
    let update = env::var_os("UPDATE").is_some();
    let mut wrong = vec![];
    for path in scenarios() {
        let text = fs::read_to_string(&path).unwrap();
        let scenario: Scenario = serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let outcome = play(&scenario);
        let expected =
            Outcome { expect: scenario.expect.clone(), letters: scenario.letters.clone(), shows: scenario.shows.clone() };
        if update {
            rewrite(&path, &text, &outcome);
        } else if outcome != expected {
            wrong.push(format!("{}\n{}", path.display(), difference(&outcome, &expected)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
