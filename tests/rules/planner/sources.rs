//! R27: life cycles that are read from elsewhere: when a source is asked, and what of its answers is believed.

use jiff::SignedDuration;
use serde_json::{Value, json};
use uplift::{
    api::{SoftwareProductStatus, condition, product::KnownCycle, reason::Reason},
    fleet::{ClockAhead, Fleet, Meta, Product, Reply, Tried, Views, fold::Facts},
    plan::{Change, Fetch, Plan, Story, StoryEvent, plan},
};

use super::at;

const URL: &str = "https://eol.example/api/v1/products/postgresql/";
const NOON: &str = "2026-12-01T12:00:00Z";

/// One product with a source, and what a process knows of it.
struct Desk {
    facts: Facts,
}

impl Desk {
    fn new(spec: &Value) -> Self {
        let mut fleet = Fleet::fresh();
        fleet.settings.source_hosts = vec!["eol.example".into()];
        let mut desk = Self { facts: Facts::new(fleet) };
        desk.put(spec.clone(), json!({}));
        desk
    }

    fn put(&mut self, spec: Value, status: Value) {
        let meta = Meta { uid: "u".into(), resource_version: "1".into(), generation: 1, created_at: at(NOON) };
        let product = Product::new(meta, Ok(serde_json::from_value(spec).unwrap()), Ok(serde_json::from_value(status).unwrap()));
        self.facts.fleet.products.insert("postgresql".into(), product);
    }

    fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        let product = &self.facts.fleet.products["postgresql"];
        let (mut spec, generation) = (serde_json::to_value(product.spec.as_ref().unwrap()).unwrap(), product.meta.generation);
        let status = serde_json::to_value(self.status()).unwrap();
        change(&mut spec);
        self.put(spec, status);
        self.facts.fleet.products.get_mut("postgresql").unwrap().meta.generation = generation + 1;
    }

    /// A process that knows nothing but what stands in the objects.
    fn restart(&mut self) {
        let Fleet { products, settings, .. } = std::mem::take(&mut self.facts.fleet);
        self.facts = Facts::new(Fleet { products, settings, ..Fleet::fresh() });
    }

    fn plan(&mut self, now: &str) -> Plan {
        plan(self.facts.for_plan(Views::fresh(), ClockAhead::none(), 0), at(now))
    }

    fn fetches(&mut self, now: &str) -> Vec<Fetch> {
        self.plan(now).fetches
    }

    /// Plans and stores until nothing is left to write: what was told, and how often it was written.
    fn settle(&mut self, now: &str) -> (Vec<Story>, usize) {
        let (mut stories, mut writes) = (vec![], 0);
        for _ in 0..5 {
            let plan = self.plan(now);
            let Some(write) = plan.writes.into_iter().next() else { return (stories, writes) };
            let Change::ProductStatus { status, .. } = write.change else { panic!("{:?}", write.change) };
            let meta = self.facts.fleet.products["postgresql"].meta.clone();
            let spec = self.facts.fleet.products["postgresql"].spec.clone();
            self.facts.fleet.products.insert("postgresql".into(), Product::new(meta, spec, Ok(*status)));
            stories.extend(write.stories);
            writes += 1;
        }
        panic!("it does not settle");
    }

    fn answer(&mut self, now: &str, reply: Reply) {
        let url = self.facts.fleet.products["postgresql"].spec.as_ref().unwrap().source.as_ref().unwrap().url.clone();
        let tried = Tried { uid: "u".into(), url, at: at(now), reply, failures: 0 };
        self.facts.asked_source("postgresql".into(), tried);
    }

    fn status(&self) -> SoftwareProductStatus {
        self.facts.fleet.products["postgresql"].status.clone().unwrap()
    }

    /// Reason and message of `SourceReady`.
    fn said(&self) -> (String, String) {
        let status = self.status();
        let said = condition::get(&status.conditions, condition::SOURCE_READY).unwrap();
        assert_eq!(said.status == "True", said.reason == "Fetched");
        (said.reason.clone(), said.message.clone())
    }

    fn knows(&self, version: &str) -> bool {
        self.facts.fleet.products["postgresql"].cycle(version).is_some()
    }
}

