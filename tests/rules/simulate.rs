//! `uplift simulate` from its files to its lines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]

use std::{fs, io, path::Path};

use uplift::simulate::{Options, output::Format, run};

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
    assert!(refused("", "").contains("holds no release, window, tenant or Deployment"));
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
    assert!(check.contains("not supported yet"), "{check}");
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
