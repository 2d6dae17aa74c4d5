//! R29: who is told of an end, where no scenario shows it.

use jiff::Timestamp;
use serde_json::json;
use uplift::{
    api::{
        TenantInstanceStatus,
        tenant::{NoticeKind, NoticeRecord, Support},
    },
    fleet::{Fleet, Product},
    plan::{Change, Plan, StoryEvent, plan},
};

use super::{acme, at, status_of, using, world};

const NOW: &str = "2026-12-02T00:00:00Z";

/// A customer who has to replace so many things, of which each ends a day after the one before: from 20 December on.
fn customer(ends: usize) -> Fleet {
    let cycle = |n: usize| json!({"name": n.to_string(), "eolFrom": format!("2026-12-{:02}", 20 + n)});
    let uses =
        |n: usize| json!({"name": format!("d{n}"), "product": "lib", "version": format!("{n}.1"), "responsibility": "Customer"});
    let mut fleet = using(&(0..ends).map(cycle).collect(), &(0..ends).map(uses).collect(), "2026-12-01T23:59:00Z", NOW);
    let status = fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap();
    status.support_notices = vec![].into();
    status.notices.retain(|notice| !notice.kind.is_of_support());
    fleet
}

/// What is written is read again, until nothing more is to be said now; everybody accepts at once.
fn settled(fleet: &mut Fleet, now: Timestamp) -> Vec<String> {
    let mut told = vec![];
    for _ in 0..20 {
        let next = plan(fleet, now);
        told.extend(subjects(&next));
        let Some(mut status) = status_of(&next, &acme()) else { return told };
        status.notices.iter_mut().filter(|n| n.kind.is_of_support()).for_each(|n| n.delivered_at = n.delivered_at.or(Some(now)));
        fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status);
    }
    panic!("it never ends")
}

fn subjects(plan: &Plan) -> Vec<String> {
    let ends = [StoryEvent::SupportEnding, StoryEvent::SupportEnded];
    let stories = plan.writes.iter().filter(|write| is_tenants(&write.change)).flat_map(|write| &write.stories);
    stories.filter(|story| ends.contains(&story.event)).filter_map(|story| story.subject.clone()).collect()
}

fn is_tenants(change: &Change) -> bool {
    matches!(change, Change::TenantStatus { tenant, .. } if *tenant == acme())
}

/// The first of the cycles ends on this day.
fn date(fleet: &mut Fleet, day: &str) {
    let Product { meta, spec, status, .. } = fleet.products.remove("lib").unwrap();
    let mut spec = spec.unwrap();
    spec.releases[0].eol_from = Some(day.parse().unwrap());
    fleet.products.insert("lib".into(), Product::new(meta, Ok(spec), status));
}

fn status(fleet: &Fleet) -> &TenantInstanceStatus {
    fleet.tenants[&acme()].status.as_ref().unwrap()
}

#[test]
fn a_letter_tells_four_ends_and_the_next_midnight_the_others() {
    let mut fleet = customer(6);
    assert_eq!(settled(&mut fleet, at(NOW)), ["lib/0.1", "lib/1.1", "lib/2.1", "lib/3.1"]);
    assert_eq!(plan(&fleet, at("2026-12-02T23:59:58Z")).wake_at, Some(at("2026-12-03T00:00:00Z")));
    assert_eq!(settled(&mut fleet, at("2026-12-02T23:59:58Z")), [""; 0]);
    assert_eq!(settled(&mut fleet, at("2026-12-03T00:00:00Z")), ["lib/4.1", "lib/5.1"]);
    // The last threshold before the end is passed; what comes next is the end.
    assert_eq!(settled(&mut fleet, at("2026-12-19T23:59:59Z")), [""; 0]);
    assert_eq!(settled(&mut fleet, at("2026-12-20T00:00:00Z")), ["lib/0.1"]);
}

#[test]
fn another_day_is_another_end_and_an_update_that_ends_on_the_same_day_is_not() {
    let mut fleet = customer(1);
    assert_eq!(settled(&mut fleet, at(NOW)), ["lib/0.1"]);
    fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().dependencies[0].version = Some("0.2".into());
    assert_eq!(settled(&mut fleet, at("2026-12-03T00:00:00Z")), [""; 0]);
    date(&mut fleet, "2026-12-28");
    assert_eq!(settled(&mut fleet, at("2026-12-04T00:00:00Z")), ["lib/0.2"]);
    // And back: that was told.
    date(&mut fleet, "2026-12-20");
    assert_eq!(settled(&mut fleet, at("2026-12-05T00:00:00Z")), [""; 0]);
}

