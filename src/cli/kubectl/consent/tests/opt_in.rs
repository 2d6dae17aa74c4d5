//! What an opt-in takes back.

use super::*;

#[test]
fn the_latest_refusal_that_still_holds_is_taken_back() {
    let now = at("2026-12-10T00:00:00Z");
    let mut over = record("2026-11-17", "Accepted");
    over["lost"] = slot("2026-11-17T18:00+00:00");
    let acme = acme(
        Some("2026-12-15"),
        &[over, record("2026-12-15", "TooLate"), record("2026.12.0", "Accepted"), record("2026.13.0", "Noted")],
    );
    let value = |named: Option<Value>| said::yes(&acme, named.as_ref(), now).map(|yes| yes.value().to_owned());
    assert_eq!(value(None).as_deref(), Ok("2026.12.0"));
    assert_eq!(value(Some(Value::version("2026.13").unwrap())).as_deref(), Ok("2026.13.0"), "as the no has it");
    assert_eq!(value(Some(day("2026-11-17"))).as_deref(), Ok("2026-11-17"), "who names a day is told what becomes of it");
    let message = value(Some(day("2026-12-15"))).unwrap_err();
    assert!(message.contains("declined are: 2026.12.0, 2026.13.0") && message.contains("TooLate"), "{message}");
}

#[test]
fn with_nothing_declined_there_is_nothing_to_take_back() {
    let nothing = said::yes(&acme(None, &[]), None, at(AT)).unwrap_err();
    assert_eq!(nothing, "acme has no refusal to take back: nothing is declined");
}

#[test]
fn a_no_that_is_not_judged_yet_goes_away_when_it_is_taken_back() {
    let before = acme(Some("2026-12-15"), &[]);
    let yes = said::yes(&before, None, at(AT)).unwrap();
    assert_eq!(yes, Yes::Unjudged("2026-12-15"));
    let expected = json!({"uplift.dev/opt-in": "2026-12-15", "uplift.dev/opt-out": null, "uplift.dev/opt-out-reason": null});
    assert_eq!(said::yes_body(&before, &yes)["metadata"]["annotations"], expected);
}

#[test]
fn a_no_said_anew_and_not_judged_yet_is_taken_back_too() {
    let stamped = |at| json!({"uplift.dev/opt-out": "2026-12-15", "uplift.dev/opt-out-at": at});
    let undone = json!({"optOuts": [record("2026-12-15", "Undone")]});
    let anew = tenant(&stamped("2026-12-08T10:00:01Z"), &undone);
    assert_eq!(said::yes(&anew, None, at(AT)), Ok(Yes::Unjudged("2026-12-15")));
    let refused = said::yes(&tenant(&stamped(AT), &undone), Some(&day("2026-12-15")), at(AT)).unwrap_err();
    assert!(refused.ends_with("It was judged Undone at 2026-12-08T10:00:00Z."), "that one was taken back: {refused}");
}

#[test]
fn a_refusal_that_has_nothing_left_to_hold_is_not_the_latest() {
    let records = [record("2026.11.0", "Accepted"), record("2026-12-08", "Noted")];
    let acme = tenant(&json!({}), &json!({"version": "2026.11.0", "optOuts": records}));
    let value = |now| said::yes(&acme, None, at(now)).map(|yes| yes.value().to_owned());
    assert_eq!(value("2026-12-09T23:59:59Z").as_deref(), Ok("2026-12-08"), "somewhere that day is not over");
    assert!(value("2026-12-10T00:00:00Z").is_err(), "the day is over, and the version runs");
}

#[test]
fn taking_back_leaves_an_opt_out_of_something_else_alone() {
    let before = acme(Some("2026-12-15"), &[record("2026-12-15", "TooLate"), record("2026.12.0", "Accepted")]);
    let yes = said::yes(&before, None, at(AT)).unwrap();
    assert_eq!(said::yes_body(&before, &yes)["metadata"]["annotations"], json!({"uplift.dev/opt-in": "2026.12.0"}));
}
