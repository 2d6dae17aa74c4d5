//! What customers get by e-mail (R10), judged by a reader that shares no code with the writer.
//!
//! `UPDATE=1 cargo test --test wire email_text::` writes `golden/` anew: read the difference before you commit it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod golden;
mod hostile;
pub mod letters;
mod own_words;

use std::{collections::BTreeSet, fs};

use letters::{header, month, part, read, written};
use serde_json::{Value, json};
use uplift::{
    letters::{Invitation, Method, Outgoing},
    notify::email::Templates,
};

const MARK: &str = "An entry for your calendar comes with this mail.";

/// What must be read in a letter that was written for this notice.
fn judge(notice: &Outgoing, read: &Value) {
    let message = &notice.message;
    assert_eq!(read["defects"], json!([]), "{}", notice.key);
    assert_eq!((&read["seven_bit"], &read["bare"]), (&true.into(), &0.into()));
    assert!(read["longest"].as_u64().unwrap() <= 998, "a line is too long for SMTP");
    assert_eq!((&read["from"], &read["to"]), (&json!([["Hosting Operations", "ops@host.example"]]), &json!([letters::TO])));
    assert_eq!(header(read, "Reply-To"), "support@host.example");
    assert_eq!(header(read, "Subject"), message.subject);
    assert_eq!(read["date"], notice.created_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    assert_eq!(header(read, "Message-ID"), format!("<{}.{}@host.example>", notice.key, notice.contact));
    // An atom of an id is never empty: strict readers drop the header, or the mail.
    assert!(["Message-ID", "References"].iter().all(|name| !header(read, name).replace('@', ".").contains("..")));
    assert_eq!(header(read, "Auto-Submitted"), "auto-generated");
    assert_eq!(header(read, "X-Uplift-Notice").replace('-', ""), format!("{:?}", message.kind).to_lowercase());
    judge_words(notice, read);
    let kinds = |words: &[&str]| json!(words);
    match &message.invitation {
        None => assert_eq!(read["shape"], kinds(&["multipart/alternative", "text/plain", "text/html"])),
        Some(invitation) => {
            let alternative =
                ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics"];
            assert_eq!(read["shape"], kinds(&alternative));
            judge_entry(notice, invitation, read);
        }
    }
}

fn judge_words(notice: &Outgoing, read: &Value) {
    let (plain, html) = (part(read, "text/plain").unwrap(), part(read, "text/html").unwrap());
    assert_eq!((&plain["params"]["charset"], &html["params"]["charset"]), (&"utf-8".into(), &"utf-8".into()));
    let (text, words) = (plain["text"].as_str().unwrap(), html["words"].as_str().unwrap());
    assert!(text.starts_with(&notice.message.text), "{text}");
    for line in notice.message.text.lines().chain([notice.message.subject.as_str()]) {
        assert!(words.contains(line), "{line:?} is missing in {words}");
    }
    let entered = notice.message.invitation.as_ref().is_some_and(|invitation| invitation.method == Method::Request);
    assert_eq!((text.contains(MARK), words.contains(MARK)), (entered, entered));
    assert!(html["tags"].as_array().unwrap().contains(&json!(["html", [["lang", "en"]]])));
    let foreign = ["script", "img", "a", "link", "iframe", "form"];
    assert!(!html["tags"].as_array().unwrap().iter().any(|tag| foreign.contains(&tag[0].as_str().unwrap())));
}

fn judge_entry(notice: &Outgoing, invitation: &Invitation, read: &Value) {
    let (inline, file) = (part(read, "text/calendar").unwrap(), part(read, "application/ics").unwrap());
    let entry = &inline["entry"];
    assert_eq!((entry, &file["file"]), (&file["entry"], &"invite.ics".into()));
    let (method, status) = match invitation.method {
        Method::Request => ("REQUEST", "CONFIRMED"),
        Method::Cancel => ("CANCEL", "CANCELLED"),
    };
    assert_eq!(inline["params"], json!({"method": method, "charset": "utf-8"}));
    assert_eq!((&entry["errors"], &entry["bare"]), (&json!([]), &0.into()));
    assert!(entry["longest"].as_u64().unwrap() <= 75);
    let utc = |at: jiff::Timestamp| at.to_string();
    let expected = json!({
        "METHOD": method, "STATUS": status, "UID": invitation.uid, "SEQUENCE": invitation.sequence, "TRANSP": "TRANSPARENT",
        "DTSTAMP": utc(notice.created_at), "DTSTART": utc(invitation.opens_at), "DTEND": invitation.closes_at.map(utc),
        "SUMMARY": format!("Upgrade of {} to {}", notice.message.customer, notice.message.to.as_deref().unwrap()),
        "DESCRIPTION": part(read, "text/plain").unwrap()["text"],
        "ORGANIZER": "mailto:ops@host.example", "ATTENDEE": "mailto:it@acme.example",
        "organizer": {"CN": "Hosting Operations"}, "attendee": {"PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"},
        "components": ["VCALENDAR", "VEVENT"],
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&entry[name], value, "{name}");
    }
}

#[test]
fn another_program_reads_in_each_letter_what_its_notice_says() {
    let templates = Templates::load(None).unwrap();
    let files = fs::read_dir("tests/scenarios").unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    let notices: Vec<_> = files.iter().flat_map(|file| month(&fs::read_to_string(file).unwrap())).collect();
    let kinds: BTreeSet<_> = notices.iter().map(|notice| notice.message.kind).collect();
    assert_eq!(kinds.len(), 17, "a kind of notice has no letter here: {kinds:?}");
    let written: Vec<_> = notices.iter().map(|notice| written(&templates, notice)).collect();
    for (notice, read) in notices.iter().zip(read(&written)) {
        judge(notice, &read);
    }
}

/// Declined without another date, taken back, declined again with another date in the same write, taken back: what the customer's
/// calendar is told, in order. An entry is taken out only where no date of its version is left.
#[test]
fn the_story_of_one_upgrade_is_one_entry_whose_changes_follow_each_other() {
    let story = r#"
until: 2026-12-16T12:00:00Z
events:
- {at: 2026-12-08T09:00:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-out: "2026-12-15"}}}
- {at: 2026-12-08T09:00:01Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-in: "2026-12-15"}}}
- {at: 2026-12-09T09:00:00Z, annotate: {tenant: acme/acme, remove: [uplift.dev/opt-out, uplift.dev/opt-in]}}
- {at: 2026-12-09T10:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {announceAhead: 1200h}}}}
- {at: 2026-12-09T10:00:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-out: "2026-12-15"}}}
- {at: 2026-12-10T09:00:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-in: "2026-12-15"}}}
"#;
    let templates = Templates::load(None).unwrap();
    let notices: Vec<_> = month(story).into_iter().filter(|notice| notice.message.invitation.is_some()).collect();
    let read = read(&notices.iter().map(|notice| written(&templates, notice)).collect::<Vec<_>>());
    let entries: Vec<_> = read.iter().map(|letter| &part(letter, "text/calendar").unwrap()["entry"]).collect();
    let told: Vec<_> = entries.iter().map(|e| (e["METHOD"].as_str().unwrap(), &e["DTSTART"].as_str().unwrap()[..10])).collect();
    let first = [("REQUEST", "2026-12-15"), ("CANCEL", "2026-12-15"), ("REQUEST", "2026-12-15")];
    assert_eq!(told, [&first[..], &[("REQUEST", "2027-01-19"), ("REQUEST", "2026-12-15")]].concat());
    assert!(entries.windows(2).all(|pair| pair[0]["UID"] == pair[1]["UID"]));
    assert!(entries.windows(2).all(|pair| pair[0]["SEQUENCE"].as_u64() < pair[1]["SEQUENCE"].as_u64()), "{entries:?}");
    assert!(read.windows(2).all(|pair| header(&pair[0], "References") == header(&pair[1], "References")));
    assert!(read.windows(2).all(|pair| header(&pair[0], "Message-ID") != header(&pair[1], "Message-ID")));
}

/// I8: a repetition is the same mail, so that whoever has it already drops it.
#[test]
fn repetitions_are_equal_to_the_byte() {
    let notices = month("until: 2026-12-16T12:00:00Z");
    for notice in &notices {
        let once = written(&Templates::load(None).unwrap(), notice);
        assert_eq!(once, written(&Templates::load(None).unwrap(), notice));
        let other = Outgoing { contact: "other".into(), ..notice.clone() };
        assert_ne!(once, written(&Templates::load(None).unwrap(), &other));
    }
    assert_eq!(notices.len(), 2);
}

#[test]
fn an_address_that_is_none_is_an_error_that_names_it() {
    let notice = &month("until: 2026-12-02T00:00:00Z")[0];
    let error =
        Templates::load(None).unwrap().letter(notice, "it@acme.example\r\nBcc: x@y.example", &letters::sender()).unwrap_err();
    assert!(error.to_string().contains("it@acme.example") && error.to_string().contains("write it like"), "{error}");
}
