//! What is written and what is told, without a cluster.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::{
    said::{self, No, Value, Yes},
    told,
};
use crate::{api::TenantInstance, cli::kubectl::write::Edited};

const SLOT: &str = "2026-12-15T18:00+00:00";
const AT: &str = "2026-12-08T09:00:00Z";
/// An opt-in took it back.
const UNDONE: &str = "2026-12-08T10:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(text: &str) -> Value {
    Value::day(text).unwrap()
}

fn slot(opens: &str) -> Json {
    let day = &opens[..10];
    json!({"opens": opens, "window": "uk", "opensAt": format!("{day}T18:00:00Z"), "closesAt": format!("{day}T22:00:00Z"),
        "optOutUntil": format!("{day}T13:00:00Z"), "noticeUntil": "2026-12-13T18:00:00Z"})
}

fn upgrade(slot: &Json) -> Json {
    json!({"release": "dec", "releaseUid": "u", "from": "2026.11.0", "to": "2026.12.0", "slot": slot})
}

fn record(value: &str, verdict: &str) -> Json {
    let slot = (verdict != "Noted").then_some(SLOT);
    let undone = (verdict == "Undone").then_some(UNDONE);
    json!({"value": value, "slot": slot, "verdict": verdict, "at": AT, "by": "sue", "undoneAt": undone})
}

fn tenant(annotations: &Json, status: &Json) -> TenantInstance {
    serde_json::from_value(json!({
        "metadata": {"name": "acme", "namespace": "ns", "annotations": annotations},
        "spec": {"customer": {"displayName": "Acme"}, "windowRef": {"name": "uk"}, "workloads": [{"kind": "Deployment", "name": "d"}]},
        "status": status,
    }))
    .unwrap()
}

/// An opt-out that bears no stamp: its manager wrote these annotations too, last at this instant.
fn unstamped(mut tenant: TenantInstance, too: &[&str], at: &str) -> TenantInstance {
    let own: serde_json::Map<_, _> =
        ["uplift.dev/opt-out"].iter().chain(too).map(|key| (format!("f:{key}"), json!({}))).collect();
    let fields = json!({"f:metadata": {"f:annotations": own}});
    tenant.metadata.managed_fields =
        serde_json::from_value(json!([{"manager": "kubectl-annotate", "time": at, "fieldsV1": fields}])).unwrap();
    tenant
}

/// A tenant with this opt-out annotation and these verdicts, whose slot stands.
fn acme(opt_out: Option<&str>, records: &[Json]) -> TenantInstance {
    let annotations = opt_out.map_or(json!({}), |value| json!({"uplift.dev/opt-out": value}));
    tenant(&annotations, &json!({"upgrade": upgrade(&slot(SLOT)), "optOuts": records}))
}

const SAY: No = No::Say { remove_first: false };

#[test]
fn only_what_the_planner_reads_is_written() {
    assert_eq!(Value::day("2026-12-15").unwrap().to_string(), "2026-12-15");
    assert_eq!(Value::version(" 2026.12 ").unwrap().to_string(), "2026.12");
    for wrong in ["15.12.2026", "2026-12-32", "2026.12.0", "tomorrow", ""] {
        assert!(Value::day(wrong).unwrap_err().contains("2026-12-15"), "{wrong}");
    }
    for wrong in ["2026-12-15", "15.12.2026", "v1.2", "latest", "2026"] {
        assert!(Value::version(wrong).unwrap_err().contains("2026.12.0"), "{wrong}");
    }
}

#[test]
fn without_a_value_the_local_day_of_the_announced_slot_is_declined() {
    let far_east = tenant(&json!({}), &json!({"upgrade": upgrade(&slot("2026-12-16T02:00+13:00"))}));
    assert_eq!(said::announced(&far_east), Ok(day("2026-12-16")));
    let mut tentative = upgrade(&Json::Null);
    tentative["expectedAt"] = json!("2027-01-19T18:00:00Z");
    let message = said::announced(&tenant(&json!({}), &json!({"upgrade": tentative}))).unwrap_err();
    assert!(message.contains("2027-01-19T18:00:00Z") && message.contains("--date") && message.contains("--version"), "{message}");
    let message = said::announced(&tenant(&json!({}), &json!({}))).unwrap_err();
    assert!(message.starts_with("no date of acme is announced that could be declined. To decline"), "{message}");
}

#[test]
fn a_first_no_is_written_with_its_reason_or_without_the_one_of_an_earlier_no() {
    let before = acme(None, &[]);
    assert_eq!(said::no(&before, &day("2026-12-15")), SAY);
    let annotations = |reason| said::no_body(&before, &day("2026-12-15"), reason)["metadata"]["annotations"].clone();
    let with = json!({"uplift.dev/opt-out": "2026-12-15", "uplift.dev/opt-out-reason": "year end"});
    assert_eq!(annotations(Some("year end")), with);
    assert_eq!(annotations(None), json!({"uplift.dev/opt-out": "2026-12-15", "uplift.dev/opt-out-reason": null}));
}

