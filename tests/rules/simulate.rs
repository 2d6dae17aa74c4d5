//! `uplift simulate` from its files to its lines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]

use std::{fs, io, path::Path};

use serde_json::{Value, json};
use uplift::simulate::{Options, Show, output::Format, run, run_showing};

fn options(dir: &Path, events: Option<&str>, output: Format) -> Options {
    Options {
        dir: dir.into(),
        from: "2026-12-01T00:00:00Z".parse().unwrap(),
        until: "2027-01-31T00:00:00Z".parse().unwrap(),
        events: events.map(|file| dir.join(file)),
        output,
    }
}

fn example(output: Format) -> String {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/monthly-cycle");
    let mut out = vec![];
    run(&options(&dir, Some("events.yaml"), output), &mut out, &mut io::sink()).unwrap();
    String::from_utf8(out).unwrap()
}

/// Compares with what is written down, or writes it down anew.
fn as_written_down(file: &Path, now: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, now).unwrap();
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    let differs = now.lines().zip(expected.lines()).enumerate().find(|(_, (now, then))| now != then);
    let differs = differs.map(|(i, (now, then))| format!("line {}:\n  expected {then}\n  is       {now}", i + 1));
    assert!(
        now == expected,
        "it goes another way than {} says.\n{}\nIf that is meant, run `UPDATE=1 cargo test --test rules simulate::`, read the difference, \
         and commit it.",
        file.display(),
        differs.unwrap_or_else(|| format!("{} lines instead of {}", now.lines().count(), expected.lines().count()))
    );
}

#[test]
fn the_monthly_cycle_goes_as_it_is_written_down() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/monthly-cycle/expected.jsonl");
    as_written_down(&file, &example(Format::Json));
}

/// Plays an example until this instant, and compares with its file of that name.
fn goes_as_written_down(example: &str, until: &str, output: Format, expected: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let options = Options { until: until.parse().unwrap(), ..options(&folder, Some("events.yaml"), output) };
    let mut out = vec![];
    run(&options, &mut out, &mut io::sink()).unwrap();
    as_written_down(&folder.join(expected), &String::from_utf8(out).unwrap());
}

#[test]
fn a_release_that_halts_goes_as_it_is_written_down() {
    goes_as_written_down("rollout", "2027-03-01T00:00:00Z", Format::Text, "expected.txt");
}

#[test]
fn the_end_of_a_version_goes_as_it_is_written_down() {
    goes_as_written_down("support", "2028-01-31T00:00:00Z", Format::Text, "expected.txt");
}

#[test]
fn hooks_and_probes_go_as_they_are_written_down() {
    goes_as_written_down("hooks", "2026-12-06T00:00:00Z", Format::Json, "expected.jsonl");
}

#[test]
fn a_bad_release_goes_as_it_is_written_down() {
    goes_as_written_down("bad-release", "2026-12-20T00:00:00Z", Format::Json, "expected.jsonl");
}

#[test]
fn each_case_of_consent_goes_as_it_is_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/consent");
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let cases: Vec<_> = entries.filter(|path| path.join("events.yaml").exists()).collect();
    assert!(cases.len() > 10, "{cases:?}");
    for case in cases {
        let name = case.file_name().unwrap().to_str().unwrap();
        assert!(readme.contains(&format!("[{name}]({name}/expected.txt)")), "the README does not show {name}");
        let options = Options {
            until: "2027-03-01T00:00:00Z".parse().unwrap(),
            events: Some(case.join("events.yaml")),
            ..options(&folder.join("common"), None, Format::Text)
        };
        let mut out = vec![];
        run(&options, &mut out, &mut io::sink()).unwrap();
        as_written_down(&case.join("expected.txt"), &String::from_utf8(out).unwrap());
    }
}

const ALL: Show = Show { letters: true, writes: true };

fn shown(output: Format) -> String {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/monthly-cycle");
    let mut out = vec![];
    run_showing(&options(&dir, Some("events.yaml"), output), ALL, &mut out, &mut io::sink()).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_letters_and_writes_of_a_month_are_as_they_are_written_down() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/monthly-cycle/letters.txt");
    let text = shown(Format::Text);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    as_written_down(&file, &text);
}