fn sourced() -> Value {
    json!({"source": {"url": URL}})
}

fn lists(names: &[(&str, Option<&str>)]) -> Reply {
    let known = |(name, latest): &(&str, Option<&str>)| -> KnownCycle {
        serde_json::from_value(json!({"name": name, "eolFrom": "2029-01-01", "latest": latest})).unwrap()
    };
    Reply::New { etag: Some("\"1\"".into()), releases: names.iter().map(known).collect() }
}

fn fails(reason: Reason, after: Option<i64>) -> Reply {
    Reply::Failed { reason, message: "HTTP 500 Internal Server Error".into(), after }
}

/// A desk whose source has answered at noon, with 15 and 17.
fn answered(spec: &Value) -> Desk {
    let mut desk = Desk::new(spec);
    desk.answer(NOON, lists(&[("17", Some("17.1")), ("15", Some("15.4"))]));
    assert_eq!(desk.settle(NOON).0, [], "what is listed first is no news");
    desk
}

/// So many seconds after noon.
fn later(secs: i64) -> String {
    (at(NOON) + SignedDuration::from_secs(secs)).to_string()
}

const DAY: i64 = 24 * 3600;

#[test]
fn a_source_is_asked_at_once_until_it_answers_and_then_once_in_its_interval() {
    let mut desk = Desk::new(&sourced());
    assert_eq!(desk.settle(NOON).1, 1);
    assert_eq!(desk.said().0, "FetchPending");
    let first = Fetch { product: "postgresql".into(), uid: "u".into(), url: URL.into(), etag: None };
    assert_eq!(desk.fetches(NOON), std::slice::from_ref(&first));
    assert_eq!(desk.fetches(&later(5)), std::slice::from_ref(&first), "it is still due");
    desk.answer(NOON, lists(&[("15", None)]));
    assert_eq!(desk.settle(NOON).1, 1);
    assert_eq!(desk.said(), ("Fetched".into(), format!("cycles that {URL} lists: 1")));
    assert!(desk.knows("15.4") && desk.facts.for_plan(Views::fresh(), ClockAhead::none(), 0).tried.is_empty());
    for restarted in [false, true] {
        if restarted {
            desk.restart();
        }
        let plan = desk.plan(&later(DAY - 1));
        assert_eq!((plan.fetches, plan.wake_at), (vec![], Some(at(&later(DAY)))), "{restarted}");
        assert_eq!(desk.fetches(&later(DAY)), [Fetch { etag: Some("\"1\"".into()), ..first.clone() }], "{restarted}");
    }
}

#[test]
fn an_answer_that_is_still_so_is_written_once_and_asked_for_again_after_the_interval() {
    let mut desk = answered(&json!({"source": {"url": URL, "interval": "1h"}}));
    let before = desk.status().source.unwrap();
    desk.answer(&later(3600), Reply::Same);
    assert_eq!(desk.settle(&later(3600)), (vec![], 1));
    let after = desk.status().source.unwrap();
    assert_eq!((after.fetched_at, &after.releases, &after.etag), (Some(at(&later(3600))), &before.releases, &before.etag));
    assert_eq!(desk.fetches(&later(7199)), []);
    assert_eq!(desk.settle(&later(7199)), (vec![], 0));
    assert_eq!(desk.fetches(&later(7200)).len(), 1);
}

#[test]
fn a_source_that_fails_rests_longer_and_longer_up_to_its_interval_and_as_long_as_it_asks_up_to_a_day() {
    for (interval, failures, after, rests) in [
        ("24h", 1, None, 60),
        ("24h", 2, None, 120),
        ("24h", 5, None, 960),
        ("24h", 11, None, 61_440),
        ("24h", 12, None, DAY),
        ("24h", 60, None, DAY),
        ("1h", 7, None, 3600),
        ("24h", 1, Some(5), 60),
        ("24h", 1, Some(600), 600),
        ("1h", 1, Some(7200), 7200),
        ("1h", 1, Some(i64::MAX), DAY),
    ] {
        let mut desk = Desk::new(&json!({"source": {"url": URL, "interval": interval}}));
        (0..failures).for_each(|_| desk.answer(NOON, fails(Reason::TooManyRequests, after)));
        desk.settle(NOON);
        let plan = desk.plan(&later(rests - 1));
        let case = format!("{interval} {failures} {after:?}");
        assert_eq!((plan.fetches.len(), plan.wake_at), (0, Some(at(&later(rests)))), "{case}");
        assert_eq!(desk.fetches(&later(rests)).len(), 1, "{case}");
    }
}

