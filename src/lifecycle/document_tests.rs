//! What is read of a document, and what is not believed.

use serde_json::{Value, json};

use super::*;

fn listed(releases: &Value) -> Result<Vec<KnownCycle>, Wrong> {
    read(json!({"schema_version": "1.2.0", "result": {"name": "lib", "releases": releases}}).to_string().as_bytes())
}

fn one(release: &Value) -> KnownCycle {
    listed(&json!([release])).unwrap().remove(0)
}

fn date(text: &str) -> Option<Date> {
    text.parse().ok()
}

#[test]
fn a_product_of_the_api_is_read_with_all_that_it_says_of_its_cycles() {
    let all = read(include_bytes!("../../tests/wire/sources/postgresql.json")).unwrap();
    assert_eq!(all.iter().map(|known| known.cycle.name.as_str()).collect::<Vec<_>>(), ["18", "17", "15", "9.6"]);
    let cycle = Cycle { release_date: date("2022-10-13"), eol_from: date("2027-11-11"), name: "15".into(), ..Cycle::default() };
    assert_eq!(all[2], KnownCycle { cycle, latest: Some("15.19".into()) });
}

#[test]
fn whatever_is_absent_or_null_is_not_known_and_what_nobody_reads_may_be_anything() {
    let bare = KnownCycle { cycle: Cycle { name: "1".into(), ..Cycle::default() }, latest: None };
    assert_eq!(one(&json!({"name": "1"})), bare);
    let nothing = json!({"name": "1", "releaseDate": null, "isEoas": null, "eoasFrom": null, "isEol": false, "eolFrom": null,
        "isEoes": null, "eoesFrom": null, "latest": null, "ltsFrom": {"some": ["day"]}});
    assert_eq!(one(&nothing), bare);
    assert_eq!(one(&json!({"name": "1", "latest": {"name": "what it is called\nin words"}})), bare);
    let all = one(&json!({"name": "1", "eoasFrom": "2026-01-01", "eolFrom": "2027-01-01", "eoesFrom": "2029-01-01"})).cycle;
    assert_eq!((all.eoas_from, all.eol_from, all.eoes_from), (date("2026-01-01"), date("2027-01-01"), date("2029-01-01")));
}

#[test]
fn what_is_over_without_a_date_is_over_since_its_last_version_and_never_without_an_end() {
    let over = one(
        &json!({"name": "1", "releaseDate": "2019-03-01", "isEol": true, "eolFrom": null, "latest": {"name": "1.9", "date": "2021-05-04"}}),
    );
    assert_eq!(over.cycle.eol_from, date("2021-05-04"));
    assert_eq!(one(&json!({"name": "1", "isEol": true})).cycle.eol_from, date("1970-01-01"));
    let later = one(&json!({"name": "1", "isEol": true, "eoasFrom": "2022-01-01", "latest": {"date": "2021-05-04"}})).cycle;
    assert_eq!((later.eoas_from, later.eol_from), (date("2022-01-01"), date("2022-01-01")));
    let extended = one(&json!({"name": "1", "isEol": true, "eoesFrom": "2021-01-01", "latest": {"date": "2021-05-04"}})).cycle;
    assert_eq!((extended.eol_from, extended.eoes_from), (date("2021-01-01"), date("2021-01-01")));
    let active = one(&json!({"name": "1", "isEoas": true, "eolFrom": "2027-01-01", "latest": {"date": "2027-05-04"}})).cycle;
    assert_eq!(active.eoas_from, date("2027-01-01"));
}

#[test]
fn what_is_wrong_names_the_release() {
    for (release, says) in [
        (json!({"name": "1", "releaseDate": "2027-01-02", "eolFrom": "2027-01-01"}), "release 1: releaseDate is after eolFrom"),
        (json!({"name": "1", "eoasFrom": "2027-01-02", "eolFrom": "2027-01-01"}), "release 1: eoasFrom is after eolFrom"),
        (json!({"name": "1", "eolFrom": "2027-01-02", "eoesFrom": "2027-01-01"}), "release 1: eolFrom is after eoesFrom"),
        (json!({"name": "1", "eoesFrom": "2027-01-01"}), "release 1: eoesFrom stands there without eolFrom"),
        (json!({"name": "1", "eolFrom": "2100-01-01"}), "release 1: a date lies outside of the years 1900 to 2099"),
        (json!({"name": "1", "eolFrom": "soon"}), "release 1: "),
        (json!({"name": "1", "eolFrom": true}), "release 1: "),
        (json!({"name": "a b"}), "release a b: its name is none of a cycle"),
        (json!({"name": ""}), "release : its name is none of a cycle"),
        (json!({"name": 15}), "release number 2: "),
        (json!("15"), "release number 2: "),
    ] {
        let wrong = listed(&json!([{"name": "0"}, release])).unwrap_err();
        assert_eq!(wrong.reason, Reason::Malformed);
        assert!(wrong.message.starts_with(says), "{wrong}");
    }
    let twice = listed(&json!([{"name": "1"}, {"name": "2"}, {"name": "1"}])).unwrap_err();
    assert_eq!(twice, malformed("release 1 stands there twice".into()));
}

#[test]
fn what_is_no_product_is_malformed_and_never_a_product_without_releases() {
    for text in [
        "",
        "<html>",
        "null",
        "[]",
        "{}",
        r#"{"result": {}}"#,
        r#"{"result": {"releases": {}}}"#,
        r#"{"result": {"releases": []}}"#,
    ] {
        assert_eq!(read(text.as_bytes()).unwrap_err().reason, Reason::Malformed, "{text}");
    }
    assert_eq!(read(&[0xff, 0xfe]).unwrap_err().reason, Reason::Malformed);
    assert_eq!(read("[".repeat(100_000).as_bytes()).unwrap_err().reason, Reason::Malformed);
}

#[test]
fn as_many_releases_are_taken_as_may_be_kept_and_one_more_is_an_error_that_says_so() {
    let many = |n: usize| listed(&(0..n).map(|n| json!({"name": n.to_string(), "eolFrom": "2027-01-01"})).collect());
    assert_eq!(many(256).unwrap().len(), 256);
    let message = "it lists 257 releases; at most 256 are taken".into();
    assert_eq!(many(257).unwrap_err(), Wrong { reason: Reason::TooManyReleases, message });
    // Counted before any of them is read.
    let text = format!(r#"{{"result": {{"releases": [{}0]}}}}"#, "0,".repeat(500_000));
    assert_eq!(read(text.as_bytes()).unwrap_err().reason, Reason::TooManyReleases);
}

#[test]
fn the_object_stays_small_whatever_is_listed() {
    let all = |n: usize, long: &str| {
        let of = |n: usize| {
            json!({"name": format!("{n}{long}"), "releaseDate": "2020-01-01", "eoasFrom": "2026-01-01", "eolFrom": "2027-01-01",
            "eoesFrom": "2029-01-01", "latest": {"name": format!("{n}.99")}})
        };
        listed(&(0..n).map(of).collect())
    };
    assert_eq!(all(256, "").unwrap().len(), 256, "what is usual has room");
    let wrong = all(256, &"x".repeat(60)).unwrap_err();
    assert_eq!(wrong.reason, Reason::TooLarge);
    assert!(wrong.message.contains("at most 36 are kept"), "{wrong}");
}
