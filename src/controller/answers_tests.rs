use std::{collections::BTreeMap, future::Future, pin::Pin};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::{
    api::{tenant::WorkloadKind, upgrade_id::UpgradeId},
    execute::Denial,
    fleet::{ClockAhead, Delivery, DeliveryKey, Effect, JobKey, ReadFor, RefusedBy, TenantKey, View, Views, WorkloadKey},
    observe::Observation,
    plan::{Change, Class, NewJob, Write},
};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn from_server(&self, at: Timestamp) -> Timestamp {
        at
    }
    fn machine(&self) -> Timestamp {
        self.now()
    }
    fn sleep_until<'a>(&'a self, _: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(std::future::pending())
    }
}

fn tenant(version: &str, status: &Value) -> String {
    json!({
        "apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance",
        "metadata": {"namespace": "acme", "name": "dash", "uid": "u1", "resourceVersion": version, "generation": 1,
            "creationTimestamp": "2026-11-01T10:00:00Z"},
        "spec": {"customer": {"displayName": "Acme"}, "windowRef": {"name": "uk"},
            "workloads": [{"kind": "Deployment", "name": "dashboard"}]},
        "status": status,
    })
    .to_string()
}

fn key() -> ObjectKey {
    ObjectKey::Tenant(TenantKey::new("acme", "dash"))
}

fn facts(status: &Value) -> Facts {
    let mut facts = Facts::default();
    assert!(facts.observe(parse::answer(&key(), &tenant("10", status), &Still, Timestamp::UNIX_EPOCH).unwrap()));
    facts
}

fn sent(facts: &mut Facts) -> Write {
    let change = Change::TenantStatus { tenant: TenantKey::new("acme", "dash"), status: Box::default() };
    let write = Write { change, uid: "u1".into(), resource_version: "10".into(), class: Class::Rest, stories: vec![] };
    facts.sending(&write.object(), write.change.effect(), Timestamp::UNIX_EPOCH);
    write
}

fn after(outcome: Outcome, read: Option<Seen>) -> Facts {
    let mut facts = facts(&json!({}));
    let write = sent(&mut facts);
    assert!(matches!(facts.fleet.outstanding[&key()].effect, Effect::TenantStatus(_)), "what was sent is a fact");
    settle(&mut facts, &Settled { write, outcome, read }, &Still);
    assert!(facts.fleet.outstanding.is_empty());
    facts
}

fn version(facts: &Facts) -> Option<&str> {
    facts.fleet.tenants.values().next().map(|tenant| &*tenant.meta.resource_version)
}

#[test]
fn nothing_is_decided_before_all_is_known() {
    let mut facts = Facts::default();
    for view in View::ALL {
        facts.observe(Observation::Listed(view));
    }
    assert!(!facts.ready(0), "are opt-outs stamped?");
    facts.observe(Observation::StampsInForce(false));
    assert!(facts.ready(0));
}

#[test]
fn an_answer_and_a_read_are_folded_like_any_observation() {
    let text = || tenant("11", &json!({}));
    assert_eq!(version(&after(Outcome::Committed(text()), None)), Some("11"));
    assert_eq!(version(&after(Outcome::Unknown("lost".into()), Some(Seen::Present(text())))), Some("11"));
    assert_eq!(version(&after(Outcome::Conflict("moved".into()), Some(Seen::Present(text())))), Some("11"));
}

#[test]
fn an_object_that_is_not_there_any_more_is_forgotten() {
    assert_eq!(version(&after(Outcome::Gone, None)), None);
    assert_eq!(version(&after(Outcome::Unknown("lost".into()), Some(Seen::Absent))), None);
}

#[test]
fn what_was_refused_or_not_sent_changes_nothing() {
    assert_eq!(version(&after(refused(), None)), Some("10"));
    assert_eq!(version(&after(Outcome::NotSent("down".into()), None)), Some("10"));
}

#[test]
fn a_refusal_is_remembered_until_a_write_gets_another_answer() {
    let mut facts = after(refused(), None);
    let is_refused = |facts: &Facts| facts.fleet.refused.contains_key(&key());
    assert!(is_refused(&facts));
    for (outcome, refused) in [(Outcome::NotSent("down".into()), true), (Outcome::Committed(tenant("11", &json!({}))), false)] {
        let write = sent(&mut facts);
        settle(&mut facts, &Settled { write, outcome, read: None }, &Still);
        assert_eq!(is_refused(&facts), refused);
    }
}