#[test]
fn a_source_that_fails_keeps_its_last_answer_and_says_how_old_it_is() {
    let mut desk = answered(&sourced());
    desk.answer(&later(DAY), fails(Reason::HttpError, None));
    assert_eq!(desk.settle(&later(DAY)), (vec![], 1));
    assert!(desk.knows("15.4"));
    let message = "HTTP 500 Internal Server Error; correct spec.source.url, or the server. It fails since 2026-12-02T12:00:00Z; \
                   what it said last is in force; that was confirmed at 2026-12-01T12:00:00Z";
    assert_eq!(desk.said(), ("HttpError".into(), message.into()));
    desk.answer(&later(DAY + 60), fails(Reason::HttpError, None));
    assert_eq!(desk.settle(&later(DAY + 60)), (vec![], 0), "the same again is not written again");
    desk.answer(&later(DAY + 180), fails(Reason::Malformed, None));
    desk.settle(&later(DAY + 180));
    assert_eq!(desk.status().source.unwrap().error.unwrap().at, at(&later(DAY)), "it fails since then, for whatever reason");
    desk.restart();
    assert_eq!(desk.fetches(&later(DAY + 181)).len(), 1, "who starts asks anew");
    desk.answer(&later(DAY + 181), Reply::Same);
    desk.settle(&later(DAY + 181));
    assert_eq!((desk.said().0.as_str(), desk.status().source.unwrap().error), ("Fetched", None));
}

#[test]
fn a_source_that_never_answered_says_that_nothing_is_known() {
    let mut desk = Desk::new(&sourced());
    desk.answer(NOON, fails(Reason::SourceUnreachable, None));
    desk.settle(NOON);
    assert!(desk.said().1.ends_with("nothing is known of its releases until it answers"), "{:?}", desk.said());
    assert!(!desk.knows("15.4"));
}

#[test]
fn of_another_address_nothing_is_known_until_it_answers() {
    let mut desk = answered(&sourced());
    let other = "https://eol.example/api/v1/products/postgres/";
    desk.edit(|spec| spec["source"]["url"] = other.into());
    desk.settle(&later(60));
    assert_eq!((desk.said().0.as_str(), desk.knows("15.4")), ("FetchPending", false));
    let fetch = desk.fetches(&later(60)).remove(0);
    assert_eq!((fetch.url.as_str(), fetch.etag), (other, None), "the tag is the other's");
    desk.answer(&later(61), lists(&[("15", None)]));
    assert_eq!(desk.settle(&later(61)).0, [], "its first answer is no news");
    assert_eq!((desk.said().0.as_str(), desk.knows("15.4"), desk.knows("17.1")), ("Fetched", true, false));
}

#[test]
fn an_answer_of_the_address_before_counts_for_nothing() {
    let mut desk = Desk::new(&sourced());
    desk.answer(NOON, lists(&[("15", None)]));
    desk.edit(|spec| spec["source"]["url"] = "https://eol.example/other".into());
    desk.settle(NOON);
    assert!(!desk.knows("15.4") && desk.status().source.is_none());
    assert!(desk.facts.for_plan(Views::fresh(), ClockAhead::none(), 0).tried.is_empty());
}

#[test]
fn releases_by_hand_take_the_place_of_a_source() {
    let mut desk = answered(&sourced());
    desk.edit(|spec| *spec = json!({"releases": [{"name": "16"}]}));
    desk.settle(NOON);
    assert!(desk.status().source.is_none() && desk.knows("16.1") && !desk.knows("15.4"));
    assert!(condition::get(&desk.status().conditions, condition::SOURCE_READY).is_none());
    assert_eq!(desk.plan(&later(DAY)).fetches, []);
}