#[test]
fn receipts_of_a_date_stay_whatever_is_told_of_support() {
    let mut fleet = customer(1);
    settled(&mut fleet, at(NOW));
    let key = acme();
    let all = &mut fleet.tenants.get_mut(&key).unwrap().status.as_mut().unwrap().notices;
    let of_support = all.iter().find(|notice| notice.kind.is_of_support()).unwrap().clone();
    let of_date = all.iter().find(|notice| !notice.kind.is_of_support()).unwrap().clone();
    for n in 0..40 {
        all.insert(0, NoticeRecord { key: format!("{n}-support").as_str().into(), ..of_support.clone() });
    }
    for n in 0..23 {
        all.push(NoticeRecord { key: format!("{n}-result").as_str().into(), kind: NoticeKind::Succeeded, ..of_date.clone() });
    }
    settled(&mut fleet, at("2026-12-20T00:00:00Z"));
    let (support, others): (Vec<_>, Vec<_>) = status(&fleet).notices.iter().partition(|notice| notice.kind.is_of_support());
    assert_eq!((support.len(), others.len()), (16, 24));
    assert_eq!(support[0].kind, NoticeKind::SupportEnded);
}

#[test]
fn what_was_told_of_what_is_gone_is_forgotten_first() {
    let mut fleet = customer(1);
    settled(&mut fleet, at(NOW));
    let told = &mut fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap().support_notices;
    let first = told[0].clone();
    for n in 0..31 {
        told.insert(0, uplift::api::tenant::SupportNotice { subject: format!("gone-{n}"), ..first.clone() });
    }
    date(&mut fleet, "2026-12-21");
    settled(&mut fleet, at("2026-12-03T00:00:00Z"));
    let told = &status(&fleet).support_notices;
    assert_eq!((told.len(), told[0].subject.as_str()), (32, "lib"));
    let said: Vec<Support> = status(&fleet).support.to_vec();
    assert!(said.iter().all(|said| told.iter().any(|told| told.is_of(said))), "{said:?}");
}

