//! The month of `examples/monthly-cycle/` on a real control plane: played once as it is and once with an operator that is killed
//! again and again; then the operator idles. And `examples/bad-release/` and `examples/hooks/`, with real Jobs. The demo judges the invariants and the end itself; here its report is read.
//!
//! A program of its own: it wants the machine for itself, and cargo plays programs one after the other. Two months at once leave half of two cores free.
#![allow(clippy::expect_used, reason = "a test may fail where it stands")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use uplift_testbed::project;

/// The demo's own line: the month is over, what is left is a minute of watching.
const BEGINS: &str = "The operator is watched for a minute";

/// A demo under way, with a folder of its own for its report.
struct Demo {
    child: Child,
    folder: PathBuf,
    told: Vec<String>,
}

impl Demo {
    fn start(name: &str, arguments: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        let mut demo = Command::new(env!("CARGO_BIN_EXE_demo"));
        demo.args(arguments).env("UPLIFT_DEMO_DIR", &folder).stdin(Stdio::null()).stdout(Stdio::piped());
        Self { child: demo.spawn().expect("the demo runs"), folder, told: vec![] }
    }

    /// Reads what it tells, up to a line with these words, or to its end.
    fn read_until(&mut self, words: &str) {
        let lines = BufReader::new(self.child.stdout.as_mut().expect("stdout is a pipe")).lines();
        for line in lines.map_while(Result::ok) {
            let last = line.contains(words);
            self.told.push(line);
            if last {
                return;
            }
        }
    }

    /// Its report, once it ended well.
    fn report(mut self) -> Value {
        self.read_until("no line is like this");
        let status = self.child.wait().expect("the demo ends");
        let log = fs::read_to_string(self.folder.join("operator.log")).unwrap_or_default();
        assert!(status.success(), "{status}\n{}\nthe operator's log:\n{log}", self.told.join("\n"));
        let text = fs::read_to_string(self.folder.join("report.json")).expect("there is a report");
        serde_json::from_str(&text).expect("the report is JSON")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill(); // after a panic; else it ended long ago
    }
}

/// What happened, whatever the order and the words. Who wrote an image is known of real objects only: manifests of a simulation do not say it. The times differ by the seconds that real rollouts take.
fn story(lines: impl Iterator<Item = Value>) -> BTreeMap<String, usize> {
    lines.filter(|line| line["event"] != "ImagesSetByTool").fold(BTreeMap::new(), |mut story, mut line| {
        let fields = line.as_object_mut().expect("a line is an object");
        fields.remove("at");
        fields.remove("message");
        *story.entry(line.to_string()).or_default() += 1;
        story
    })
}

fn simulated(example: &str) -> BTreeMap<String, usize> {
    let file = project().join(format!("examples/{example}/expected.jsonl"));
    let text = fs::read_to_string(file).expect("the simulation's lines are there");
    story(text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")))
}

fn told(report: &Value) -> BTreeMap<String, usize> {
    story(report["events"].as_array().expect("events are a list").iter().cloned())
}

fn judged(report: &Value) {
    assert_eq!(report["invariants"]["broken"], serde_json::json!([]));
    assert!(report["invariants"]["checked"].as_u64() > Some(100), "{}", report["invariants"]);
}

/// Played twice: as it is, and with an operator that is killed at least so often.
fn twice(example: &str, kills: u64) {
    let plain = Demo::start(&format!("demo-{example}"), &["--example", example]).report();
    let crashed = Demo::start(&format!("demo-{example}-crash"), &["--example", example, "--crash"]).report();
    compare(&plain, &crashed, example, kills);
}

fn compare(plain: &Value, crashed: &Value, example: &str, kills: u64) {
    judged(plain);
    judged(crashed);
    assert_eq!(told(plain), simulated(example));
    assert!(crashed["kills"].as_u64() >= Some(kills), "{}", crashed["kills"]);
    for end in ["tenants", "versions", "upgraded", "optedOut", "blocked", "rolledBack", "calledOff"] {
        assert_eq!(plain[end], crashed[end], "{end} is the same whether the operator was killed or not");
    }
}

#[test]
fn a_month_goes_as_simulated_ends_alike_after_crashes_and_leaves_an_idle_operator() {
    let mut plain = Demo::start("demo-plain", &["--idle-check"]);
    plain.read_until(BEGINS);
    let crashed = Demo::start("demo-crash", &["--crash"]).report(); // while the first is watched
    let plain = plain.report();
    compare(&plain, &crashed, "monthly-cycle", 8);
    assert_eq!(plain["idleWrites"], serde_json::json!([]), "an idle operator writes nothing");
}

/// One after the other: beside the month above three at once could be too slow for an act at an exact second.
#[test]
fn a_bad_release_and_hooks_go_as_simulated_and_end_alike_after_crashes() {
    twice("bad-release", 40);
    twice("hooks", 40);
}