#[test]
fn a_host_that_the_configuration_does_not_list_is_never_asked() {
    for (url, says) in [
        ("https://endoflife.date/api/v1/products/postgresql/", "does not list endoflife.date; have lifecycle.allowHosts list it"),
        ("https://eol.example.evil.example/x", "does not list eol.example.evil.example"),
        ("http://169.254.169.254/latest", "does not list 169.254.169.254"),
        ("https://user@eol.example/x", "a user name or a password"),
        ("https://", "is no URL"),
    ] {
        let mut desk = Desk::new(&json!({"source": {"url": url}}));
        assert_eq!(desk.fetches(NOON), [], "{url}");
        desk.settle(NOON);
        let (reason, message) = desk.said();
        assert_eq!(reason, "HostNotAllowed", "{url}");
        assert!(message.contains(says), "{message}");
    }
    for url in ["http://eol.example:8080/x", "https://EOL.example./x"] {
        assert_eq!(Desk::new(&json!({"source": {"url": url}})).fetches(NOON).len(), 1, "{url}");
    }
}

#[test]
fn a_host_that_is_taken_off_the_list_keeps_what_it_said() {
    let mut desk = answered(&sourced());
    desk.facts.fleet.settings.source_hosts.clear();
    assert_eq!(desk.fetches(&later(DAY)), []);
    desk.settle(&later(DAY));
    assert_eq!((desk.said().0.as_str(), desk.knows("15.4")), ("HostNotAllowed", true));
    desk.facts.fleet.settings.source_hosts.push("eol.example".into());
    assert_eq!(desk.fetches(&later(DAY)).len(), 1);
}

#[test]
fn an_answer_without_a_cycle_that_is_in_use_is_not_believed() {
    let installed = json!({"source": {"url": URL}, "installations": [{"name": "pg-eu-1", "version": "15.4"}]});
    let mut desk = answered(&installed);
    desk.answer(&later(DAY), lists(&[("18", None), ("17", Some("17.2"))]));
    assert_eq!(desk.settle(&later(DAY)), (vec![], 1), "nothing of it is told either");
    let (reason, message) = desk.said();
    assert_eq!((reason.as_str(), desk.knows("15.4"), desk.knows("18.1")), ("Shrunk", true, false));
    assert!(message.starts_with(
        "the answer does not list 15 any more, which is in use; correct the source, or write spec.releases by hand"
    ));
    assert_eq!(desk.status().source.unwrap().fetched_at, Some(at(NOON)));
    assert_eq!(desk.settle(&later(DAY + 60)), (vec![], 0));
    // Nobody uses it any more.
    desk.edit(|spec| spec["installations"][0]["version"] = "17.1".into());
    let (stories, _) = desk.settle(&later(DAY + 120));
    assert_eq!((desk.said().0.as_str(), desk.knows("15.4"), desk.knows("18.1")), ("Fetched", false, true));
    assert_eq!(stories.len(), 2, "18, and 17.2: {stories:?}");
    assert_eq!(desk.fetches(&later(2 * DAY)).len(), 1, "an interval after it was asked");
}

#[test]
fn a_cycle_that_nobody_uses_may_go() {
    let mut desk = answered(&sourced());
    desk.answer(&later(DAY), lists(&[("17", Some("17.1"))]));
    desk.settle(&later(DAY));
    assert_eq!((desk.said().0.as_str(), desk.knows("15.4")), ("Fetched", false));
}

#[test]
fn a_new_cycle_is_told_once_and_a_new_version_of_one_that_is_in_use() {
    let installed = json!({"source": {"url": URL}, "installations": [{"name": "pg-eu-1", "version": "15.4"}]});
    let mut desk = answered(&installed);
    desk.answer(&later(DAY), lists(&[("18", Some("18.0")), ("17", Some("17.2")), ("15", Some("15.5"))]));
    let (stories, _) = desk.settle(&later(DAY));
    let told: Vec<_> = stories.iter().map(|story| (story.event, story.subject.as_deref().unwrap())).collect();
    let event = StoryEvent::SoftwareReleased;
    assert_eq!(told, [(event, "postgresql/18"), (event, "postgresql/15.5")], "nobody uses 17");
    assert!(stories.iter().all(|story| story.tenant.is_none()));
    desk.answer(&later(2 * DAY), lists(&[("18", Some("18.0")), ("17", Some("17.2")), ("15", Some("15.5"))]));
    assert_eq!(desk.settle(&later(2 * DAY)), (vec![], 1));
    desk.answer(&later(3 * DAY), lists(&[("18", Some("18.0")), ("17", None), ("15", None)]));
    assert_eq!(desk.settle(&later(3 * DAY)).0, [], "no version is no news");
}

