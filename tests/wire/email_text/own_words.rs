//! An operator's own templates: which are taken, which are refused at start, and what happens when one fails all the same.

use std::{
    fs,
    io::Write,
    path::Path,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tempfile::TempDir;
use uplift::{letters::Outgoing, notify::email::Templates};

use super::letters::{header, month, part, read, written};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn refused(files: &[(&str, &str)]) -> String {
    Templates::load(Some(folder(files).path())).unwrap_err().to_string()
}

/// Planned and Succeeded.
fn notices() -> Vec<Outgoing> {
    month("until: 2026-12-16T12:00:00Z")
}

fn read_with(files: &[(&str, &str)]) -> Vec<Value> {
    let templates = Templates::load(Some(folder(files).path())).unwrap();
    read(&notices().iter().map(|notice| written(&templates, notice)).collect::<Vec<_>>())
}

fn text<'a>(letter: &'a Value, kind: &str) -> &'a str {
    part(letter, kind).unwrap()["text"].as_str().unwrap()
}

#[test]
fn a_template_for_one_kind_goes_before_the_one_for_all_and_that_before_the_built_in_one() {
    let read = read_with(&[
        ("subject.txt", "[Hosting] {{ subject }}\n"),
        ("planned.subject.txt", "Neue Version {{ to }} für {{ customer }}"),
        (
            "planned.txt",
            "Am {{ slot.local.opens }}, {{ slot.opensAt }}.\n{% if refusalsLeft is none %}Immer wieder.{% endif %}\n",
        ),
        ("calendar.txt", "{{ customer }}:\n{{ to }}"),
        ("succeeded.html", "<p lang=de>{{ customer }} & {{ '<b>' }}</p>"),
    ]);
    assert_eq!(header(&read[0], "Subject"), "Neue Version 2026.12.0 für Acme Ltd");
    assert_eq!(header(&read[1], "Subject"), "[Hosting] Acme Ltd runs 2026.12.0");
    assert_eq!(text(&read[0], "text/plain"), "Am Tue 15 Dec 2026 18:00 GMT, 2026-12-15T18:00:00Z.\nImmer wieder.");
    assert_eq!(part(&read[0], "text/calendar").unwrap()["entry"]["SUMMARY"], "Acme Ltd: 2026.12.0");
    assert!(text(&read[0], "text/html").starts_with("<!doctype html>"));
    assert_eq!(text(&read[1], "text/html"), "<p lang=de>Acme Ltd & &lt;b&gt;</p>");
}

#[test]
fn a_page_may_change_one_block_of_the_built_in_one() {
    let own =
        r#"{% extends "built-in/body.html" %}{% block footer %}<p>Call <b>0800 1</b> for {{ customer }}.</p>{% endblock %}"#;
    let read = read_with(&[("body.html", own)]);
    let page = text(&read[0], "text/html");
    assert!(
        page.contains("<p>Call <b>0800 1</b> for Acme Ltd.</p>")
            && page.contains("Decline by")
            && !page.contains("Sent automatically")
    );
}

#[test]
fn what_is_wrong_with_a_template_is_said_at_start_with_file_and_line() {
    let cases = [
        ("body.txt", "{{ text }}\n{% if slot %}", "body.txt:2 does not parse: unexpected end of input"),
        ("body.txt", "{{ text }}\n\n{{ custmer }}", "body.txt:3 uses \"custmer\", which no notice has; docs/formats/notices.md"),
        ("planned.txt", "{{ slot.local.opens }}\n{{ slot.local.opns }}", "planned.txt:2 uses \"slot.local.opns\""),
        ("body.txt", "{{ text }}\n{% if customer == 'X' %}{{ typo }}{% endif %}", "body.txt:2 uses \"typo\""),
        (
            "body.txt",
            "{{ text }}\n{{ slot.opens }}",
            "body.txt:2 fails for some OptOutAccepted notices: undefined value; put what may be absent between {% if … %}",
        ),
        (
            "planned.txt",
            "{{ text }} {{ refusalsLeft }}",
            "planned.txt:1 fails for some Planned notices: this notice does not have the value",
        ),
        (
            "body.txt",
            "{% if kind == 'Planned' %}{{ text }}{% endif %}",
            "body.txt:1 fails for some Moved notices: it says nothing",
        ),
        ("body.html", "{% extends 'base.html' %}", "fails for some Planned notices: template \"base.html\" does not exist"),
        ("body.txt", "{{ text | shout }}", "filter shout is unknown"),
        (
            "plannd.txt",
            "{{ text }}",
            "\"plannd.txt\" is no e-mail template; names are subject.txt, body.txt, body.html, calendar.txt, or",
        ),
    ];
    for (file, source, said) in cases {
        let error = refused(&[(file, source)]);
        assert!(error.contains(said), "{source:?} says {error:?}, not {said:?}");
    }
}

/// So they fill in for the least that a notice can hold, too.
#[test]
fn the_built_in_templates_pass_what_an_operators_must_pass() {
    Templates::load(Some(Path::new("src/notify/email/templates"))).unwrap();
}

#[test]
fn a_folder_as_kubernetes_mounts_it_is_read_and_one_that_cannot_be_read_is_named() {
    let mounted = tempfile::tempdir().unwrap();
    let data = mounted.path().join("..2026_12_01");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("subject.txt"), "Hello").unwrap();
    std::os::unix::fs::symlink("..2026_12_01", mounted.path().join("..data")).unwrap();
    std::os::unix::fs::symlink("..data/subject.txt", mounted.path().join("subject.txt")).unwrap();
    let templates = Templates::load(Some(mounted.path())).unwrap();
    assert_eq!(header(&read(&[written(&templates, &notices()[0])])[0], "Subject"), "Hello");
    let gone = mounted.path().join("gone");
    assert!(Templates::load(Some(&gone)).unwrap_err().to_string().contains("gone"));
    fs::write(mounted.path().join("body.txt"), b"\xff").unwrap();
    assert!(Templates::load(Some(mounted.path())).unwrap_err().to_string().contains("body.txt"));
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// No try at start finds this one: it fails for one customer only. The notice goes out all the same.
#[test]
fn a_template_that_fails_later_gives_way_to_the_built_in_one_and_the_log_says_so() {
    let source = "{{ text }}\n{% if customer == 'Acme Ltd' %}{{ customer / 2 }}{% endif %}";
    let own = Templates::load(Some(folder(&[("planned.txt", source), ("body.txt", "Own words.")]).path())).unwrap();
    let built_in = Templates::load(Some(folder(&[("body.txt", "Own words.")]).path())).unwrap();
    let (log, notice) = (Log::default(), notices().remove(0));
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let letter = tracing::subscriber::with_default(subscriber, || written(&own, &notice));
    assert_eq!(letter, written(&built_in, &notice));
    let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for part in ["ERROR", "planned.txt:2", "acme/acme", &notice.key.to_string(), "correct the template"] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
}