#[test]
fn the_platform_is_told_of_its_own_in_utc_once_at_each_threshold() {
    let product = "
apiVersion: uplift.dev/v1alpha1
kind: SoftwareProduct
metadata: {name: lib}
spec:
  notifyBefore: [48h]
  releases: [{name: \"1\", eolFrom: \"2026-12-04\"}, {name: \"2\", eolFrom: \"2026-12-05\"}]
  licenses: [{name: extended, expires: \"2026-12-04\", reference: PO-1}]
  installations: [{name: one, version: \"1.1\"}, {name: two, version: \"1.1\"}, {name: theirs, version: \"2.1\", responsibility: Customer}]
";
    let (mut fleet, _) = world(product, "[]", "2026-12-01T23:59:59Z");
    let mut told = |now: &str| {
        let next = plan(&fleet, at(now));
        let write = next.writes.into_iter().find(|write| matches!(write.change, Change::ProductStatus { .. }));
        let Some(write) = write else { return (vec![], next.wake_at) };
        let Change::ProductStatus { product, status } = write.change else { unreachable!() };
        fleet.products.get_mut(&product).unwrap().status = Ok(*status);
        (
            write.stories.into_iter().filter_map(|story| Some(format!("{} {}", story.event.name(), story.message?))).collect(),
            next.wake_at,
        )
    };
    assert_eq!(told("2026-12-01T23:59:59Z").0, [""; 0]);
    let ending = [
        "SupportEnding support of lib 1.1 (one, two) ends on 2026-12-04",
        "SupportEnding license \"extended\" of lib (PO-1) ends on 2026-12-04",
    ];
    assert_eq!(told("2026-12-02T00:00:00Z").0, ending);
    assert_eq!(told("2026-12-03T23:59:59Z").0, [""; 0]);
    let ended = [
        "SupportEnded support of lib 1.1 (one, two) has ended on 2026-12-04",
        "SupportEnded license \"extended\" of lib (PO-1) has ended on 2026-12-04",
    ];
    assert_eq!(told("2026-12-04T00:00:00Z").0, ended);
    assert_eq!(told("2027-12-04T00:00:00Z").0, [""; 0]);
}

#[test]
fn who_has_no_contact_is_told_once_there_is_one() {
    let mut fleet = customer(1);
    let contacts =
        |fleet: &mut Fleet| std::mem::take(&mut fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().contacts);
    let before = contacts(&mut fleet);
    assert_eq!(settled(&mut fleet, at(NOW)), [""; 0]);
    fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().contacts = before;
    assert_eq!(settled(&mut fleet, at(NOW)), ["lib/0.1"]);
}

/// One plan is written, and read again.
fn step(fleet: &mut Fleet, now: &str) -> Vec<String> {
    let next = plan(fleet, at(now));
    if let Some(status) = status_of(&next, &acme()) {
        fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status);
    }
    subjects(&next)
}

fn letters(fleet: &Fleet) -> Vec<&NoticeRecord> {
    status(fleet).notices.iter().filter(|notice| notice.kind.is_of_support()).collect()
}

#[test]
fn what_nobody_accepted_in_a_week_is_written_anew_as_it_is_then() {
    let mut fleet = customer(2);
    assert_eq!(step(&mut fleet, NOW), ["lib/0.1", "lib/1.1"]);
    assert_eq!(step(&mut fleet, "2026-12-09T00:00:05Z"), [""; 0]);
    assert_eq!(step(&mut fleet, "2026-12-09T00:00:06Z"), ["lib/0.1", "lib/1.1"]);
    let waits = letters(&fleet);
    assert_eq!((waits.len(), waits[0].created_at), (1, at("2026-12-09T00:00:06Z")));
    // When more is due, the letter that nobody has accepted makes room for it.
    assert_eq!(step(&mut fleet, "2026-12-14T00:00:00Z"), [""; 0]);
    assert_eq!(step(&mut fleet, "2026-12-20T00:00:00Z"), ["lib/0.1", "lib/1.1"]);
    assert_eq!(letters(&fleet)[0].kind, NoticeKind::SupportEnded);
}

#[test]
fn a_letter_that_one_contact_accepted_is_told_anew_to_whom_it_is_required_of() {
    let mut fleet = customer(2);
    let contacts = &mut fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().contacts;
    let fyi = uplift::api::tenant::Contact { name: "fyi".into(), required: Some(false), ..contacts[0].clone() };
    contacts.push(fyi);
    step(&mut fleet, NOW);
    let all = &mut fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap().notices;
    all.iter_mut().find(|notice| notice.contact == "fyi").unwrap().delivered_at = Some(at(NOW));
    assert_eq!(step(&mut fleet, NOW), [""; 0]);
    // The first of the two is replaced before the letter arrives where it must.
    fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().dependencies.remove(0);
    assert_eq!(step(&mut fleet, "2026-12-02T01:00:00Z"), ["lib/1.1"]);
    let to: Vec<_> = letters(&fleet).iter().filter(|notice| notice.waits()).map(|notice| notice.contact.clone()).collect();
    assert_eq!(to.iter().map(String::as_str).collect::<Vec<_>>(), ["fyi", "it"]);
}

#[test]
fn a_product_that_is_gone_for_a_moment_takes_no_letter_back() {
    let mut fleet = customer(1);
    step(&mut fleet, NOW);
    let product = fleet.products.remove("lib").unwrap();
    assert_eq!(step(&mut fleet, NOW), [""; 0]);
    assert!(letters(&fleet)[0].waits());
    fleet.products.insert("lib".into(), product);
    assert_eq!(step(&mut fleet, NOW), [""; 0]);
    assert_eq!(letters(&fleet).len(), 1);
}

#[test]
fn nobody_is_told_of_a_version_of_which_it_is_not_known_whether_it_runs() {
    let mut fleet = customer(1);
    fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().dependencies.clear();
    fleet.releases.get_mut("r-2026-11").unwrap().spec.as_mut().unwrap().end_of_life = Some("2026-12-20".parse().unwrap());
    let containers: Vec<_> = fleet.workloads.values_mut().map(|workload| std::mem::take(&mut workload.containers)).collect();
    assert_eq!(step(&mut fleet, NOW), [""; 0]);
    fleet.workloads.values_mut().zip(containers).for_each(|(workload, containers)| workload.containers = containers);
    assert_eq!(step(&mut fleet, NOW), ["dashboard/2026.11.0"]);
}