#[test]
fn letters_and_writes_stand_between_the_events_in_the_order_of_time() {
    let lines: Vec<Value> = shown(Format::Json).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.is_sorted_by_key(|line| line["at"].as_str().unwrap().to_owned()));
    let events: Vec<_> = lines.iter().filter(|line| line["event"].is_string()).collect();
    let plain: Vec<Value> = example(Format::Json).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events, plain.iter().collect::<Vec<_>>(), "the events are the same");
    let of = |tenant: &'static str| lines.iter().map(|line| &line["letter"]).filter(move |letter| letter["tenant"] == tenant);
    let kinds: Vec<_> = of("birch/birch").map(|letter| letter["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Planned", "OptOutAccepted", "Moved", "Succeeded"]);
    let planned = of("acme/acme").next().unwrap();
    assert!(planned["subject"].as_str().unwrap().contains("Acme Ltd") && planned["text"].is_string(), "{planned}");
    assert_eq!((&planned["contact"], &planned["calendar"]["method"]), (&json!("it"), &json!("REQUEST")));
    assert!(planned["calendar"]["uid"].is_string() && planned["calendar"]["sequence"].is_number(), "{planned}");
    let images: Vec<_> = lines.iter().filter(|line| line["images"]["workload"] == "Deployment acme/dashboard").collect();
    let set = json!({"dashboard": "registry.example.test/dashboard:2026.12.0"});
    assert_eq!((images.len(), &images[0]["images"]["set"]), (1, &set), "{images:?}");
}

#[test]
fn the_timeline_for_people_fits_100_columns() {
    let text = example(Format::Text);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert!(text.contains("Tuesday 15 December 2026") && text.contains("cedar/cedar"), "{text}");
}

#[test]
fn the_same_input_gives_the_same_lines() {
    assert_eq!(example(Format::Json), example(Format::Json));
}

const RELEASE: &str = "apiVersion: uplift.dev/v1alpha1\nkind: DashboardRelease\nmetadata: {name: r}\nspec: {version: \"2026.12.0\", images: {web: a}}\n";

/// What bad input gets: the message.
fn refused(manifest: &str, events: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("deep")).unwrap();
    fs::write(dir.path().join("deep/a.yaml"), manifest).unwrap();
    fs::write(dir.path().join("events.yaml"), events).unwrap();
    let events = (!events.is_empty()).then_some("events.yaml");
    let error = run(&options(dir.path(), events, Format::Json), &mut vec![], &mut io::sink()).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{error}");
    error.to_string().replace(&format!("{}/", dir.path().display()), "")
}

#[test]
fn a_manifest_that_cannot_be_read_is_named_with_file_object_and_field() {
    let with = |from: &str, to: &str| refused(&RELEASE.replace(from, to), "");
    let object = "deep/a.yaml: DashboardRelease r: ";
    assert_eq!(with("version: \"2026.12.0\", ", ""), format!("{object}spec.version: missing field"));
    assert_eq!(with("images: {web: a}", "images: {web: a}, upgradeFrom: x"), format!("{object}spec.upgradeFrom: unknown field"));
    assert_eq!(with("name: r", "name: r, lables: {}"), format!("{object}metadata.lables: unknown field"));
    assert_eq!(with("{name: r}", "{}"), "deep/a.yaml: DashboardRelease: metadata.name: missing field");
    assert!(with("\"2026.12.0\"", "2026.12").ends_with("write it in quotes"), "{}", with("\"2026.12.0\"", "2026.12"));
    assert!(with("2026.12.0", "latest").contains("spec.version: \"latest\" does not match the pattern"));
    assert!(with("v1alpha1", "v1").contains("apiVersion: \"uplift.dev/v1\" is not served"));
    assert!(with("DashboardRelease", "DashbordRelease").contains("kind: \"DashbordRelease\" is none of ours"));
    assert!(refused("", "").contains("holds no release, window, tenant or workload"));
    assert!(with("spec: {", "spec: [").starts_with("deep/a.yaml: "), "no YAML");
    let twice = refused(&format!("{RELEASE}---\n{RELEASE}"), "");
    assert!(twice.contains("DashboardRelease r: already defined in"), "{twice}");
}

