//! Rules R12 and R13: when something was said as far as that is known, and which verdicts are kept.

use jiff::Timestamp;
use uplift::{
    api::tenant::{OptOutRecord, Verdict},
    fleet::{Fleet, Said},
    plan::plan,
};

use super::{acme, at, status_of, world};

/// When it was stamped, managed and seen, and when it was certainly not there.
type Known = (Option<&'static str>, Option<&'static str>, &'static str, Option<&'static str>);

pub fn said(value: &str, known: Known) -> Said {
    let time = |hour: &str| -> Timestamp { at(&format!("2026-12-15T{hour}Z")) };
    let (stamped, managed, arrived, absent) = known;
    Said {
        value: value.into(),
        stamped_at: stamped.map(time),
        stamped_by: stamped.map(|_| "jane@acme.example".into()),
        managed_at: managed.map(time),
        managed_by: managed.map(|_| "kubectl-annotate".into()),
        arrived_at: time(arrived),
        absent_at: absent.map(time),
    }
}

/// The verdict on an opt-out of the slot of that evening, whose cut-off is at 13:00, and who is said to have said it.
fn judged(stamps_in_force: bool, known: Known) -> (Verdict, Option<String>) {
    let (mut fleet, _) = world("", "[]", "2026-12-15T12:00:00Z");
    fleet.stamps_in_force = stamps_in_force;
    fleet.tenants.get_mut(&acme()).unwrap().opt_out = Some(said("2026-12-15", known).into());
    let record = status_of(&plan(&fleet, at("2026-12-15T13:30:00Z")), &acme()).unwrap().opt_outs[0].clone();
    (record.verdict, record.by)
}

#[test]
fn a_stamp_decides_while_its_policy_is_in_force_and_counts_for_nothing_else() {
    let jane = Some("jane@acme.example".to_owned());
    let late = Some("13:20:00");
    assert_eq!(judged(true, (Some("12:59:00"), late, "13:20:00", late)), (Verdict::Accepted, jane.clone()));
    assert_eq!(judged(true, (Some("13:00:00.9"), late, "13:20:00", late)), (Verdict::Accepted, jane.clone()));
    assert_eq!(judged(true, (Some("13:00:01"), Some("12:59:00"), "12:59:00", None)), (Verdict::TooLate, jane));
    let kubectl = Some("kubectl-annotate".to_owned());
    assert_eq!(judged(false, (Some("12:59:00"), late, "13:20:00", Some("13:19:00"))), (Verdict::TooLate, kubectl));
    assert_eq!(judged(false, (Some("13:20:00"), None, "13:20:00", None)), (Verdict::Accepted, None));
}

#[test]
fn without_a_stamp_the_earlier_of_arrival_and_managed_time_counts() {
    let verdict = |known| judged(false, known).0;
    assert_eq!(verdict((None, Some("12:59:00"), "13:20:00", Some("13:10:00"))), Verdict::Accepted);
    assert_eq!(verdict((None, Some("13:20:00"), "12:59:00", Some("12:58:00"))), Verdict::Accepted);
    assert_eq!(verdict((None, Some("13:20:00"), "13:20:00", Some("13:10:00"))), Verdict::TooLate);
    assert_eq!(verdict((None, Some("13:20:00"), "13:20:00", None)), Verdict::Accepted, "the manager may have written more since");
}

#[test]
fn what_was_first_seen_after_a_gap_over_the_cut_off_is_in_time() {
    let verdict = |stamps, absent| judged(stamps, (None, None, "13:20:00", absent)).0;
    assert_eq!(verdict(false, None), Verdict::Accepted);
    assert_eq!(verdict(true, None), Verdict::Accepted);
    assert_eq!(verdict(false, Some("12:59:00")), Verdict::Accepted);
    assert_eq!(verdict(false, Some("13:00:00")), Verdict::Accepted);
    assert_eq!(verdict(false, Some("13:00:01")), Verdict::TooLate);
}

