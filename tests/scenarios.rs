//! Scenarios: what happens to a small fleet, as files that a support lead can read and write.
//!
//! Each file in `tests/scenarios/` begins with the fleet of `base/`, adds manifests and events, and lists every event that
//! follows. `UPDATE=1 cargo test --test scenarios` writes the lists anew: read the difference before you commit it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::{env, fs, path::Path};

use serde::Deserialize;
use uplift::simulate::{Format, Options, run};

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
}

fn december_first() -> jiff::Timestamp {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

fn play(scenario: &Scenario) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let manifests = folder.path().join("manifests");
    fs::create_dir(&manifests).unwrap();
    fs::copy("tests/scenarios/base/fleet.yaml", manifests.join("base.yaml")).unwrap();
    for (i, manifest) in scenario.manifests.iter().enumerate() {
        fs::write(manifests.join(format!("more-{i}.yaml")), manifest.to_string()).unwrap();
    }
    let events = folder.path().join("events.yaml");
    fs::write(&events, serde_json::to_string(&scenario.events).unwrap()).unwrap();
    let (mut out, mut err) = (vec![], vec![]);
    let (from, until) = (scenario.from, scenario.until);
    run(&Options { dir: manifests, from, until, events: Some(events), output: Format::Json }, &mut out, &mut err).unwrap();
    String::from_utf8(out).unwrap().lines().map(line).collect()
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

fn rewrite(path: &Path, text: &str, lines: &[String]) {
    let head = text.split("\nexpect:").next().unwrap().trim_end();
    let list = lines.join("\n- ");
    fs::write(path, format!("{head}\nexpect:\n- {list}\n")).unwrap();
}

#[test]
fn every_scenario_tells_its_story() {
    let update = env::var_os("UPDATE").is_some();
    let mut wrong = vec![];
    for path in scenarios() {
        let text = fs::read_to_string(&path).unwrap();
        let scenario: Scenario = serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let lines = play(&scenario);
        if update {
            rewrite(&path, &text, &lines);
        } else if lines != scenario.expect {
            wrong.push(format!(
                "{}\n  expected:\n    {}\n  happened:\n    {}",
                path.display(),
                scenario.expect.join("\n    "),
                lines.join("\n    ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
