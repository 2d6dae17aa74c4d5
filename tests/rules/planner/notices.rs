//! Rule R10: what is sent, and what becomes of it.

use jiff::Timestamp;
use uplift::{
    api::{
        notice_key::NoticeKey,
        reason::Reason,
        tenant::{NoticeKind, NoticeRecord, SlotResult},
        window::Deferral,
    },
    fleet::{Delivery, DeliveryKey, Fleet, Said},
    letters::Outgoing,
    plan::{Class, Plan, StoryEvent, plan},
};

use super::{acme, at, status_of, world};

/// The evening is announced to `it`, who must accept, `boss`, who must too, and `office`, who need not; nobody was reached yet.
fn announced() -> Fleet {
    let events = "
- at: 2026-12-01T00:00:00Z
  patch:
    kind: TenantInstance
    namespace: acme
    name: acme
    merge:
      spec:
        contacts:
        - {name: it, webhook: 'https://hooks.example.test/acme'}
        - {name: boss, webhook: 'https://hooks.example.test/boss', required: true}
        - {name: office, webhook: 'https://hooks.example.test/office'}
";
    let (mut fleet, _) = world("", events, "2026-12-02T00:00:00Z");
    for notice in notices(&mut fleet) {
        (notice.delivered_at, notice.attempts) = (None, 0);
    }
    fleet
}

fn notices(fleet: &mut Fleet) -> &mut Vec<NoticeRecord> {
    &mut fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap().notices
}

fn notice<'f>(fleet: &'f mut Fleet, contact: &str) -> &'f mut NoticeRecord {
    notices(fleet).iter_mut().find(|n| n.contact == contact).unwrap()
}

fn deliver(fleet: &mut Fleet, contact: &str, delivery: Delivery) {
    let tenant_uid = fleet.tenants[&acme()].meta.uid.clone();
    let key = notice(fleet, contact).key.clone();
    fleet.deliveries.insert(DeliveryKey { tenant: acme(), tenant_uid, key, contact: contact.into() }, delivery);
}

fn accepted(when: &str) -> Delivery {
    Delivery { attempts: 2, delivered_at: Some(at(when)), ..Delivery::default() }
}

fn failed(error: &str) -> Delivery {
    Delivery { attempts: 1, last_error: Some(error.into()), ..Delivery::default() }
}

fn told(plan: &Plan) -> Vec<StoryEvent> {
    plan.writes.iter().flat_map(|w| w.stories.iter().map(|story| story.event)).collect()
}

const DECEMBER_2: &str = "2026-12-02T00:00:00Z";
/// The deadline, the last second in which its receipts settle, and the one after.
const DEADLINE: &str = "2026-12-13T18:00:00Z";
const SETTLED: &str = "2026-12-13T18:00:05Z";
const JUDGED: &str = "2026-12-13T18:00:06Z";

/// To whom something is sent.
fn sent(fleet: &Fleet, now: Timestamp) -> Vec<String> {
    plan(fleet, now).notices.into_iter().map(|n| n.record.contact).collect()
}

#[test]
fn a_notice_is_sent_until_its_deadline_that_second_included() {
    let fleet = announced();
    assert_eq!(sent(&fleet, at(DEADLINE)), ["it", "boss", "office"]);
    assert!(sent(&fleet, at("2026-12-13T18:00:01Z")).is_empty());
}

#[test]
fn what_was_accepted_or_is_void_is_not_sent() {
    let mut fleet = announced();
    notice(&mut fleet, "it").delivered_at = Some(at(DECEMBER_2));
    notice(&mut fleet, "boss").superseded_by = Some("Withdrawn".into());
    assert_eq!(sent(&fleet, at(DECEMBER_2)), ["office"]);
}

#[test]
fn what_was_accepted_or_given_up_by_this_process_is_not_sent() {
    let mut fleet = announced();
    deliver(&mut fleet, "it", accepted(DECEMBER_2));
    deliver(&mut fleet, "boss", Delivery { gave_up: true, ..failed("no such host") });
    deliver(&mut fleet, "office", failed("busy"));
    assert_eq!(sent(&fleet, at(DECEMBER_2)), ["office"]);
}