fn record(value: &str, verdict: Verdict) -> OptOutRecord {
    OptOutRecord {
        value: value.into(),
        slot: (verdict == Verdict::TooLate).then(|| "2026-11-17T18:00+00:00".into()),
        lost: None,
        opt_in_stood: false,
        verdict,
        at: at("2026-12-01T00:00:00Z"),
        by: None,
        reason: None,
        undone_at: None,
        undone_by: None,
    }
}

/// What is kept, newest first, when these verdicts stand (newest first, filled up with noted days) and another is given.
fn kept(newest: &str, oldest: &[(&str, Verdict)]) -> Vec<String> {
    let (mut fleet, _) = world("", "[]", "2026-12-15T12:00:00Z");
    let tenant = fleet.tenants.get_mut(&acme()).unwrap();
    let days = (1..=10 - oldest.len()).map(|day| record(&format!("2027-03-{day:02}"), Verdict::Noted));
    let status = tenant.status.as_mut().unwrap();
    status.opt_outs = days.chain(oldest.iter().map(|(value, verdict)| record(value, *verdict))).collect();
    tenant.opt_out = Some(said(newest, (Some("12:00:00"), None, "12:00:00", None)).into());
    values(&fleet)
}

fn values(fleet: &Fleet) -> Vec<String> {
    let status = status_of(&plan(fleet, at("2026-12-15T12:00:01Z")), &acme()).unwrap();
    assert_eq!(status.opt_outs.len(), 10);
    status.opt_outs.into_iter().map(|record| record.value).collect()
}

#[test]
fn of_eleven_verdicts_the_oldest_goes() {
    let kept = kept("2026-12-15", &[("2027-04-01", Verdict::Noted), ("2027-04-02", Verdict::Noted)]);
    assert_eq!(kept[0], "2026-12-15");
    assert_eq!(kept[9], "2027-04-01");
}

#[test]
fn ten_verdicts_are_kept() {
    let (mut fleet, _) = world("", "[]", "2026-12-15T12:00:00Z");
    let tenant = fleet.tenants.get_mut(&acme()).unwrap();
    tenant.status.as_mut().unwrap().opt_outs = (1..=9).map(|day| record(&format!("2027-03-{day:02}"), Verdict::Noted)).collect();
    tenant.opt_out = Some(said("2026-12-15", (Some("12:00:00"), None, "12:00:00", None)).into());
    assert_eq!(values(&fleet)[9], "2027-03-09");
}

#[test]
fn what_is_over_goes_before_what_still_declines() {
    let kept = kept("2026-12-15", &[("2026.10.0", Verdict::Stale), ("2027-04-02", Verdict::Noted)]);
    assert!(!kept.contains(&"2026.10.0".into()) && kept[9] == "2027-04-02", "{kept:?}");
}

#[test]
fn a_standing_refusal_of_a_version_is_never_the_one_to_go() {
    let kept_of = |version, verdict| kept("2026-12-15", &[("2027-04-02", Verdict::Noted), (version, verdict)]);
    assert_eq!(kept_of("2026.13.0", Verdict::Noted)[9], "2026.13.0");
    // One that was too late, or that names what runs, refuses nothing.
    assert_eq!(kept_of("2026.13.0", Verdict::TooLate)[9], "2027-04-02");
    assert_eq!(kept_of("2026.11.0", Verdict::Noted)[9], "2027-04-02");
}

#[test]
fn a_verdict_on_what_still_stands_in_the_annotation_is_never_the_one_to_go() {
    let kept = kept("2026-12-15", &[("2027-04-02", Verdict::Noted), ("2026-12-15", Verdict::TooLate)]);
    assert_eq!(kept[9], "2026-12-15");
    assert!(!kept.contains(&"2027-04-02".into()), "{kept:?}");
}

#[test]
fn where_nothing_may_go_the_oldest_goes_all_the_same() {
    let refusals: Vec<_> = (1..=10).map(|n| format!("2027.{n}.0")).collect();
    let refusals: Vec<_> = refusals.iter().map(|version| (version.as_str(), Verdict::Noted)).collect();
    let kept = kept("2026-12-15", &refusals);
    assert_eq!((kept[0].as_str(), kept[9].as_str()), ("2026-12-15", "2027.9.0"));
}
