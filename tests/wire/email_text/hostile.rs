//! Names and reasons are other people's input: they come through as they are, and change nothing else.

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::Value;
use uplift::{
    letters::{Message, Outgoing},
    notify::email::Templates,
};

use super::letters::{header, month, part, read, written};

/// A planned notice of a customer with this name, who is also named in its text.
fn named(plain: &Outgoing, name: &str) -> Outgoing {
    let message = Message {
        customer: name.into(),
        subject: format!("Upgrade of {name} to 2026.12.0"),
        text: format!("To {name}: {}", plain.message.text),
        ..plain.message.clone()
    };
    Outgoing { message, ..plain.clone() }
}

/// Control characters have no place in a mail.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() && c != '\t' { ' ' } else { c }).collect()
}

/// A title is one line; its white space is not kept apart.
fn one_line(text: &str) -> String {
    printable(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn judge(name: &str, read: &Value, plain: &Value) {
    let title = one_line(&format!("Upgrade of {name} to 2026.12.0"));
    assert_eq!(header(read, "Subject"), title, "{name:?}");
    assert_eq!(others(read), others(plain), "{name:?}");
    for key in ["shape", "from", "to", "date", "seven_bit", "bare"] {
        assert_eq!(read[key], plain[key], "{key} of {name:?}");
    }
    assert!(read["longest"].as_u64().unwrap() <= 998, "{name:?}");
    let of = |kind: &str, key: &str| [read, plain].map(|letter| part(letter, kind).unwrap()[key].clone());
    let [text, plain_text] = of("text/plain", "text").map(|text| text.as_str().unwrap().to_owned());
    assert_eq!(text, plain_text.replacen("To Plain", &format!("To {}", printable(name)), 1));
    let [tags, plain_tags] = of("text/html", "tags");
    assert_eq!(tags, plain_tags, "{name:?}");
    let [words, _] = of("text/html", "words");
    assert!(words.as_str().unwrap().contains(&format!("To {}: ", printable(name))), "{name:?}");
    let [mut entry, mut plain_entry] = of("text/calendar", "entry");
    assert_eq!((&entry["SUMMARY"], &entry["DESCRIPTION"]), (&title.into(), &text.into()), "{name:?}");
    assert!(entry["longest"].as_u64().unwrap() <= 75);
    for entry in [&mut entry, &mut plain_entry] {
        entry.as_object_mut().unwrap().retain(|key, _| !["SUMMARY", "DESCRIPTION", "longest"].contains(&key.as_str()));
    }
    assert_eq!(entry, plain_entry, "{name:?}");
}

/// The headers that have nothing to do with the name. The boundary is made of all that the mail says.
fn others(letter: &Value) -> Vec<&Value> {
    let headers = letter["headers"].as_array().unwrap().iter();
    headers.filter(|header| header[0] != "Subject" && header[0] != "Content-Type").collect()
}

fn judge_all(names: &[String]) {
    let (templates, notices) = (Templates::load(None).unwrap(), month("until: 2026-12-02T00:00:00Z"));
    let write = |name: &str| written(&templates, &named(&notices[0], name));
    let letters: Vec<_> = std::iter::once(write("Plain")).chain(names.iter().map(|name| write(name))).collect();
    let read = read(&letters);
    for (name, letter) in names.iter().zip(&read[1..]) {
        judge(name, letter, &read[0]);
    }
}

#[test]
fn names_that_pretend_to_be_something_else_stay_names() {
    let words = "word ".repeat(400);
    let names = [
        "<script>alert(1)</script><!-- ",
        "</td></tr></table>",
        "{{ 7 * 7 }}{% raw %}",
        "=?utf-8?q?Other?=",
        "a =?utf-8?q?Other?= b",
        "Ünï <ops@host.example>",
        "a;b,c\\nd\\,e:f=\"g\"",
        "END:VEVENT",
        "--",
        "日本株式会社 🏢",
        "\u{202e}dtL",
        "a\0b\u{7f}c\u{85}d\u{2028}e\u{b}f",
        "\t tabs\t and  spaces ",
        &"x".repeat(128),
        &"ü".repeat(128),
        &"x".repeat(3000),
        &words,
    ];
    judge_all(&names.map(Into::into));
}

#[test]
fn any_name_comes_through_and_changes_nothing_else() {
    let signs = || {
        prop::sample::select(
            "<>&\"'`\\;,:=?{}%#_^()[]|@.-/ \t\0\u{85}\u{a0}\u{ad}\u{200d}\u{2028}\u{feff}e\u{301}".chars().collect::<Vec<_>>(),
        )
    };
    let letter = prop_oneof![any::<char>(), signs(), prop::char::range(' ', '~')];
    let names = prop::collection::vec(letter.prop_filter("a line", |c| !"\r\n".contains(*c)), 1..128);
    let mut runner = TestRunner::new(Config::default());
    let names: Vec<String> = (0..200).map(|_| names.new_tree(&mut runner).unwrap().current().into_iter().collect()).collect();
    judge_all(&names);
}

#[test]
fn a_line_end_in_a_name_opens_no_header_and_no_property() {
    let notices = month("until: 2026-12-02T00:00:00Z");
    let name = "Acme\r\nBcc: evil@host.example\r\n\r\nATTENDEE:mailto:evil@host.example\n<b>x</b>";
    let letters = ["Plain", name].map(|name| written(&Templates::load(None).unwrap(), &named(&notices[0], name)));
    let read = read(&letters);
    assert_eq!(others(&read[1]), others(&read[0]));
    assert_eq!(header(&read[1], "Subject"), one_line(&format!("Upgrade of {name} to 2026.12.0")));
    let properties = |letter| part(letter, "text/calendar").unwrap()["entry"]["properties"].clone();
    assert_eq!(properties(&read[1]), properties(&read[0]));
    let bold = |letter| part(letter, "text/html").unwrap()["tags"].as_array().unwrap().iter().any(|tag| tag[0] == "b");
    assert!(!bold(&read[1]));
}

#[test]
fn a_reason_that_people_wrote_is_one_line_and_never_becomes_markup() {
    let story = r#"
until: 2026-12-10T00:00:00Z
events:
- {at: 2026-12-09T00:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {freezes: [{from: 2026-12-15, to: 2026-12-15, reason: "<b>year</b> & end\r\n\r\nCall 1"}]}}}}
"#;
    let off = month(story).pop().unwrap();
    let letter = &read(&[written(&Templates::load(None).unwrap(), &off)])[0];
    let [text, page] = ["text/plain", "text/html"].map(|kind| part(letter, kind).unwrap()["text"].as_str().unwrap().to_owned());
    assert!(text.contains("(no upgrades take place at that time: <b>year</b> & end Call 1)"), "{text}");
    assert!(page.contains("&lt;b&gt;year&lt;&#x2f;b&gt; &amp; end Call 1"), "{page}");
}
