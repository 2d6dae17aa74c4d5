//! R29: the digests of the platform's ends, where no scenario shows it.

use jiff::Timestamp;
use serde_json::{Value, json};
use uplift::{
    api::tenant::{Contact, PlatformEnd},
    fleet::{Delivery, DeliveryKey, Effect, Fleet, ObjectKey, Outstanding, Product, TenantKey},
    plan::{Change, Notice, Plan, plan},
};

use super::{at, world};

/// Two days before the end of what `lib` and `db` run; both ask to be told then, and once more a day before.
const DUE: &str = "2026-12-02T00:00:00Z";
const OPENS: &str = "2026-12-02T00:10:00Z";
const NEXT: &str = "2026-12-03T00:10:00Z";

fn product(name: &str, more: &Value) -> String {
    let mut spec = json!({
        "notifyBefore": ["48h", "24h"], "releases": [{"name": "1", "eolFrom": "2026-12-04"}],
        "installations": [{"name": format!("{name}-1"), "version": "1.1"}],
    });
    spec.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    let kind = "SoftwareProduct";
    json!({"apiVersion": "uplift.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}).to_string()
}

/// What is due was told by Events, nobody else has heard of it.
fn fleet(contacts: &[&str]) -> Fleet {
    let more = json!({"licenses": [{"name": "seats", "expires": "2026-12-04", "reference": "PO-1"}]});
    let theirs = json!([{"name": "theirs", "version": "1.2", "responsibility": "Customer"}]);
    let products = [product("db", &json!({})), product("lib", &more), product("cms", &json!({"installations": theirs}))];
    let (mut fleet, _) = world(&products.join("\n---\n"), "[]", DUE);
    fleet.settings.platform = contacts.iter().map(|name| contact(name)).collect();
    fleet
}

fn contact(name: &str) -> Contact {
    let webhook = Some(format!("https://hooks.example.test/{name}"));
    Contact { name: name.into(), webhook, email: None, required: None }
}

/// What is written is read again, until nothing more is to be written.
fn settled(fleet: &mut Fleet, now: &str) -> Plan {
    for _ in 0..20 {
        let next = plan(fleet, at(now));
        if !take(fleet, &next, |_| true) {
            return next;
        }
    }
    panic!("it never ends")
}

/// These products' writes are committed and seen. Whether there was one.
fn take(fleet: &mut Fleet, plan: &Plan, which: impl Fn(&str) -> bool) -> bool {
    let mut written = false;
    for write in &plan.writes {
        let Change::ProductStatus { product, status } = &write.change else { continue };
        if which(product) {
            let Product { meta, spec, .. } = fleet.products.remove(product).unwrap();
            fleet.products.insert(product.clone(), Product::new(meta, spec, Ok((**status).clone())));
            written = true;
        }
    }
    written
}

fn digests(plan: &Plan) -> Vec<&Notice> {
    plan.notices.iter().filter(|notice| notice.tenant == TenantKey::platform()).collect()
}

fn names(notice: &Notice) -> Vec<String> {
    let name = |end: &PlatformEnd| format!("{} {}", end.product, end.subject);
    notice.facts.digest.iter().map(name).collect()
}

/// What each contact is told.
fn told(plan: &Plan) -> Vec<(String, Vec<String>)> {
    digests(plan).iter().map(|notice| (notice.record.contact.clone(), names(notice))).collect()
}

fn answer(fleet: &mut Fleet, notice: &Notice, delivery: Delivery) {
    let (tenant, tenant_uid) = (notice.tenant.clone(), notice.tenant_uid.clone());
    let (key, contact) = (notice.record.key.clone(), notice.record.contact.clone());
    fleet.deliveries.insert(DeliveryKey { tenant, tenant_uid, key, contact }, delivery);
}

fn accept(fleet: &mut Fleet, notice: &Notice, now: &str) {
    answer(fleet, notice, Delivery { attempts: 1, delivered_at: Some(at(now)), ..Delivery::default() });
}

/// Who has accepted what of a product, by its status.
fn receipts(fleet: &Fleet, product: &str) -> Vec<String> {
    let status = fleet.products[product].status.as_ref().unwrap();
    let of = |contact: &Contact| {
        let heard = status.notices.iter().filter(|told| told.accepted_at(&contact.name).is_some());
        heard.map(|told| format!("{} {}", told.subject, contact.name)).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = fleet.settings.platform.iter().flat_map(of).collect();
    all.sort();
    all
}

fn edit(fleet: &mut Fleet, product: &str, change: impl Fn(&mut uplift::api::SoftwareProductSpec)) {
    let Product { meta, spec, status, .. } = fleet.products.remove(product).unwrap();
    let mut spec = spec.unwrap();
    change(&mut spec);
    fleet.products.insert(product.into(), Product::new(meta, Ok(spec), status));
}

const ALL: [&str; 3] = ["db 1.1", "lib 1.1", "lib license/seats"];

#[test]
fn without_a_contact_events_are_all_that_there_is() {
    let mut fleet = fleet(&[]);
    let plan = settled(&mut fleet, OPENS);
    assert_eq!((told(&plan), plan.findings.len()), (vec![], 0));
    assert_eq!(plan.wake_at, settled(&mut fleet, DUE).wake_at, "nobody is woken for a digest");
}

#[test]
fn each_contact_gets_one_digest_of_all_that_is_the_platforms_and_the_same_again_after_a_restart() {
    let mut fleet = fleet(&["ops", "chat"]);
    let early = settled(&mut fleet, DUE);
    assert_eq!((told(&early), early.wake_at), (vec![], Some(at(OPENS))));
    assert_eq!(told(&settled(&mut fleet, "2026-12-02T00:09:59Z")), []);
    let plan = settled(&mut fleet, OPENS);
    let all: Vec<String> = ALL.map(Into::into).into();
    assert_eq!(told(&plan), [("ops".into(), all.clone()), ("chat".into(), all)]);
    let first = digests(&plan)[0].clone();
    assert_eq!((first.record.created_at, first.record.deliver_by), (at(OPENS), at("2026-12-02T23:59:59Z")));
    let end = &first.facts.digest[2];
    assert_eq!(
        (end.reference.as_deref(), end.ends_on, end.before.map(uplift::api::Duration::as_secs)),
        (Some("PO-1"), "2026-12-04".parse().unwrap(), Some(172_800))
    );
    assert_eq!(first.facts.digest[0].installations, ["db-1"]);
    // Hours later, and by another process: the same to the byte.
    assert_eq!(digests(&settled(&mut fleet, "2026-12-02T21:00:00Z"))[0], &first);
}

#[test]
fn what_was_accepted_is_written_at_each_end_and_never_sent_again() {
    let mut fleet = fleet(&["ops", "chat"]);
    let plan = settled(&mut fleet, OPENS);
    accept(&mut fleet, digests(&plan)[0], "2026-12-02T00:10:01Z");
    let plan = settled(&mut fleet, "2026-12-02T00:10:02Z");
    assert_eq!(
        (receipts(&fleet, "db"), receipts(&fleet, "lib")),
        (vec!["1.1 ops".into()], vec!["1.1 ops".into(), "license/seats ops".into()])
    );
    assert_eq!(
        told(&plan).iter().map(|(contact, _)| contact.as_str()).collect::<Vec<_>>(),
        ["chat"],
        "the other waits for nobody"
    );
    fleet.deliveries.clear();
    assert_eq!(told(&settled(&mut fleet, "2026-12-02T23:00:00Z")).len(), 1);
    // The next threshold is another word.
    let next = settled(&mut fleet, NEXT);
    assert_eq!(told(&next).len(), 2);
    assert!(digests(&next).iter().all(|notice| notice.record.key != digests(&plan)[0].record.key));
}

#[test]
fn receipts_that_reach_one_product_only_are_made_good_and_a_crash_between_makes_no_second_message_of_that_day() {
    let mut fleet = fleet(&["ops"]);
    let plan = settled(&mut fleet, OPENS);
    accept(&mut fleet, digests(&plan)[0], "2026-12-02T00:10:01Z");
    let half = super::plan(&fleet, at("2026-12-02T00:10:02Z"));
    assert!(take(&mut fleet, &half, |product| product == "db"));
    let mut restarted = fleet.clone();
    let plan = settled(&mut fleet, "2026-12-02T00:10:03Z");
    assert_eq!((told(&plan), receipts(&fleet, "lib").len()), (vec![], 2));
    // Whoever starts now knows of the receipt at the other, and that there was a message on this day.
    restarted.deliveries.clear();
    assert_eq!(told(&settled(&mut restarted, "2026-12-02T00:10:03Z")), []);
    assert_eq!(told(&settled(&mut restarted, "2026-12-02T23:59:59Z")), []);
    edit(&mut restarted, "lib", |spec| spec.notify_before.truncate(1));
    assert_eq!(told(&settled(&mut restarted, NEXT))[0].1, ["db 1.1", "lib 1.1", "lib license/seats"]);
}

#[test]
fn what_is_told_later_on_a_day_waits_for_the_next() {
    let mut fleet = fleet(&["ops"]);
    let plan = settled(&mut fleet, OPENS);
    accept(&mut fleet, digests(&plan)[0], OPENS);
    settled(&mut fleet, "2026-12-02T00:10:01Z");
    edit(&mut fleet, "db", |spec| spec.releases[0].eol_from = Some("2026-12-05".parse().unwrap()));
    edit(&mut fleet, "db", |spec| spec.notify_before = vec!["72h".parse().unwrap()]);
    let plan = settled(&mut fleet, "2026-12-02T10:00:00Z");
    assert_eq!((told(&plan), plan.wake_at.is_some_and(|wake| wake <= at(NEXT))), (vec![], true));
    let next = settled(&mut fleet, NEXT);
    assert!(names(digests(&next)[0]).contains(&"db 1.1".to_owned()));
    assert_eq!(told(&next).len(), 1);
}

#[test]
fn what_is_not_due_any_more_when_it_is_sent_is_not_in_it() {
    let mut fleet = fleet(&["ops"]);
    settled(&mut fleet, OPENS);
    edit(&mut fleet, "db", |spec| spec.installations[0].version = "2.0".into());
    edit(&mut fleet, "lib", |spec| spec.licenses[0].expires = "2030-01-01".parse().unwrap());
    assert_eq!(told(&settled(&mut fleet, OPENS))[0].1, ["lib 1.1"]);
    // More is due, and the write that says so is under way.
    let now = "2026-12-03T00:10:00Z";
    let effect = Effect::Told;
    fleet.outstanding.insert(ObjectKey::Product("lib".into()), Outstanding { effect, sent_at: at(now) });
    assert_eq!(told(&plan(&fleet, at(now))), []);
    fleet.outstanding.clear();
    edit(&mut fleet, "lib", |spec| spec.installations.clear());
    assert_eq!(told(&settled(&mut fleet, now)), []);
}

#[test]
fn a_contact_that_comes_late_gets_one_digest_of_what_still_runs() {
    let mut fleet = fleet(&[]);
    for day in 2..=10 {
        settled(&mut fleet, &format!("2026-12-{day:02}T00:00:00Z"));
    }
    edit(&mut fleet, "db", |spec| spec.installations.clear());
    fleet.settings.platform = vec![contact("ops")];
    let plan = settled(&mut fleet, "2026-12-10T15:00:00Z");
    assert_eq!(told(&plan), [("ops".to_owned(), vec!["lib 1.1".to_owned(), "lib license/seats".to_owned()])]);
    assert!(digests(&plan)[0].facts.digest.iter().all(|end| end.before.is_none()));
    accept(&mut fleet, digests(&plan)[0], "2026-12-10T15:00:01Z");
    settled(&mut fleet, "2026-12-10T15:00:02Z");
    fleet.deliveries.clear();
    for day in 11..=20 {
        assert_eq!(told(&settled(&mut fleet, &format!("2026-12-{day}T12:00:00Z"))), []);
    }
}

#[test]
fn a_digest_that_is_accepted_after_midnight_is_the_one_of_the_day_before_and_counts_for_the_new_one() {
    // Also in the second in which the next threshold is told.
    for accepted in ["2026-12-03T00:00:04Z", "2026-12-03T00:00:05Z"] {
        let mut fleet = fleet(&["ops"]);
        let plan = settled(&mut fleet, "2026-12-02T23:59:59Z");
        accept(&mut fleet, digests(&plan)[0], accepted);
        settled(&mut fleet, "2026-12-03T00:00:05Z");
        counts_for_the_new_day(fleet);
    }
}

fn counts_for_the_new_day(fleet: Fleet) {
    assert_eq!(receipts(&fleet, "lib"), [""; 0], "the nearer threshold has not been read");
    // The next threshold has passed meanwhile: whoever starts now still knows of the message of this day.
    let mut restarted = fleet.clone();
    restarted.deliveries.clear();
    for mut fleet in [fleet, restarted] {
        assert_eq!(told(&settled(&mut fleet, NEXT)), []);
        let plan = settled(&mut fleet, "2026-12-04T00:10:00Z");
        assert!(digests(&plan)[0].facts.digest.iter().all(|end| end.before.is_none()));
        assert_eq!(told(&plan).len(), 1);
    }
}

#[test]
fn who_refuses_is_told_of_at_the_product_and_tried_with_what_is_due_then() {
    let mut fleet = fleet(&["ops"]);
    let plan = settled(&mut fleet, OPENS);
    answer(&mut fleet, digests(&plan)[0], Delivery { attempts: 3, last_error: Some("HTTP 500".into()), ..Delivery::default() });
    let plan = settled(&mut fleet, "2026-12-02T00:11:00Z");
    let [found] = plan.findings.as_slice() else { panic!("{:?}", plan.findings) };
    assert_eq!(found.object, ObjectKey::Product("db".into()));
    assert!(
        found.message.contains("contact \"ops\" of contacts.platform has not accepted the digest of ends: HTTP 500"),
        "{}",
        found.message
    );
    assert_eq!((told(&plan).len(), receipts(&fleet, "db").len()), (1, 0));
    assert_eq!(told(&settled(&mut fleet, NEXT)).len(), 1);
}

#[test]
fn a_digest_has_a_bound_and_the_next_day_the_others() {
    let many = |name: &str| {
        let one = |n: usize| json!({"name": format!("{name}{n}"), "version": format!("1.{n}")});
        product(name, &json!({"installations": (0..60).map(one).collect::<Value>()}))
    };
    let products = ["a", "b", "c", "d"].map(many);
    let (mut fleet, _) = world(&products.join("\n---\n"), "[]", DUE);
    fleet.settings.platform = vec![contact("ops")];
    let plan = settled(&mut fleet, OPENS);
    assert_eq!(digests(&plan)[0].facts.digest.len(), 200);
    accept(&mut fleet, digests(&plan)[0], OPENS);
    assert_eq!(told(&settled(&mut fleet, "2026-12-02T12:00:00Z")), []);
    for name in ["a", "b", "c", "d"] {
        edit(&mut fleet, name, |spec| spec.notify_before.truncate(1));
    }
    fleet.deliveries.clear();
    assert_eq!(digests(&settled(&mut fleet, NEXT))[0].facts.digest.len(), 40);
}

#[test]
fn no_contact_of_a_tenant_waits_for_one_of_the_platform() {
    let (with, without) = (fleet(&["ops"]), fleet(&[]));
    let of_tenants = |fleet: &Fleet, now: Timestamp| {
        let mut plan = plan(fleet, now);
        plan.notices.retain(|notice| !notice.tenant.is_platform());
        (plan.notices, plan.writes)
    };
    assert_eq!(of_tenants(&with, at(OPENS)), of_tenants(&without, at(OPENS)));
}
