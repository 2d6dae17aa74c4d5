//! The shape of the code, as `docs/design.md` draws it: who may use whom, and what a pure module never touches.
//!
//! A rule of the compiler would be better; modules of one crate have none. So this reads the source.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

mod circles;
mod files;
mod proof;
mod reasons;
mod rooms;
mod sizes;
mod source;

use std::{collections::BTreeSet, fs};

use files::{File, program, root};
use source::Named;

/// The modules: their name, whether they are pure, and which others they may use. The same table stands in docs/design.md.
const MODULES: &[(&str, bool, &[&str])] = &[
    ("api", true, &[]),
    ("calendar", true, &["api"]),
    ("fleet", true, &["api", "calendar"]),
    ("plan", true, &["fleet", "calendar", "api"]),
    ("letters", true, &["plan", "fleet", "calendar", "api"]),
    ("clock", false, &[]),
    ("observe", false, &["lead", "fleet", "api", "clock"]),
    ("execute", false, &["plan", "fleet", "api", "clock"]),
    ("lead", false, &["execute", "clock"]),
    ("notify", false, &["letters", "plan", "fleet", "api", "clock"]),
    ("lifecycle", false, &["notify", "plan", "fleet", "api", "clock"]),
    ("simulate", false, &["lead", "execute", "letters", "plan", "fleet", "calendar", "api", "clock"]),
    (
        "controller",
        false,
        &[
            "lead",
            "observe",
            "execute",
            "lifecycle",
            "notify",
            "letters",
            "plan",
            "fleet",
            "calendar",
            "api",
            "clock",
            "telemetry",
        ],
    ),
    ("telemetry", false, &[]),
    (
        "cli",
        false,
        &[
            "controller",
            "simulate",
            "lead",
            "observe",
            "execute",
            "lifecycle",
            "notify",
            "letters",
            "plan",
            "fleet",
            "calendar",
            "api",
            "clock",
            "telemetry",
        ],
    ),
];

/// What `api` may take from kube: the derives that make the CRDs. They bring no client.
const DERIVES: &[&str] = &["CustomResource", "CustomResourceExt", "KubeSchema"];