#[test]
fn an_answer_that_does_not_parse_keeps_its_place_until_the_object_is_seen() {
    let mut facts = facts(&json!({}));
    let write = sent(&mut facts);
    let outcome = Outcome::Committed(r#"{"metadata": {"resourceVersion": "11"}}"#.into());
    settle(&mut facts, &Settled { write, outcome, read: None }, &Still);
    assert_eq!(facts.fleet.outstanding.len(), 1);
    facts.observe(parse::answer(&key(), &tenant("11", &json!({})), &Still, Timestamp::UNIX_EPOCH).unwrap());
    assert!(facts.fleet.outstanding.is_empty());
}

fn notice(contact: &str, more: &Value) -> Value {
    let mut notice = json!({"key": "k", "kind": "Planned", "contact": contact, "required": true, "release": "2026.12.0",
        "createdAt": "2026-12-01T00:00:00Z", "generation": 1, "deliverBy": "2026-12-02T00:00:00Z"});
    notice.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    notice
}

#[test]
fn a_delivery_is_kept_until_its_receipt_is_written_or_its_notice_is_over() {
    let notices = json!([
        notice("open", &json!({})),
        notice("received", &json!({"deliveredAt": "2026-12-01T00:00:00Z"})),
        notice("replaced", &json!({"supersededBy": "k2"})),
    ]);
    let mut facts = facts(&json!({"notices": notices}));
    for (uid, contact) in [("u1", "open"), ("u1", "received"), ("u1", "replaced"), ("u1", "unknown"), ("u2", "open")] {
        let tenant = TenantKey::new("acme", "dash");
        let key = DeliveryKey { tenant, tenant_uid: uid.into(), key: "k".into(), contact: contact.into() };
        assert!(facts.delivered(key.clone(), Delivery::default()));
        assert!(!facts.delivered(key, Delivery::default()), "no news");
    }
    facts.for_plan(Views::fresh(), ClockAhead::none(), 0);
    let left: Vec<_> = facts.fleet.deliveries.keys().map(|key| (&*key.tenant_uid, &*key.contact)).collect();
    assert_eq!(left, [("u1", "open")]);
}

#[test]
fn upgrades_in_flight_are_those_that_started() {
    let upgrade = |started: Value| json!({"upgrade": {"release": "r", "releaseUid": "x", "from": "1.0", "to": "1.1", "startedAt": started}});
    assert_eq!(facts(&upgrade(Value::Null)).fleet.upgrades_in_flight(), 0);
    assert_eq!(facts(&upgrade("2026-12-01T00:00:00Z".into())).fleet.upgrades_in_flight(), 1);
}

fn refused() -> Outcome {
    Outcome::Refused(Denial::of_request("no".into()))
}

#[test]
fn what_was_stored_otherwise_than_it_was_sent_is_a_fact_and_its_object_comes_last() {
    let facts = after(Outcome::Altered(tenant("11", &json!({"deferrals": 3}))), None);
    assert_eq!(version(&facts), Some("11"));
    assert!(facts.fleet.outstanding.is_empty() && facts.fleet.refused.contains_key(&key()));
}

#[test]
fn a_deleted_tenant_is_remembered_until_the_next_plan() {
    let mut facts = facts(&json!({}));
    let ObjectKey::Tenant(tenant) = key() else { panic!() };
    assert!(facts.observe(Observation::Gone { key: key(), uid: "u1".into() }));
    assert!(facts.fleet.tenants.is_empty() && facts.fleet.deleted.contains_key(&tenant));
}

#[test]
fn one_that_was_made_anew_in_its_place_is_another() {
    let mut facts = facts(&json!({}));
    let anew = tenant("12", &json!({})).replace("u1", "u2");
    assert!(facts.observe(parse::answer(&key(), &anew, &Still, Timestamp::UNIX_EPOCH).unwrap()));
    assert_eq!(facts.fleet.deleted.values().map(|old| &*old.meta.uid).collect::<Vec<_>>(), ["u1"]);
    assert!(facts.observe(parse::answer(&key(), &anew.replace("\"12\"", "\"13\""), &Still, Timestamp::UNIX_EPOCH).unwrap()));
    assert_eq!(facts.fleet.deleted.len(), 1);
}

/// R19: a Job that was only asked for is none, whatever the answer shows; what was answered is known, and a lost answer is no answer.
#[test]
fn the_answer_to_a_question_makes_no_job() {
    let outcomes = [
        (Outcome::Committed(json!({"kind": "Job", "metadata": {"name": "work-1", "uid": "j"}}).to_string()), Some(None)),
        (
            Outcome::Refused(Denial { message: "no".into(), forbidden: true, by: RefusedBy::Rights }),
            Some(Some((RefusedBy::Rights, "no".to_owned()))),
        ),
        (Outcome::NotSent("no answer".into()), None),
        (Outcome::Conflict("it was changed".into()), None),
    ];
    for (outcome, wanted) in outcomes {
        let mut facts = facts(&json!({}));
        let template = JobKey::new("acme", "work");
        let effect = Effect::Asked { template: template.clone(), template_version: "7".into(), release: "r".into() };
        let new = NewJob {
            template: "work".into(),
            template_version: "7".into(),
            owner: key(),
            owner_uid: "u1".into(),
            id: "i".into(),
            step: "s".into(),
            deadline: 1,
            images: BTreeMap::new(),
            env: BTreeMap::new(),
        };
        let change = Change::AskJob { job: JobKey::new("acme", "work-1"), new: Box::new(new), release: "r".into() };
        let write = Write { change, uid: "u1".into(), resource_version: "10".into(), class: Class::Rest, stories: vec![] };
        facts.sending(&write.object(), effect, Timestamp::UNIX_EPOCH);
        settle(&mut facts, &Settled { write, outcome, read: None }, &Still);
        let known = facts.fleet.asked.get(&template).map(|asked| asked[0].refused.clone());
        assert_eq!((known, facts.fleet.jobs.len(), facts.fleet.outstanding.len()), (wanted, 0, 0));
        assert!(facts.fleet.refused.is_empty());
    }
}

/// R26: a pod that is left running is remembered like a refusal, and says that the read itself is granted.
#[test]
fn a_job_that_cannot_be_read_yet_takes_the_place_of_an_older_refusal() {
    let mut facts = facts(&json!({}));
    let job = JobKey::new("acme", "work-1");
    let mut read = |outcome: Outcome| {
        let change = Change::ReadJob { job: job.clone(), owner: key(), owner_uid: "u1".into() };
        let write = Write { change, uid: "u1".into(), resource_version: "10".into(), class: Class::Rest, stories: vec![] };
        facts.sending(&write.object(), write.change.effect(), Timestamp::UNIX_EPOCH);
        settle(&mut facts, &Settled { write, outcome, read: None }, &Still);
        let refusal = facts.fleet.refused.get(&ObjectKey::Job(job.clone())).unwrap();
        (refusal.by, refusal.message.clone(), refusal.owner.clone())
    };
    let owner = Some("u1".to_owned());
    let lines = Denial { message: "no\nand why".into(), forbidden: true, by: RefusedBy::Rights };
    assert_eq!(read(Outcome::Refused(lines)), (RefusedBy::Rights, "no".into(), owner.clone()), "one line of it");
    assert_eq!(read(Outcome::NotYet("x".into())), (RefusedBy::ItsPod, "a pod of it is left running".into(), owner));
}

/// R22: whoever is about to fail for its deadline is read once more. A workload that is gone by then stays gone.
#[test]
fn a_workload_that_is_read_with_its_pods_is_seen_as_it_is_now() {
    let workload = WorkloadKey::new(WorkloadKind::Deployment, "acme", "dashboard");
    let text = |version: &str, available: i32| {
        json!({
            "metadata": {"namespace": "acme", "name": "dashboard", "uid": "w1", "resourceVersion": version, "generation": 1,
                "creationTimestamp": "2026-11-01T10:00:00Z"},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "x"}}, "template": {"spec": {"containers": []}}},
            "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": available},
        })
        .to_string()
    };
    let key = ObjectKey::Workload(workload.clone());
    let read_for = ReadFor { id: UpgradeId::default(), release_uid: "r1".into(), step_at: Timestamp::UNIX_EPOCH };
    let change = Change::ReadPods { workload: workload.clone(), read_for };
    let write = Write { change, uid: "w1".into(), resource_version: "10".into(), class: Class::StartOrResult, stories: vec![] };
    let available = |known: bool, pods: Result<String, Denial>| {
        let mut facts = Facts::default();
        if known {
            facts.observe(parse::answer(&key, &text("10", 0), &Still, Timestamp::UNIX_EPOCH).unwrap());
        }
        facts.sending(&key, write.change.effect(), Timestamp::UNIX_EPOCH);
        let outcome = Outcome::PodsRead(Some(text("11", 1)), pods);
        settle(&mut facts, &Settled { write: write.clone(), outcome, read: None }, &Still);
        assert!(facts.fleet.pod_reads.contains_key(&workload) && facts.fleet.outstanding.is_empty());
        facts.fleet.workloads.get(&workload).map(|workload| workload.rollout.available)
    };
    let pods = || Ok(json!({"items": []}).to_string());
    assert_eq!((available(true, pods()), available(false, pods())), (Some(1), None));
    let forbidden = Denial { message: "no".into(), forbidden: true, by: RefusedBy::Rights };
    assert_eq!(available(true, Err(forbidden)), Some(1), "whether or not its pods may be listed");
}