#[test]
fn a_notice_is_delivered_with_the_last_required_contact_and_told_once() {
    let mut fleet = announced();
    deliver(&mut fleet, "it", accepted(DECEMBER_2));
    let first = plan(&fleet, at(DECEMBER_2));
    assert!(told(&first).is_empty() && first.writes[0].class == Class::Receipt);
    deliver(&mut fleet, "boss", accepted(DECEMBER_2));
    let second = plan(&fleet, at(DECEMBER_2));
    assert_eq!(told(&second), [StoryEvent::NoticeDelivered]);
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status_of(&second, &acme()).unwrap());
    deliver(&mut fleet, "office", accepted(DECEMBER_2));
    let third = plan(&fleet, at(DECEMBER_2));
    assert!(told(&third).is_empty() && status_of(&third, &acme()).is_some());
}

#[test]
fn the_first_failure_is_written_and_later_ones_are_not() {
    let mut fleet = announced();
    deliver(&mut fleet, "it", failed("busy"));
    let status = status_of(&plan(&fleet, at(DECEMBER_2)), &acme()).unwrap();
    let written = status.notices.iter().find(|n| n.contact == "it").unwrap();
    assert_eq!((written.last_error.as_deref(), written.attempts), (Some("busy"), 1));
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status);
    deliver(&mut fleet, "it", Delivery { attempts: 7, ..failed("still busy") });
    assert!(status_of(&plan(&fleet, at(DECEMBER_2)), &acme()).is_none());
    // Nor is a try that has no answer yet.
    deliver(&mut fleet, "office", Delivery { attempts: 1, ..Delivery::default() });
    assert!(status_of(&plan(&fleet, at(DECEMBER_2)), &acme()).is_none());
}

#[test]
fn an_acceptance_clears_the_failure() {
    let mut fleet = announced();
    (notice(&mut fleet, "it").last_error, notice(&mut fleet, "it").attempts) = (Some("busy".into()), 1);
    deliver(&mut fleet, "it", accepted(DECEMBER_2));
    let status = status_of(&plan(&fleet, at(DECEMBER_2)), &acme()).unwrap();
    let written = status.notices.iter().find(|n| n.contact == "it").unwrap();
    assert_eq!((written.last_error.as_deref(), written.attempts), (None, 2));
    assert_eq!(written.delivered_at, Some(at(DECEMBER_2)));
}

#[test]
fn people_see_which_required_contact_has_not_accepted_yet() {
    let mut fleet = announced();
    let seen = |fleet: &Fleet| {
        let status = status_of(&plan(fleet, at(DECEMBER_2)), &acme()).unwrap_or_default();
        status.conditions.into_iter().find(|c| c.type_ == "UpToDate").map(|c| c.message).unwrap_or_default()
    };
    notice(&mut fleet, "office").last_error = Some("away".into());
    assert!(!seen(&fleet).contains("accepted the notice"), "office need not accept");
    let tenant = fleet.tenants.get_mut(&acme()).unwrap();
    tenant.status.as_mut().unwrap().conditions.clear();
    notice(&mut fleet, "it").delivered_at = Some(at(DECEMBER_2));
    notice(&mut fleet, "boss").last_error = Some("busy".into());
    assert_eq!(seen(&fleet), "contact \"boss\" has not accepted the notice yet; it is tried until 2026-12-13T18:00:00Z: busy");
}

/// What is told at this instant.
fn told_at(fleet: &Fleet, now: &str) -> Vec<StoryEvent> {
    told(&plan(fleet, at(now)))
}

/// Why the slot is gone at this instant, in a word and in words.
fn lost_at(fleet: &Fleet, now: &str) -> Option<(String, String)> {
    let ended = status_of(&plan(fleet, at(now)), &acme())?.history.into_iter().next()?;
    assert_eq!(ended.result, SlotResult::Moved);
    Some((ended.reason?.to_string(), ended.message?))
}

#[test]
fn a_deadline_is_judged_once_its_receipts_have_settled() {
    let fleet = announced();
    assert_eq!((told_at(&fleet, SETTLED), lost_at(&fleet, SETTLED)), (vec![], None));
    // The date itself is too near then to be announced anew.
    assert_eq!(told_at(&fleet, JUDGED), [StoryEvent::NoticeFailed, StoryEvent::NoTimeToAnnounce]);
    let message = "contact \"boss\" did not accept the notice until 2026-12-13T18:00:00Z: it was not reached in time";
    assert_eq!(lost_at(&fleet, JUDGED), Some(("NoticeNotDelivered".into(), message.into())));
}