#[test]
fn an_event_that_cannot_be_read_is_named_with_its_number_and_field() {
    let with = |event: &str| refused(RELEASE, &format!("- {event}\n"));
    let at = "at: 2026-12-02T00:00:00Z";
    assert_eq!(with("{annotate: {tenant: a/b}}"), "events.yaml: event 1: at: missing field");
    assert_eq!(with(&format!("{{{at}, annotat: {{}}}}")), "events.yaml: event 1: annotat: unknown field");
    assert!(with(&format!("{{{at}}}")).contains("expected one of apply, annotate"), "no action");
    let missing = with(&format!("{{{at}, annotate: {{tenant: a/b, set: {{k: v}}}}}}"));
    assert_eq!(missing, "events.yaml: event 1 (at 2026-12-02T00:00:00Z): there is no TenantInstance a/b");
    let rollout = with(&format!("{{{at}, rollout: {{workload: a/b, outcome: Explodes}}}}"));
    assert!(rollout.starts_with("events.yaml: event 1: rollout.outcome: unknown variant"), "{rollout}");
    let check = with(&format!("{{{at}, check: {{release: r, name: c, outcome: Passed}}}}"));
    assert!(check.contains("check.outcome: unknown variant `Passed`"), "{check}");
    let patch =
        with(&format!("{{{at}, patch: {{kind: DashboardRelease, name: r, merge: {{spec: {{version: \"2027.1.0\"}}}}}}}}"));
    assert!(patch.contains("DashboardRelease r: spec.version: version is immutable"), "{patch}");
    let outage = with(&format!("{{{at}, outage: {{component: operator, until: 2026-12-01T00:00:00Z}}}}"));
    assert!(outage.contains("outage.until: must be later"), "{outage}");
}

#[test]
fn other_kinds_are_skipped_and_lists_unpacked() {
    let dir = tempfile::tempdir().unwrap();
    let list = r#"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}},
        {"apiVersion": "uplift.dev/v1alpha1", "kind": "UpgradeWindow", "metadata": {"name": "w"},
         "spec": {"schedule": "0 18 * * TUE#3", "timeZone": "UTC", "duration": "4h"}}]}"#;
    fs::write(dir.path().join("list.json"), list).unwrap();
    let (mut out, mut err) = (vec![], vec![]);
    run(&options(dir.path(), None, Format::Json), &mut out, &mut err).unwrap();
    assert!(out.is_empty());
    assert!(String::from_utf8(err).unwrap().contains("skipped: Namespace n"));
}

/// A case of what bad input gets.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Bad {
    name: String,
    #[serde(default)]
    release: Value,
    #[serde(default)]
    tenant: Value,
    #[serde(default)]
    deployment: Value,
    manifests: Option<String>,
    #[serde(default)]
    events: Vec<Value>,
    says: String,
}

pub fn merge(into: &mut Value, part: &Value) {
    match part {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| merge(&mut into[key], value)),
        Value::Null => {}
        other => *into = other.clone(),
    }
}

/// A sound release, tenant and Deployment.
fn sound() -> [Value; 3] {
    let meta = |name: &str| json!({"name": name, "namespace": "acme"});
    let pods = json!({"spec": {"containers": [{"name": "dashboard", "image": "a:1"}]}});
    [
        json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "DashboardRelease", "metadata": {"name": "r"},
            "spec": {"version": "2026.12.0", "images": {"dashboard": "a:1"}}}),
        json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance", "metadata": meta("dash"),
            "spec": {"customer": {"displayName": "Acme"}, "contacts": [{"name": "it", "webhook": "https://hooks.example.test/x"}],
                "windowRef": {"name": "w"}, "workloads": [{"kind": "Deployment", "name": "dashboard"}]}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("dashboard"),
            "spec": {"selector": {"matchLabels": {"app": "d"}}, "template": pods}}),
    ]
}