#[test]
fn an_opt_in_of_the_same_goes_with_the_opt_out_and_another_stays() {
    let taken_back = |value| tenant(&json!({"uplift.dev/opt-in": value}), &json!({}));
    let body = |value| said::no_body(&taken_back(value), &Value::version("2026.12.0").unwrap(), None);
    assert_eq!(body("2026.12.0")["metadata"]["annotations"].get("uplift.dev/opt-in"), Some(&Json::Null));
    assert_eq!(body("2026.12")["metadata"]["annotations"].get("uplift.dev/opt-in"), Some(&Json::Null));
    assert_eq!(body("2026.11.0")["metadata"]["annotations"].get("uplift.dev/opt-in"), None);
}

#[test]
fn what_was_judged_is_told_and_not_written_again() {
    let value = day("2026-12-15");
    for verdict in ["Accepted", "TooLate", "LimitReached", "AlreadyStarted", "Stale"] {
        let stands = acme(Some("2026-12-15"), &[record("2026-12-15", verdict)]);
        assert!(matches!(said::no(&stands, &value), No::Judged(_)), "{verdict}");
    }
    let gone = |verdict| acme(None, &[record("2026-12-15", verdict)]);
    assert!(matches!(said::no(&gone("Noted"), &value), No::Judged(_)), "that the annotation is gone means nothing");
    assert!(matches!(said::no(&gone("TooLate"), &value), No::Judged(_)), "the same value for the same slot");
    let mut next_slot = gone("TooLate");
    next_slot.status.as_mut().unwrap().upgrade.as_mut().unwrap().slot.as_mut().unwrap().opens = "2026-12-15T23:00+00:00".into();
    assert_eq!(said::no(&next_slot, &value), SAY, "for another slot it is another no");
    let same = acme(None, &[record("2026.12.0", "Accepted")]);
    assert!(matches!(said::no(&same, &Value::version("2026.12").unwrap()), No::Judged(_)), "the same version");
}

#[test]
fn a_no_that_was_taken_back_is_said_anew_and_later() {
    let value = day("2026-12-15");
    let undone = [record("2026-12-15", "Undone")];
    assert_eq!(said::no(&acme(Some("2026-12-15"), &undone), &value), No::Say { remove_first: true });
    assert_eq!(said::no(&acme(None, &undone), &value), SAY);
    let stamped = |at| json!({"uplift.dev/opt-out": "2026-12-15", "uplift.dev/opt-out-at": at});
    let old = tenant(&stamped(AT), &json!({"optOuts": undone}));
    assert_eq!(said::no(&old, &value), No::Say { remove_first: true });
    let waits = tenant(&stamped("2026-12-08T10:00:01Z"), &json!({"optOuts": undone}));
    assert_eq!(said::no(&waits, &value), SAY, "said anew already: to say it again would move its time");
    let between = tenant(&stamped("2026-12-08T09:30:00Z"), &json!({"optOuts": undone}));
    assert_eq!(said::no(&between, &value), SAY, "a later stamp is another no");
    assert!(said::is_new(&between, &value) && !said::is_new(&old, &value));
    let judged = tenant(&stamped(AT), &json!({"optOuts": [record("2026-12-15", "Accepted")]}));
    assert!(said::is_new(&judged, &value), "the operator was faster");
}

#[test]
fn without_a_stamp_an_opt_out_is_the_old_one_until_it_is_later_than_what_took_it_back() {
    let value = day("2026-12-15");
    let acme = acme(Some("2026-12-15"), &[record("2026-12-15", "Undone")]);
    let written = |at| unstamped(acme.clone(), &["uplift.dev/opt-in"], at);
    // The manager is shared: the opt-in moved the time of the opt-out.
    let old = written(UNDONE);
    assert_eq!(said::no(&old, &value), No::Say { remove_first: true });
    assert!(!said::is_new(&old, &value));
    assert!(said::yes(&old, None, at(AT)).is_err(), "that one was taken back");
    let anew = written("2026-12-08T10:00:01Z");
    assert_eq!(said::no(&anew, &value), SAY);
    assert!(said::is_new(&anew, &value));
    assert_eq!(said::yes(&anew, None, at(AT)), Ok(Yes::Unjudged("2026-12-15")));
}

#[test]
fn when_an_opt_out_was_written_is_its_stamp_or_the_time_of_its_manager() {
    let acme = acme(Some("2026-12-15"), &[]);
    assert_eq!(said::written_at(&acme), None);
    let mut acme = unstamped(acme, &[], AT);
    assert_eq!(said::written_at(&acme), Some(at(AT)));
    let annotations = acme.metadata.annotations.as_mut().unwrap();
    annotations.insert("uplift.dev/opt-out-at".into(), "2026-12-08T08:59:59Z".into());
    assert_eq!(said::written_at(&acme), Some(at("2026-12-08T08:59:59Z")));
}

/// The words for a verdict on an opt-out that was just written.
fn words(before: &TenantInstance, now: &TenantInstance, value: &Value) -> told::Told {
    let done = Edited { before: before.clone(), after: before.clone() };
    told::after_no(Some(now), &done, value)
}