#[test]
fn the_contact_that_did_not_accept_is_named_with_what_it_answered() {
    let mut fleet = announced();
    deliver(&mut fleet, "boss", accepted("2026-12-03T00:00:00Z"));
    deliver(&mut fleet, "it", failed("busy"));
    let message = "contact \"it\" did not accept the notice until 2026-12-13T18:00:00Z: busy";
    assert_eq!(lost_at(&fleet, JUDGED), Some(("NoticeNotDelivered".into(), message.into())));
}

#[test]
fn an_acceptance_in_the_last_second_that_is_reported_later_counts() {
    let mut fleet = announced();
    deliver(&mut fleet, "it", accepted(DEADLINE));
    deliver(&mut fleet, "boss", accepted(DEADLINE));
    assert_eq!((told_at(&fleet, JUDGED), lost_at(&fleet, JUDGED)), (vec![StoryEvent::NoticeDelivered], None));
    deliver(&mut fleet, "boss", accepted("2026-12-13T18:00:01Z"));
    assert!(lost_at(&fleet, JUDGED).is_some_and(|(reason, _)| reason == "NoticeNotDelivered"));
}

#[test]
fn what_has_expired_stays_expired() {
    let mut fleet = announced();
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status_of(&plan(&fleet, at(JUDGED)), &acme()).unwrap());
    for contact in ["it", "boss"] {
        deliver(&mut fleet, contact, accepted(DEADLINE));
    }
    let again = plan(&fleet, at("2026-12-13T18:01:00Z"));
    let first = status_of(&again, &acme()).unwrap_or_default();
    assert!(first.notices.iter().all(|n| n.kind != NoticeKind::Planned || n.delivered_at.is_none()));
    assert!(told(&again).is_empty());
}

/// The slot's own notice is the oldest of the list; before it come so many answers, newest first.
fn with_answers(answers: usize, delivered: impl Fn(usize) -> bool) -> Fleet {
    let (mut fleet, _) = world("", "[]", DECEMBER_2);
    let list = notices(&mut fleet);
    let proof = list[0].clone();
    let answer = |n| NoticeRecord {
        key: NoticeKey::from(&*format!("{n}-answer")),
        kind: NoticeKind::OptOutAccepted,
        delivered_at: delivered(n).then(|| at(DECEMBER_2)),
        ..proof.clone()
    };
    *list = (0..answers).map(answer).chain([proof.clone()]).collect();
    let tenant = fleet.tenants.get_mut(&acme()).unwrap();
    tenant.opt_out = Some(super::opt_outs::said("2027-03-01", (Some("12:00:00"), None, "12:00:00", None)).into());
    fleet
}

/// The keys that are kept when one more notice is written, without the new one.
fn kept(fleet: &Fleet) -> Vec<String> {
    let status = status_of(&plan(fleet, at(DECEMBER_2)), &acme()).unwrap();
    status.notices.into_iter().skip(1).map(|n| n.key.to_string()).collect()
}

/// With eight contacts three answers are more than that: each is sent before it goes.
#[test]
fn what_waits_is_kept_beyond_the_usual_number() {
    let kept = kept(&with_answers(40, |n| n % 2 == 0));
    assert_eq!(kept.iter().filter(|key| key.ends_with("-answer")).count(), 22, "{kept:?}");
    assert!((0..40).filter(|n| n % 2 == 1).all(|n| kept.contains(&format!("{n}-answer"))), "{kept:?}");
}

#[test]
fn twenty_four_notices_are_kept() {
    assert_eq!(kept(&with_answers(22, |_| true)).len(), 23);
    assert_eq!(kept(&with_answers(23, |_| true)).len(), 23);
}

/// R10, I3: what proves the notice of the standing slot is never pushed out.
#[test]
fn the_oldest_receipt_goes_first_but_not_that_of_the_standing_slot() {
    let kept = kept(&with_answers(23, |_| true));
    assert!(kept[22].ends_with("-slot") && !kept.contains(&"22-answer".into()), "{kept:?}");
}

#[test]
fn what_still_waits_to_be_sent_is_kept() {
    let kept = kept(&with_answers(23, |n| n == 5));
    assert!(kept.contains(&"22-answer".into()) && !kept.contains(&"5-answer".into()), "{kept:?}");
}

#[test]
fn where_everything_waits_the_oldest_goes() {
    let mut fleet = with_answers(96, |_| false);
    let proof = notices(&mut fleet).pop().unwrap();
    notices(&mut fleet).insert(0, proof);
    let kept = kept(&fleet);
    assert!(kept.len() == 95 && !kept.contains(&"95-answer".into()), "{kept:?}");
}