#[test]
fn a_time_that_a_wrong_clock_wrote_keeps_no_source_unasked() {
    for error in [json!(null), json!({"reason": "HttpError", "message": "HTTP 500", "at": "2036-01-01T00:00:00Z"})] {
        let mut desk = answered(&sourced());
        let mut status = serde_json::to_value(desk.status()).unwrap();
        status["source"]["fetchedAt"] = "2036-01-01T00:00:00Z".into();
        status["source"]["error"] = error.clone();
        desk.put(sourced(), status);
        assert_eq!(desk.fetches(&later(60)).len(), 1, "{error}");
        assert!(desk.knows("15.4"), "what it said is in force all the same");
        desk.answer(&later(61), lists(&[("17", None), ("15", None)]));
        assert_eq!(desk.settle(&later(61)).1, 1);
        assert_eq!((desk.said().0.as_str(), desk.status().source.unwrap().fetched_at), ("Fetched", Some(at(&later(61)))));
        assert_eq!(desk.fetches(&later(62)), [], "once, and not in a loop");
    }
    // It was this process's own.
    let mut desk = Desk::new(&sourced());
    desk.answer("2036-01-01T00:00:00Z", fails(Reason::HttpError, None));
    assert_eq!(desk.fetches(NOON).len(), 1);
}

#[test]
fn a_failure_of_an_earlier_term_says_nothing_of_what_another_leader_read() {
    let mut desk = answered(&sourced());
    desk.answer(&later(DAY), fails(Reason::HttpError, None));
    let mut other = answered(&sourced());
    other.answer(&later(2 * DAY), lists(&[("17", None), ("15", None)]));
    other.settle(&later(2 * DAY));
    desk.put(sourced(), serde_json::to_value(other.status()).unwrap());
    desk.facts.term_changed();
    assert_eq!(desk.settle(&later(2 * DAY + 60)), (vec![], 0));
    assert_eq!((desk.said().0.as_str(), desk.fetches(&later(2 * DAY + 60))), ("Fetched", vec![]));
}

#[test]
fn a_refusal_is_never_too_long_for_the_status() {
    let mut desk = Desk::new(&json!({"source": {"url": format!("https://{}/", "a".repeat(500))}}));
    desk.settle(NOON);
    assert_eq!((desk.said().0.as_str(), desk.status().source.unwrap().error.unwrap().message.len()), ("HostNotAllowed", 512));
}

#[test]
fn what_stands_nowhere_any_more_is_asked_for_anew() {
    let mut desk = answered(&sourced());
    desk.put(sourced(), json!({}));
    desk.answer(&later(60), Reply::Same);
    assert_eq!(desk.fetches(&later(60)).remove(0).etag, None);
}

#[test]
fn who_depends_on_a_product_reads_what_its_source_said() {
    let mut desk = answered(&sourced());
    let world = super::world(
        "",
        "- {at: 2026-12-01T10:00:00Z, patch: {kind: TenantInstance, namespace: acme, name: acme, merge: {spec: {dependencies: [{name: db, product: postgresql, version: '15.4'}]}}}}",
        NOON,
    );
    let mut fleet = world.0;
    let support = |fleet: &Fleet| super::status_of(&plan(fleet, at(NOON)), &super::acme()).unwrap().support;
    let product = desk.facts.fleet.products.remove("postgresql").unwrap();
    fleet.products.insert("postgresql".into(), product);
    assert_eq!(support(&fleet)[0].ends_on, Some("2029-01-01".parse().unwrap()));
    let silent = Desk::new(&sourced()).facts.fleet.products.remove("postgresql").unwrap();
    fleet.products.insert("postgresql".into(), silent);
    // What nobody knew before is what nobody knows now: it says another reason.
    let message = support(&fleet)[0].message.clone().unwrap();
    assert!(message.contains("the source of SoftwareProduct \"postgresql\" has said nothing yet"), "{message}");
}
