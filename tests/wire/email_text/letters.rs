//! Letters for the tests: the notices that the planner writes in simulated months, and what another program reads in them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use uplift::{
    letters::Outgoing,
    notify::email::{Sender, Templates},
    simulate::{Format, Options, Step, engine::Act, load},
};

/// To whom all letters go.
pub const TO: &str = "it@acme.example";

/// Who sends them.
pub fn sender() -> Sender {
    let (from, reply_to) = ("Hosting Operations <ops@host.example>", "support@host.example");
    Sender { from: from.parse().unwrap(), reply_to: Some(reply_to.parse().unwrap()), domain: "host.example".into() }
}

/// The letter as it goes over the wire.
pub fn written(templates: &Templates, notice: &Outgoing) -> Vec<u8> {
    templates.letter(notice, TO, &sender()).unwrap().formatted()
}

#[derive(Deserialize)]
struct Scenario {
    from: Option<Timestamp>,
    until: Timestamp,
    #[serde(default)]
    manifests: Vec<Value>,
    #[serde(default)]
    events: Vec<Value>,
}

/// The notices of a month that is written like the files in `tests/scenarios/`, in the order in which they are sent.
pub fn month(scenario: &str) -> Vec<Outgoing> {
    let Scenario { from, until, manifests, events } = serde_saphyr::from_str(scenario).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("manifests");
    fs::create_dir(&dir).unwrap();
    fs::copy("tests/scenarios/base/fleet.yaml", dir.join("base.yaml")).unwrap();
    for (i, manifest) in manifests.iter().enumerate() {
        fs::write(dir.join(format!("more-{i}.yaml")), manifest.to_string()).unwrap();
    }
    let file = folder.path().join("events.yaml");
    fs::write(&file, serde_json::to_string(&events).unwrap()).unwrap();
    let from = from.unwrap_or_else(|| "2026-12-01T00:00:00Z".parse().unwrap());
    sent(&Options { dir, from, until, events: Some(file), output: Format::Json })
}

fn sent(options: &Options) -> Vec<Outgoing> {
    let mut simulation = load(options, &mut vec![]).unwrap();
    let mut sent: Vec<Outgoing> = vec![];
    loop {
        if let Some(Act::Send(notice)) = simulation.next_act() {
            let again = sent.iter().any(|other| (&other.key, &other.contact) == (&notice.key, &notice.contact));
            sent.extend((!again).then(|| (**notice).clone()));
        }
        if simulation.step().unwrap() == (Step::Ended {}) {
            return sent;
        }
    }
}

/// What Python reads in the letters.
pub fn read(letters: &[Vec<u8>]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let write = |(i, letter): (usize, &Vec<u8>)| {
        let file = folder.path().join(format!("{i}.eml"));
        fs::write(&file, letter).unwrap();
        file
    };
    let files: Vec<PathBuf> = letters.iter().enumerate().map(write).collect();
    let output =
        Command::new(python()).arg("tests/wire/email_text/reader.py").args(files).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "the reader failed; what it said stands above");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn python() -> PathBuf {
    let output = Command::new("testbed/python/prepare").stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "testbed/python/prepare failed; what it said stands above");
    Path::new(String::from_utf8(output.stdout).unwrap().trim()).into()
}

/// A part of a letter by its type.
pub fn part<'a>(letter: &'a Value, kind: &str) -> Option<&'a Value> {
    letter["parts"].as_array().unwrap().iter().find(|part| part["type"] == kind)
}

/// A header; there must be exactly one.
pub fn header<'a>(letter: &'a Value, name: &str) -> &'a str {
    let mut found = letter["headers"].as_array().unwrap().iter().filter(|header| header[0] == name);
    let value = found.next().unwrap_or_else(|| panic!("no {name} in {letter}"));
    assert!(found.next().is_none(), "two {name}");
    value[1].as_str().unwrap()
}