/// What a run says of these files; nothing: it takes them.
fn said_of(manifests: &str, events: &[Value]) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("manifests.yaml"), manifests).unwrap();
    fs::write(dir.path().join("events.yaml"), json!(events).to_string()).unwrap();
    let error = run(&options(dir.path(), Some("events.yaml"), Format::Json), &mut vec![], &mut io::sink()).err()?;
    assert_eq!(error.exit_code(), 2, "{error}");
    Some(error.to_string().replace(&format!("{}/", dir.path().display()), ""))
}

fn documents(all: &[Value]) -> String {
    all.iter().map(Value::to_string).collect::<Vec<_>>().join("\n---\n")
}

#[test]
fn bad_input_is_told_with_file_object_and_field() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules/bad_input.yaml");
    let cases: Vec<Bad> = serde_saphyr::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(said_of(&documents(&sound()), &[]), None, "what the cases change is sound");
    let wrong = cases.iter().filter_map(|case| {
        let mut all = sound();
        [&case.release, &case.tenant, &case.deployment].into_iter().zip(&mut all).for_each(|(part, whole)| merge(whole, part));
        let manifests = case.manifests.clone().unwrap_or_else(|| documents(&all));
        let said = said_of(&manifests, &case.events).unwrap_or_else(|| "nothing".into());
        let one_line = said.lines().count() == 1;
        (!said.contains(&case.says) || !one_line).then(|| format!("{}\n  wanted {}\n  said   {said}", case.name, case.says))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn what_is_no_file_is_skipped_and_never_opened() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.yaml"), RELEASE).unwrap();
    let pipe = dir.path().join("pipe.yaml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket.yml")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", dir.path().join("device.json")).unwrap();
    let mut err = vec![];
    run(&options(dir.path(), None, Format::Json), &mut vec![], &mut err).unwrap();
    let err = String::from_utf8(err).unwrap();
    for name in ["pipe.yaml", "socket.yml", "device.json"] {
        assert!(err.contains(&format!("{name}: skipped: a pipe, a socket or a device, not a file")), "{err}");
    }
}

/// An opt-out of the last second is in time, however far into that second it comes (R9).
#[test]
fn instants_compare_in_whole_seconds() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/monthly-cycle");
    let events = fs::read_to_string(dir.join("events.yaml")).unwrap();
    let precise = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    fs::write(&precise, events.replace(":00Z", ":00.7Z").replace(":01Z", ":01.999Z")).unwrap();
    let mut given = Options { events: Some(precise.path().into()), ..options(&dir, None, Format::Json) };
    given.from = "2026-12-01T00:00:00.25Z".parse().unwrap();
    given.until = "2027-01-31T00:00:00.75Z".parse().unwrap();
    let mut out = vec![];
    run(&given, &mut out, &mut io::sink()).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), example(Format::Json));
}

#[test]
fn a_run_keeps_away_from_the_ends_of_time() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.yaml"), RELEASE).unwrap();
    for (from, until, says) in [
        (
            "0001-01-01T00:00:00Z",
            "2027-01-01T00:00:00Z",
            "--from: 0001-01-01T00:00:00Z is out of reach; name an instant from 1970",
        ),
        ("2026-12-01T00:00:00Z", "9999-12-30T22:00:00Z", "--until: 9999-12-30T22:00:00Z is out of reach"),
        ("2026-12-01T00:00:01Z", "2026-12-01T00:00:00Z", "--until: is before --from"),
    ] {
        let given =
            Options { from: from.parse().unwrap(), until: until.parse().unwrap(), ..options(dir.path(), None, Format::Json) };
        let error = run(&given, &mut vec![], &mut io::sink()).unwrap_err();
        assert!(error.exit_code() == 2 && error.to_string().starts_with(says), "{error}");
    }
}