#[test]
fn an_accepted_no_names_what_does_not_take_place_and_what_comes_next() {
    let ended = json!([{"result": "OptedOut", "id": "a-1", "from": "2026.11.0", "to": "2026.12.0", "slot": SLOT, "noticed": true, "finishedAt": AT}]);
    let status = json!({"optOuts": [record("2026-12-15", "Accepted")], "history": ended, "upgrade": upgrade(&slot("2027-01-19T18:00+00:00"))});
    let told = words(&acme(None, &[]), &tenant(&json!({}), &status), &day("2026-12-15"));
    let expected = "Accepted: the upgrade to 2026.12.0 on 2026-12-15T18:00+00:00 does not take place. \
                    The next date is 2027-01-19T18:00+00:00, to 2026.12.0. (said by sue at 2026-12-08T09:00:00Z)";
    assert_eq!((told.text.as_str(), told.granted), (expected, true));
}

#[test]
fn a_no_without_effect_is_not_granted_and_says_how_to_stop_the_upgrade() {
    for verdict in ["TooLate", "LimitReached"] {
        let told = words(&acme(None, &[]), &acme(None, &[record("2026-12-15", verdict)]), &day("2026-12-15"));
        assert!(told.text.starts_with(&format!("{verdict}: ")) && !told.granted, "{told:?}");
        assert!(told.text.contains("The upgrade to 2026.12.0 on 2026-12-15T18:00+00:00 goes ahead"), "{told:?}");
        assert!(told.text.contains("kubectl uplift suspend tenant acme -n ns"), "{told:?}");
    }
    let late = words(&acme(None, &[]), &acme(None, &[record("2026-12-15", "TooLate")]), &day("2026-12-15"));
    assert!(late.text.contains("after the cut-off 2026-12-15T13:00:00Z"), "{late:?}");
}

#[test]
fn a_no_that_fits_nothing_says_which_date_stands() {
    let told = words(&acme(None, &[]), &acme(None, &[record("2026-12-20", "Noted")]), &day("2026-12-20"));
    assert!(told.granted && told.text.contains("on 2026-12-15T18:00+00:00 stands"), "{told:?}");
    assert!(told.text.contains("kubectl uplift opt-out acme -n ns"), "{told:?}");
}

#[test]
fn a_verdict_of_before_is_none_on_the_new_no() {
    let before = acme(None, &[record("2026-12-15", "Undone")]);
    assert_eq!(said::judged(&before, &before, &day("2026-12-15")), None);
    let done = Edited { before: before.clone(), after: before.clone() };
    let told = told::after_no(None, &done, &day("2026-12-15"));
    assert!(!told.granted && told.text.contains("judged Undone at 2026-12-08T10:00:00Z before"), "{told:?}");
    let first = Edited { before: acme(None, &[]), after: acme(Some("2026-12-15"), &[]) };
    let told = told::after_no(None, &first, &day("2026-12-15"));
    assert!(!told.granted && told.text.starts_with("No verdict within 5 s. The no is written"), "{told:?}");
}

#[test]
fn what_was_taken_back_tells_whether_the_date_stands_again() {
    let before = acme(None, &[record("2026-12-15", "Accepted")]);
    let no = before.status.as_ref().unwrap().opt_outs[0].clone();
    let again = acme(None, &[record("2026-12-15", "Undone")]);
    assert!(said::undone(&before, &again, &no) && !said::undone(&before, &before, &no));
    let undone = &again.status.as_ref().unwrap().opt_outs[0];
    assert!(told::verdict(&again, undone).text.contains("it was taken back at 2026-12-08T10:00:00Z. "));
    let told = told::undone(&again, &no);
    assert_eq!(
        told.text,
        "Undone: 2026-12-15 is not declined any more; the date stands again: 2026-12-15T18:00+00:00 to 2026.12.0."
    );
    let other = tenant(&json!({}), &json!({"upgrade": upgrade(&slot("2027-01-19T18:00+00:00"))}));
    assert!(told::undone(&other, &no).text.contains("The next date is 2027-01-19T18:00+00:00"));
}

#[test]
fn what_was_not_taken_back_says_why() {
    let mut declined = record("2026-12-15", "Accepted");
    declined["lost"] = slot(SLOT);
    let late = acme(None, &[declined]);
    let no = &late.status.as_ref().unwrap().opt_outs[0];
    let told = told::not_undone(&late, no, at("2026-12-15T13:00:01Z"));
    assert!(!told.granted && told.text.contains("the cut-off of that day, 2026-12-15T13:00:00Z, is over"), "{told:?}");
    assert!(told::not_undone(&late, no, at(AT)).text.contains("no answer within 5 s"));
    let mut runs = late.clone();
    runs.status.as_mut().unwrap().upgrade.as_mut().unwrap().started_at = Some(at(AT));
    assert!(told::not_undone(&runs, no, at(AT)).text.contains("an upgrade runs"));
}

mod opt_in;