#[test]
fn pure_modules_touch_neither_time_nor_network_nor_chance() {
    let found: Vec<_> = program().iter().filter(|file| row(file).0).flat_map(|file| complaints(file, impurity)).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn modules_use_only_what_the_design_lets_them() {
    let found: Vec<_> = program().iter().flat_map(|file| complaints(file, stranger)).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_module_has_its_row() {
    let known: BTreeSet<_> = MODULES.iter().map(|(name, ..)| *name).collect();
    let there: BTreeSet<_> = program().iter().map(|file| file.root().to_owned()).collect();
    let missing: Vec<_> = there.iter().filter(|name| !known.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?} has no row: add one here and in docs/design.md, and say what it may use");
    for (name, _, uses) in MODULES {
        assert!(uses.iter().all(|used| known.contains(used)), "the row of {name} names a module that has no row");
    }
    for (pure, ..) in MODULES.iter().filter(|(_, pure, _)| *pure) {
        assert!(there.contains(*pure), "src/{pure} is gone, or this test looks in the wrong place");
    }
}

#[test]
fn the_scanner_catches_each_kind_of_impurity() {
    for caught in [
        "fn f() { let t = jiff::Timestamp::now(); }",
        "use jiff::Timestamp;\nfn f() -> Timestamp { Timestamp::now() }",
        "fn f() { let t = std::time::SystemTime::UNIX_EPOCH; }",
        "use std::time::{Duration, Instant};",
        "use kube::{Api, Client};",
        "use kube::Client as C;",
        "use kube as k;",
        "fn f(c: kube::Client) {}",
        "fn f(c: &::kube::Api<Pod>) {}",
        "fn f() { reqwest::get(url); }",
        "use hyper::body;",
        "async fn f() {}",
        "fn f() { x().await; }",
        "fn f() { tokio::spawn(g()); }",
        "#[tokio::main]\nfn f() {}",
        "use tokio::{self, sync};",
        "fn f() { std::env::var(\"HOME\"); }",
        "use std::{collections::BTreeMap, env};",
        "fn f() { rand::random() }",
        "use std::collections::{BTreeMap, HashMap};",
        "fn f(seen: &mut std::collections::HashSet<u8>) {}",
        "fn f() { std::fs::read(\"x\"); }",
        "fn f<'a>(c: char) { if c == '\"' { std::thread::yield_now() } }",
        "/* a /* nested */ comment */ async fn f() {}",
        "#[cfg(test)]\nmod tests { fn f() { g[0]; } }\nasync fn f() {}",
        "#[cfg(test)]\nmod tests;\nasync fn f() {}",
    ] {
        for module in ["api", "calendar", "fleet", "plan"] {
            let file = File::of(&format!("{module}::sample"), caught);
            assert!(!complaints(&file, impurity).is_empty(), "{module} may not say: {caught}");
        }
    }
}

#[test]
fn the_scanner_lets_pass_what_only_looks_alike() {
    for passes in [
        "// tokio::spawn, async, Timestamp::now()\nfn f() {}",
        "/// Awaits nothing: no `Instant::now()`.\nfn f() {}",
        "fn f() -> &'static str { \"async HashMap std::env \\\" kube::Client\" }",
        "fn f() -> &'static str { r#\"async \" tokio::spawn\"# }",
        "fn f(pass: &Pass) -> Timestamp { pass.now }",
        "fn f<'a>(asynchronous: &'a str, r#type: u8) {}",
        "#[cfg(test)]\nmod tests {\n    use std::collections::HashMap;\n    fn f() { Timestamp::now() }\n}",
        "#[cfg(test)]\n#[allow(dead_code)]\nfn helper(x: [u8; 2]) { std::env::var(\"X\"); }",
        "#![cfg(test)]\nasync fn f() {}",
        "use std::{collections::BTreeMap, time::Duration};",
    ] {
        let file = File::of("plan::sample", passes);
        assert_eq!(complaints(&file, impurity), Vec::<String>::new(), "{passes}");
    }
    let derive = "use kube::{CustomResource, KubeSchema};\n#[derive(KubeSchema)]\n#[kube(kind = \"X\")]\nstruct X;\nfn f() { DashboardRelease::crd() }\nuse kube::CustomResourceExt;";
    let api = |text| File::of("api::sample", text);
    assert_eq!(complaints(&api(derive), impurity), Vec::<String>::new());
    assert!(!complaints(&api("use kube::{CustomResource, ResourceExt};"), impurity).is_empty());
}

#[test]
fn the_scanner_catches_a_module_that_reaches_too_far() {
    for (module, text) in [
        ("api::sample", "use crate::fleet::Fleet;"),
        ("fleet::sample", "use crate::{api::Version, plan::Plan};"),
        ("plan::sample", "fn f() { crate::observe::run() }"),
        ("plan", "use super::execute;"),
        ("plan::sample", "use super::super::notify::Settings;"),
        ("calendar::sample", "use crate::*;"),
        ("observe::sample", "use crate::plan::plan;"),
        ("notify::sample", "pub(crate) use crate::{execute};"),
        ("simulate::sample", "use crate::{\n    api,\n    controller::Controller,\n};"),
    ] {
        let file = File::of(module, text);
        assert_eq!(complaints(&file, stranger).len(), 1, "{module}: {text}");
    }
    for (module, text) in [
        (
            "plan",
            "use crate::{api::reason::Reason, fleet::{Fleet, Tenant}};\nuse super::gates;\nuse crate::plan::Plan;\npub(crate) fn f() {}",
        ),
        ("plan", "#[cfg(test)]\nmod tests { use crate::observe::Observation; }"),
        ("notify", "//! [`Plan`](crate::controller)\nuse crate::plan::notice;"),
    ] {
        let file = File::of(&format!("{module}::sample"), text);
        assert_eq!(complaints(&file, stranger), Vec::<String>::new(), "{module}: {text}");
    }
}

#[test]
fn a_complaint_names_file_and_line() {
    let file = File::of("plan::gates", "/* two\nlines */\nfn f() {\n    Timestamp::now()\n}");
    let complaint = complaints(&file, impurity).join("\n");
    assert!(complaint.starts_with("src/plan/gates.rs:4: "), "{complaint}");
}

/// The lock file says what is really built; `deny.toml` says the same to cargo-deny, which not everyone has.
#[test]
fn there_is_one_tls_stack_and_one_time_library() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    for (banned, instead) in [
        ("openssl", "rustls with ring"),
        ("openssl-sys", "rustls with ring"),
        ("native-tls", "rustls with ring"),
        ("aws-lc-rs", "rustls with ring: one crypto library, and no cmake to build it"),
        ("aws-lc-sys", "rustls with ring: one crypto library, and no cmake to build it"),
        ("chrono-tz", "jiff with its bundled zone data: two sets of zones can disagree"),
    ] {
        let there = lock.lines().any(|line| line == format!("name = \"{banned}\""));
        assert!(!there, "Cargo.lock has {banned}; use {instead}. `cargo tree -i {banned}` shows who brings it");
    }
}

#[test]
fn every_reason_is_one_word_in_camel_case_and_has_one_meaning() {
    let mut seen = BTreeSet::new();
    for reason in uplift::api::reason::Reason::ALL.iter().map(|reason| reason.name()) {
        let camel = reason.starts_with(|c: char| c.is_ascii_uppercase()) && reason.chars().all(|c| c.is_ascii_alphanumeric());
        assert!(camel, "{reason:?}: a reason is one word in CamelCase");
        assert!(seen.insert(reason), "{reason:?} stands twice in api::reason");
    }
    assert!(!seen.is_empty());
}

fn row(file: &File) -> (bool, &'static [&'static str]) {
    MODULES.iter().find(|(name, ..)| *name == file.root()).map_or((false, &[]), |(_, pure, uses)| (*pure, uses))
}

