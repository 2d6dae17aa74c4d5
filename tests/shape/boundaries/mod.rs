//! The shape of the code, as `docs/design.md` draws it: who may use whom, and what a pure module never touches.
//!
//! A rule of the compiler would be better; modules of one crate have none. So this reads the source.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

mod scan;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use scan::{Named, Source, scan};

/// The modules: their name, whether they are pure, and which others they may use. The same table stands in docs/design.md.
const MODULES: &[(&str, bool, &[&str])] = &[
    ("api", true, &[]),
    ("calendar", true, &["api"]),
    ("fleet", true, &["api", "calendar"]),
    ("plan", true, &["fleet", "calendar", "api"]),
    ("letters", true, &["plan", "fleet", "calendar", "api"]),
    ("clock", false, &[]),
    ("observe", false, &["fleet", "api", "clock"]),
    ("execute", false, &["plan", "fleet", "api", "clock"]),
    ("notify", false, &["letters", "plan", "fleet", "api", "clock"]),
    ("simulate", false, &["letters", "plan", "fleet", "calendar", "api", "clock"]),
    ("controller", false, &["observe", "execute", "notify", "letters", "plan", "fleet", "calendar", "api", "clock", "telemetry"]),
    ("telemetry", false, &[]),
    (
        "cli",
        false,
        &[
            "controller",
            "simulate",
            "observe",
            "execute",
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
    let found: Vec<_> = program().iter().filter(|file| file.pure()).flat_map(|file| file.complaints(impurity)).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn modules_use_only_what_the_design_lets_them() {
    let found: Vec<_> = program().iter().flat_map(|file| file.complaints(stranger)).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_module_has_its_row() {
    let known: BTreeSet<_> = MODULES.iter().map(|(name, ..)| *name).collect();
    let there: BTreeSet<_> = program().into_iter().map(|file| file.module).collect();
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
            let file = File { path: "sample.rs".into(), module: module.into(), depth: 2, source: scan(caught) };
            assert!(!file.complaints(impurity).is_empty(), "{module} may not say: {caught}");
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
        let file = File { path: "sample.rs".into(), module: "plan".into(), depth: 2, source: scan(passes) };
        assert_eq!(file.complaints(impurity), Vec::<String>::new(), "{passes}");
    }
    let derive = "use kube::{CustomResource, KubeSchema};\n#[derive(KubeSchema)]\n#[kube(kind = \"X\")]\nstruct X;\nfn f() { DashboardRelease::crd() }\nuse kube::CustomResourceExt;";
    let api = |text| File { path: "sample.rs".into(), module: "api".into(), depth: 2, source: scan(text) };
    assert_eq!(api(derive).complaints(impurity), Vec::<String>::new());
    assert!(!api("use kube::{CustomResource, ResourceExt};").complaints(impurity).is_empty());
}

#[test]
fn the_scanner_catches_a_module_that_reaches_too_far() {
    for (module, depth, text) in [
        ("api", 2, "use crate::fleet::Fleet;"),
        ("fleet", 2, "use crate::{api::Version, plan::Plan};"),
        ("plan", 2, "fn f() { crate::observe::run() }"),
        ("plan", 1, "use super::execute;"),
        ("plan", 2, "use super::super::notify::Settings;"),
        ("calendar", 2, "use crate::*;"),
        ("observe", 2, "use crate::plan::plan;"),
        ("notify", 2, "pub(crate) use crate::{execute};"),
        ("simulate", 2, "use crate::{\n    api,\n    controller::Controller,\n};"),
    ] {
        let file = File { path: "sample.rs".into(), module: module.into(), depth, source: scan(text) };
        assert_eq!(file.complaints(stranger).len(), 1, "{module}: {text}");
    }
    for (module, text) in [
        (
            "plan",
            "use crate::{api::reasons, fleet::{Fleet, Tenant}};\nuse super::gates;\nuse crate::plan::Plan;\npub(crate) fn f() {}",
        ),
        ("plan", "#[cfg(test)]\nmod tests { use crate::observe::Observation; }"),
        ("notify", "//! [`Plan`](crate::controller)\nuse crate::plan::notice;"),
    ] {
        let file = File { path: "sample.rs".into(), module: module.into(), depth: 2, source: scan(text) };
        assert_eq!(file.complaints(stranger), Vec::<String>::new(), "{module}: {text}");
    }
}

#[test]
fn a_complaint_names_file_and_line() {
    let file = File {
        path: "src/plan/gates.rs".into(),
        module: "plan".into(),
        depth: 2,
        source: scan("/* two\nlines */\nfn f() {\n    Timestamp::now()\n}"),
    };
    let complaint = file.complaints(impurity).join("\n");
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
    for reason in uplift::api::reasons::ALL {
        let camel = reason.starts_with(|c: char| c.is_ascii_uppercase()) && reason.chars().all(|c| c.is_ascii_alphanumeric());
        assert!(camel, "{reason:?}: a reason is one word in CamelCase");
        assert!(seen.insert(reason), "{reason:?} stands twice in api::reasons");
    }
    assert!(!seen.is_empty());
}

struct File {
    path: PathBuf,
    module: String,
    /// How many modules deep its items are: 1 in `src/plan/mod.rs`, 2 in `src/plan/gates.rs`.
    depth: usize,
    source: Source,
}

impl File {
    fn row(&self) -> (bool, &'static [&'static str]) {
        MODULES.iter().find(|(name, ..)| *name == self.module).map_or((false, &[]), |(_, pure, uses)| (*pure, uses))
    }
    fn pure(&self) -> bool {
        self.row().0
    }
    fn complaints(&self, judge: fn(&File, &[&str]) -> Option<String>) -> Vec<String> {
        let one = |Named { line, segments }: &Named| {
            let segments: Vec<_> = segments.iter().map(String::as_str).collect();
            let advice = judge(self, &segments)?;
            Some(format!("{}:{line}: `{}` in `{}`: {advice}", self.path.display(), segments.join("::"), self.module))
        };
        self.source.named.iter().filter_map(one).collect()
    }
}

/// What a pure module may not name, with what to do instead.
fn impurity(file: &File, path: &[&str]) -> Option<String> {
    let advice = match path {
        ["async" | "await"] | ["tokio" | "futures", ..] => {
            "this module waits for nothing; let observe, execute, notify or controller do it"
        }
        [.., _, "now"] => "take the time as an argument",
        _ if path.iter().any(|s| ["SystemTime", "Instant"].contains(s)) => "take the time as an argument",
        ["kube", used, ..] if file.module == "api" && DERIVES.contains(used) => return None,
        ["kube", ..] => "no client and no object of the API server here; observe reads, execute writes",
        ["k8s_openapi", ..] if file.module != "api" => "facts are plain values; let observe turn the object into one",
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
fn stranger(file: &File, path: &[&str]) -> Option<String> {
    let used = *from_the_root(file, path)?.first()?;
    if used == "*" {
        return Some("name the modules that are used".into());
    }
    let may_use = file.row().1;
    let known = MODULES.iter().any(|(name, ..)| *name == used);
    let allowed = !known || used == file.module || may_use.contains(&used);
    (!allowed).then(|| {
        let may_use = if may_use.is_empty() { "no other module".into() } else { may_use.join(", ") };
        format!("it may use {may_use}; move the code, or change the table here and in docs/design.md with a decision")
    })
}

/// What a path names, from the root of the crate on; none: it stays inside its module, or names another crate.
fn from_the_root<'p>(file: &File, path: &'p [&'p str]) -> Option<&'p [&'p str]> {
    let up = path.iter().take_while(|segment| **segment == "super").count();
    match path {
        ["crate", rest @ ..] => Some(rest),
        _ => (up > 0 && up >= file.depth).then(|| &path[up..]),
    }
}

/// The files of the program: those of tests are left out.
fn program() -> Vec<File> {
    let mut files = vec![];
    for entry in sorted(&root().join("src")) {
        let name = entry.file_stem().expect("a name").to_string_lossy().into_owned();
        if ["lib", "main", "bin"].contains(&name.as_str()) {
            continue; // the crate and its programs, not modules
        }
        if entry.is_dir() {
            read_folder(&entry, &name, 1, &mut files);
        } else {
            files.push(read(&entry, &name, 1));
        }
    }
    assert!(files.len() > 40, "only {} files in src: this test looks in the wrong place", files.len());
    files
}

fn read_folder(folder: &Path, module: &str, depth: usize, files: &mut Vec<File>) {
    let stem = |path: &PathBuf| path.file_stem().expect("a name").to_string_lossy().into_owned();
    let read_all: Vec<_> = sorted(folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .map(|path| read(&path, module, if stem(&path) == "mod" { depth } else { depth + 1 }))
        .collect();
    let tests: BTreeSet<_> = read_all.iter().flat_map(|file| file.source.test_modules.clone()).collect();
    for path in sorted(folder).into_iter().filter(|path| path.is_dir() && !tests.contains(&stem(path))) {
        read_folder(&path, module, depth + 1, files);
    }
    files.extend(read_all.into_iter().filter(|file| !tests.contains(&stem(&file.path))));
}

fn read(path: &Path, module: &str, depth: usize) -> File {
    let text = fs::read_to_string(path).expect("a source file");
    let shown = path.strip_prefix(root()).unwrap_or(path).to_owned();
    File { path: shown, module: module.into(), depth, source: scan(&text) }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    entries
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