/// What is on its way to the API server makes notices void before it is there.
#[test]
fn what_this_very_pass_makes_void_is_not_sent() {
    let mut fleet = announced();
    let no = super::opt_outs::said("2026-12-15", (None, None, "12:00:00", None));
    fleet.tenants.get_mut(&acme()).unwrap().opt_out = Some(no.into());
    assert!(plan(&fleet, at(DECEMBER_2)).notices.is_empty(), "the date is declined");
}

/// R10: what the write of this very pass makes void does not leave before it.
#[test]
fn a_notice_that_is_made_void_in_this_pass_is_not_sent_any_more() {
    let events = "
- {at: 2026-12-01T00:00:00Z, outage: {component: notices, until: 2026-12-20T00:00:00Z}}
- {at: 2026-12-08T09:00:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-out: '2026-12-15'}}}
";
    let (mut fleet, _) = world("", events, "2026-12-08T08:59:59Z");
    let now = at("2026-12-08T09:00:00Z");
    let planned = |fleet: &Fleet| plan(fleet, now).notices.iter().filter(|n| n.record.kind == NoticeKind::Planned).count();
    assert_eq!(planned(&fleet), 1, "it is tried until its deadline");
    let no = Said {
        value: "2026-12-15".into(),
        stamped_at: Some(now),
        stamped_by: None,
        managed_at: None,
        managed_by: None,
        arrived_at: now,
        absent_at: None,
    };
    fleet.tenants.get_mut(&acme()).unwrap().opt_out = Some(no.into());
    assert_eq!(planned(&fleet), 0);
}

/// What is sent now, in words.
fn letters(fleet: &Fleet) -> Vec<Outgoing> {
    plan(fleet, at("2026-12-02T12:00:00Z")).notices.iter().map(uplift::letters::write).collect()
}

/// I8: its facts stand in the status, so a repetition after a restart is the same to the byte, whatever was edited since.
#[test]
fn a_repetition_says_what_was_true_when_the_notice_was_written() {
    let events = "[{at: 2026-12-01T00:00:00Z, outage: {component: notices, until: 2026-12-20T00:00:00Z}}]";
    let (mut fleet, _) = world("", events, "2026-12-02T00:00:00Z");
    let before = letters(&fleet);
    assert!(before.len() == 1 && before[0].message.text.contains("You will get another date then.\n"), "{before:?}");
    let window = fleet.windows.get_mut("uk-evenings").unwrap();
    window.spec.as_mut().unwrap().deferral = Some(Deferral { max: 0, until_end_of_life: false });
    let tenant = fleet.tenants.get_mut(&acme()).unwrap();
    tenant.spec.as_mut().unwrap().customer.display_name = "Other Ltd".into();
    tenant.status.as_mut().unwrap().version = Some("2026.10.0".into());
    assert_eq!(letters(&fleet), before);
}

#[test]
fn a_notice_that_an_older_operator_wrote_still_says_what_is_known() {
    let mut fleet = announced();
    assert!(notices(&mut fleet).iter().all(|n| n.facts.is_none()), "what has its receipt needs no words any more");
    let text = &letters(&fleet)[0].message.text;
    assert!(
        text.contains("between Tue 15 Dec 2026 18:00 GMT") && text.contains("tell us by Tue 15 Dec 2026 13:00 GMT"),
        "{text}"
    );
}

/// R10: another address is another reader: nothing that waits for the old one is sent to it.
#[test]
fn what_waits_for_an_address_that_is_gone_is_not_sent_and_the_new_one_must_accept() {
    let mut fleet = announced();
    notices(&mut fleet).retain(|n| n.contact == "it");
    let contacts = &mut fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().contacts;
    contacts.retain(|contact| contact.name == "it");
    contacts[0].webhook = Some("https://hooks.example.test/other".into());
    let plan = plan(&fleet, at(DECEMBER_2));
    assert!(plan.notices.is_empty());
    let status = status_of(&plan, &acme()).unwrap();
    let [new, old] = &status.notices[..] else { panic!("{:?}", status.notices) };
    assert_eq!((old.is_void_by(Reason::AddressChanged), new.waits(), new.required), (true, true, true));
    assert!(old.key != new.key && old.address != new.address);
}