fn complaints(file: &File, judge: fn(&File, &Named) -> Option<String>) -> Vec<String> {
    let complain = |named: &Named| {
        let advice = judge(file, named)?;
        Some(format!("{}: `{}` in `{}`: {advice}", file.at(named.line), named.segments.join("::"), file.root()))
    };
    file.source.named.iter().filter_map(complain).collect()
}

/// What a pure module may not name, with what to do instead.
fn impurity(file: &File, named: &Named) -> Option<String> {
    let path: Vec<_> = named.segments.iter().map(String::as_str).collect();
    let advice = match path[..] {
        ["async" | "await"] | ["tokio" | "futures", ..] => {
            "this module waits for nothing; let observe, execute, notify or controller do it"
        }
        [.., _, "now"] => "take the time as an argument",
        _ if path.iter().any(|s| ["SystemTime", "Instant"].contains(s)) => "take the time as an argument",
        ["kube", used, ..] if file.root() == "api" && DERIVES.contains(&used) => return None,
        ["kube", ..] => "no client and no object of the API server here; observe reads, execute writes",
        ["k8s_openapi", ..] if file.root() != "api" => "facts are plain values; let observe turn the object into one",
        ["reqwest" | "hyper" | "hyper_util" | "http" | "tower", ..] => "no network here; notify sends",
        _ if path.iter().any(|s| ["TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs"].contains(s)) => {
            "no network here; notify sends"
        }
        ["std", "env" | "fs" | "process" | "thread", ..] => "the machine is no fact; let cli read it and hand it in",
        ["rand", ..] => "the same facts and time must give the same answer; chance belongs to execute and notify",
        _ if path.iter().any(|s| ["HashMap", "HashSet"].contains(s)) => "its order is chance; use BTreeMap or BTreeSet",
        _ => return None,
    };
    Some(advice.into())
}

/// A module that this one may not use.
fn stranger(file: &File, named: &Named) -> Option<String> {
    let path = file.absolute(named)?;
    let used = path.first()?.as_str();
    if used == "*" {
        return Some("name the modules that are used".into());
    }
    let may_use = row(file).1;
    let known = MODULES.iter().any(|(name, ..)| *name == used);
    let allowed = !known || used == file.root() || may_use.contains(&used);
    (!allowed).then(|| {
        let may_use = if may_use.is_empty() { "no other module".into() } else { may_use.join(", ") };
        format!("it may use {may_use}; move the code, or change the table here and in docs/design.md with a decision")
    })
}
