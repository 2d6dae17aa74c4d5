//! Scenarios: what happens to a small fleet, as files that a support lead can read and write.
//!
//! Each file in `tests/scenarios/` begins with the fleet of `base/`, adds manifests and events, and lists every event that
//! follows. A file with `letters: []` also lists what customers read, one with `shows: []` what stands in the statuses at the end.
//! `UPDATE=1 cargo test --test rules scenarios::` writes the lists anew: read the difference before you commit it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::{env, fs, path::Path};

use serde::Deserialize;
use uplift::{
    fleet::Fleet,
    plan,
    simulate::{Format, Options, Simulation, Step, load, run},
};

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

/// The files of a scenario, in a folder that lives as long as it.
fn lay_out(scenario: &Scenario, output: Format) -> (tempfile::TempDir, Options) {
    let folder = tempfile::tempdir().unwrap();
    let manifests = folder.path().join("manifests");
    fs::create_dir(&manifests).unwrap();
    fs::copy("tests/scenarios/base/fleet.yaml", manifests.join("base.yaml")).unwrap();
    for (i, manifest) in scenario.manifests.iter().enumerate() {
        fs::write(manifests.join(format!("more-{i}.yaml")), manifest.to_string()).unwrap();
    }
    let events = folder.path().join("events.yaml");
    fs::write(&events, serde_json::to_string(&scenario.events).unwrap()).unwrap();
    let (from, until) = (scenario.from, scenario.until);
    (folder, Options { dir: manifests, from, until, events: Some(events), output })
}

fn play(scenario: &Scenario) -> Outcome {
    let (_folder, options) = lay_out(scenario, Format::Json);
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
    let words = [text("at"), text("event"), subject, release, text("subject"), text("slot"), text("notice"), text("reason")];
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn scenarios() -> Vec<std::path::PathBuf> {
    let files = fs::read_dir("tests/scenarios").unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    files
}

fn read(path: &Path) -> Scenario {
    let text = fs::read_to_string(path).unwrap();
    serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn rewrite(path: &Path, text: &str, outcome: &Outcome) {
    // A list that is asked for stands above the others, or below: it is written once.
    let asked = |line: &&str| !["expect: []", "letters: []", "shows: []"].contains(line);
    let head = text.split("\nexpect:\n").next().unwrap().lines().filter(asked).collect::<Vec<_>>().join("\n");
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
        let scenario = read(&path);
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

/// What is seen of a world from outside.
fn fleet(simulation: &Simulation) -> Fleet {
    let (world, mut fleet) = (simulation.world(), Fleet::fresh());
    world.objects().for_each(|object| object.fold_into(&mut fleet, world.now(), false));
    fleet
}

/// What explain says of each tenant is what its status says, once the operator has nothing to write.
fn explained_as_written(simulation: &Simulation, about: &str) -> usize {
    let (fleet, now) = (fleet(simulation), simulation.world().now());
    for (key, tenant) in &fleet.tenants {
        let explained = plan::explain(&fleet, now, key).unwrap();
        let status = tenant.status.as_ref().unwrap();
        let told: Vec<_> = explained.held.iter().filter(|held| !held.waiting).map(|held| held.blocker.clone()).collect();
        assert_eq!(told, *status.blockers, "{about}: {key} at {now}");
        assert_eq!(explained.status, *status, "{about}: {key} at {now}");
    }
    fleet.tenants.len()
}

#[test]
fn what_is_explained_of_a_tenant_agrees_with_its_status_whenever_the_operator_rests() {
    let mut compared = 0;
    for path in scenarios() {
        let (_folder, options) = lay_out(&read(&path), Format::Json);
        let (mut simulation, mut seen) = (load(&options, &mut vec![]).unwrap(), 0);
        loop {
            let news = simulation.world().log().len() > seen;
            match simulation.step().unwrap() {
                Step::Planned(false) if news => {
                    seen = simulation.world().log().len();
                    compared += explained_as_written(&simulation, &path.display().to_string());
                }
                Step::Ended => break,
                _ => {}
            }
        }
    }
    assert!(compared > 1000, "only {compared} tenants were compared");
}
