//! Forges an audit log: one tenant, one month, with virtual time a year behind real time, and jumps between the writes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a forged log is as it was written")]

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use uplift_testbed::judge::{Evidence, Verdict, judge};

const OPERATOR: &str = "system:serviceaccount:uplift-system:uplift";
/// Real time of the first write.
const REAL: &str = "2030-01-01T00:00:00.300Z";

#[derive(Clone, Default)]
pub struct Log {
    events: Vec<Value>,
    journal: Vec<Value>,
    pub deliveries: Vec<Value>,
    pub restarts: usize,
    revision: u64,
    real: Timestamp,
    release: Value,
    tenant: Value,
    workload: Value,
}

/// What differs from a month as it should be.
struct Plot {
    release: Value,
    window: Value,
    tenant: Value,
    opt_out: Option<(String, String)>,
    rollout: (String, Value),
    start: String,
    kind: &'static str,
    strategy: Value,
}

impl Default for Plot {
    fn default() -> Self {
        let none = || json!({});
        let (rollout, start) = (("observedGeneration".into(), json!(2)), "2026-12-15T18:00:05Z".into());
        let (kind, strategy) = ("Deployment", Value::Null);
        Self { release: none(), window: none(), tenant: none(), opt_out: None, rollout, start, kind, strategy }
    }
}

impl Log {
    pub fn month() -> Self {
        Self::play(&Plot::default(), |_| ())
    }
    /// Something happens just before the start.
    pub fn month_with(before_start: impl FnOnce(&mut Self)) -> Self {
        Self::play(&Plot::default(), before_start)
    }
    pub fn start_at(start: &str) -> Self {
        Self::play(&Plot { start: start.into(), ..Plot::default() }, |_| ())
    }
    pub fn with_release(release: Value) -> Self {
        Self::play(&Plot { release, ..Plot::default() }, |_| ())
    }
    pub fn with_release_and(release: Value, before_start: impl FnOnce(&mut Self)) -> Self {
        Self::play(&Plot { release, ..Plot::default() }, before_start)
    }
    pub fn with_window(window: Value) -> Self {
        Self::play(&Plot { window, ..Plot::default() }, |_| ())
    }
    pub fn with_window_and(window: Value, before_start: impl FnOnce(&mut Self)) -> Self {
        Self::play(&Plot { window, ..Plot::default() }, before_start)
    }
    pub fn with_tenant(tenant: Value) -> Self {
        Self::play(&Plot { tenant, ..Plot::default() }, |_| ())
    }
    pub fn with_opt_out(value: &str, at: &str) -> Self {
        Self::play(&Plot { opt_out: Some((value.into(), at.into())), ..Plot::default() }, |_| ())
    }
    pub fn with_rollout(field: &str, value: i64) -> Self {
        Self::play(&Plot { rollout: (field.into(), value.into()), ..Plot::default() }, |_| ())
    }
    /// The workload is of this kind, and its controller says this when all is done.
    pub fn with_kind(kind: &'static str, field: &str, value: Value) -> Self {
        Self::play(&Plot { kind, rollout: (field.into(), value), ..Plot::default() }, |_| ())
    }
    /// The workload replaces its pods like this.
    pub fn with_strategy(kind: &'static str, strategy: Value) -> Self {
        Self::play(&Plot { kind, strategy, ..Plot::default() }, |_| ())
    }

    pub fn then(mut self, more: impl FnOnce(&mut Self)) -> Self {
        more(&mut self);
        self
    }

    pub fn judge(&self) -> Verdict {
        let evidence = Evidence::of_audit(&self.events, &json!(self.journal), &json!(self.deliveries), self.restarts);
        judge(&evidence.expect("the forged log can be read")).closed()
    }

    fn play(plot: &Plot, before_start: impl FnOnce(&mut Self)) -> Self {
        let mut log = Self { real: REAL.parse().unwrap(), ..Self::default() };
        log.at("2026-12-01T00:00:00Z");
        log.stage(plot);
        log.at("2026-12-03T14:00:00Z");
        log.planned();
        if let Some((value, at)) = &plot.opt_out {
            log.at(at);
            log.says_no(value);
        }
        log.at("2026-12-15T18:00:00Z");
        before_start(&mut log);
        log.at(&plot.start);
        log.starts("u-1", "2026-12-15T18:00:05Z");
        log.operator_sets("dashboard:2", "u-1");
        log.rolls_out(&plot.rollout);
        log.ends("u-1");
        log
    }

    /// Jumps. The next write comes in the middle of a real second.
    pub fn at(&mut self, virtual_now: &str) {
        let to: Timestamp = virtual_now.parse().unwrap();
        self.real += SignedDuration::from_millis(1200);
        let part = i64::from(to.subsec_nanosecond()) - i64::from(self.real.subsec_nanosecond());
        self.real += SignedDuration::from_nanos(if part < 0 { part + 1_000_000_000 } else { part });
        self.journal
            .push(json!({"real": self.real - SignedDuration::from_millis(1), "offset": to.as_second() - self.real.as_second()}));
    }

    fn stage(&mut self, plot: &Plot) {
        let release = |name: &str, version: &str, image: &str| json!({"metadata": {"name": name}, "spec": {"version": version, "images": {"dashboard": image}, "approval": {"decision": "Approved"}}});
        self.commit("git", "create", "dashboardreleases", "", release("r1", "1.0", "dashboard:1"));
        self.release = merged(release("r2", "2.0", "dashboard:2"), "spec", &plot.release);
        self.commit("git", "create", "dashboardreleases", "", self.release.clone());
        let window = json!({"metadata": {"name": "w"}, "spec": {
            "schedule": "0 18 * * TUE#3", "timeZone": "Europe/London", "duration": "4h", "notice": "48h", "maxConcurrent": 1}});
        self.commit("git", "create", "upgradewindows", "", merged(window, "spec", &plot.window));
        let tenant = json!({"metadata": {"namespace": "acme", "name": "acme"}, "spec": {
            "contacts": [{"name": "it", "webhook": "https://hooks.example.test/acme"}],
            "windowRef": {"name": "w"}, "workloads": [{"kind": plot.kind, "name": "dashboard"}]}});
        self.tenant = merged(tenant, "spec", &plot.tenant);
        self.commit("git", "create", "tenantinstances", "", self.tenant.clone());
        self.workload = json!({"kind": plot.kind, "metadata": {"namespace": "acme", "name": "dashboard", "generation": 1}, "spec": {
            "replicas": 1, "updateStrategy": plot.strategy, "template": {"spec": {"containers": [{"name": "dashboard", "image": "dashboard:1"}]}}}, "status": {}});
        self.commits_workload("git", "create", "");
    }

    fn planned(&mut self) {
        self.tenant["status"] = json!({"upgrade": {"id": "u-1", "release": "r2", "releaseUid": "r2", "to": "2.0", "slot": {
            "opens": "2026-12-15T18:00+00:00", "window": "w", "opensAt": "2026-12-15T18:00:00Z", "closesAt": "2026-12-15T22:00:00Z",
            "optOutUntil": "2026-12-15T13:00:00Z", "noticeUntil": "2026-12-13T18:00:00Z"}}});
        self.notice("key");
        let slot = self.tenant["status"]["upgrade"]["slot"].clone();
        let data = json!({"kind": "Planned", "namespace": "acme", "tenant": "acme", "to": "2.0", "slot": slot});
        self.deliveries
            .push(json!({"at": "2026-12-03T14:00:01Z", "path": "/acme", "webhookId": "key_it", "status": 204, "data": data}));
    }

    /// Writes the notice of the slot down, under this key.
    pub fn notice(&mut self, key: &str) {
        let slot = "2026-12-15T18:00+00:00";
        self.tenant["status"]["notices"] =
            json!([{"key": key, "kind": "Planned", "contact": "it", "release": "2.0", "slot": slot}]);
        self.writes_tenant();
    }

    /// The receipt of the slot's notice is written down.
    pub fn receipt(&mut self) {
        self.tenant["status"]["notices"][0]["deliveredAt"] = json!("2026-12-03T14:00:01Z");
        self.writes_tenant();
    }

    /// Admission's stamp.
    pub fn created_by(&mut self, name: &str) {
        self.release["metadata"]["annotations"] = json!({"uplift.dev/created-by": name});
        self.commit("git", "patch", "dashboardreleases", "", self.release.clone());
    }

    pub fn notes_opt_outs(&mut self, n: usize) {
        self.tenant["status"]["optOuts"] = vec![json!({"value": "3.0", "verdict": "Noted"}); n].into();
        self.writes_tenant();
    }

    /// The answer to the opt-out that stands: no deferral is left.
    pub fn says_that_the_limit_is_reached(&mut self) {
        let said = &self.tenant["metadata"]["annotations"];
        let record = json!({"value": said["uplift.dev/opt-out"], "at": said["uplift.dev/opt-out-at"], "verdict": "LimitReached"});
        self.tenant["status"]["optOuts"] = json!([record]);
        self.writes_tenant();
    }

    pub fn takes_the_annotation_away(&mut self) {
        self.tenant["metadata"]["annotations"] = json!({});
        self.commit("it@acme.example", "patch", "tenantinstances", "", self.tenant.clone());
    }

    pub fn says_no(&mut self, value: &str) {
        let stamp = Timestamp::from_second(self.real.as_second()).unwrap();
        self.tenant["metadata"]["annotations"] = json!({"uplift.dev/opt-out": value, "uplift.dev/opt-out-at": stamp});
        self.commit("it@acme.example", "patch", "tenantinstances", "", self.tenant.clone());
    }

    fn starts(&mut self, id: &str, at: &str) {
        self.tenant["status"]["upgrade"]["id"] = json!(id);
        self.tenant["status"]["upgrade"]["startedAt"] = json!(at);
        self.writes_tenant();
    }

    pub fn starts_again(&mut self) {
        self.planned_again();
        self.starts("u-1", "2026-12-15T18:30:00Z");
    }

    fn planned_again(&mut self) {
        let upgrade =
            json!({"id": "u-1", "release": "r2", "releaseUid": "r2", "to": "2.0", "slot": self.deliveries[0]["data"]["slot"]});
        self.tenant["status"]["upgrade"] = upgrade;
        self.writes_tenant();
    }

    pub fn operator_sets(&mut self, image: &str, id: &str) {
        self.sets(image, &json!({"id": id, "to": "2.0"}));
    }

    fn sets(&mut self, image: &str, intent: &Value) {
        self.workload["metadata"]["generation"] = json!(2);
        self.workload["metadata"]["annotations"]["uplift.dev/intent"] = json!(intent.to_string());
        self.workload["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
        self.commits_workload(OPERATOR, "patch", "");
    }

    /// Another upgrade fails on the old image, and sets this one on its way back, with or without a record of that.
    pub fn rolls_back(&mut self, image: &str, on_record: bool) {
        self.images("dashboard:1");
        self.planned_again();
        self.starts("u-2", "2026-12-15T18:30:00Z");
        self.operator_sets("dashboard:2", "u-2");
        if on_record {
            self.tenant["status"]["upgrade"]["step"] = json!({"kind": "Rollback"});
            self.tenant["status"]["upgrade"]["failure"] = json!({"reason": "DeadlineExceeded"});
            self.writes_tenant();
        }
        self.goes_back(image);
        self.rolls_out(&("replicas".into(), json!(1)));
    }

    pub fn goes_back(&mut self, image: &str) {
        self.sets(image, &json!({"id": "u-2", "to": "1.0", "rollback": true}));
    }

    /// So the upgrade that went back is said to have ended.
    pub fn ended(&mut self, result: &str) {
        self.tenant["status"]["upgrade"] = Value::Null;
        let entry = json!({"result": result, "id": "u-2", "to": "2.0"});
        self.tenant["status"]["history"].as_array_mut().unwrap().insert(0, entry);
        self.writes_tenant();
    }

    /// So many replicas are available by now.
    pub fn available(&mut self, n: i64) {
        self.rolls_out(&("availableReplicas".into(), json!(n)));
    }

    /// Somebody else sets the image.
    pub fn images(&mut self, image: &str) {
        self.workload["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
        self.commits_workload("git", "patch", "");
    }

    pub fn operator_edits(&mut self, edit: impl FnOnce(&mut Value)) {
        edit(&mut self.workload);
        self.commits_workload(OPERATOR, "patch", "");
    }

    fn rolls_out(&mut self, (field, value): &(String, Value)) {
        let mut status = match self.workload["kind"].as_str() {
            Some("DaemonSet") => json!({"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}),
            _ => {
                json!({"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1, "currentRevision": "b", "updateRevision": "b"})
            }
        };
        (status["observedGeneration"], status[field]) = (json!(2), value.clone());
        self.workload["status"] = status;
        self.commits_workload("system:kube-controller-manager", "update", "status");
    }

    fn commits_workload(&mut self, by: &str, verb: &str, part: &str) {
        let resource = format!("{}s", self.workload["kind"].as_str().unwrap_or_default().to_lowercase());
        self.commit(by, verb, &resource, part, self.workload.clone());
    }

    fn ends(&mut self, id: &str) {
        let status = &mut self.tenant["status"];
        status["upgrade"] = Value::Null;
        status["history"] = json!([{"result": "Succeeded", "id": id, "to": "2.0"}]);
        self.writes_tenant();
    }

    /// A success is written down while this image runs.
    pub fn succeeds_with(&mut self, image: &str) {
        self.images(image);
        self.ends("u-2");
    }

    /// So many other tenants are in flight.
    pub fn others_run(&mut self, n: usize) {
        let started = json!({"id": "x-1", "startedAt": "2026-12-15T18:00:00Z", "release": "r2", "releaseUid": "r2", "to": "2.0",
            "slot": self.tenant["status"]["upgrade"]["slot"]});
        for i in 0..n {
            let name = format!("other-{i}");
            let other = json!({"metadata": {"namespace": name, "name": name}, "spec": {}, "status": {"upgrade": started}});
            self.commit("git", "create", "tenantinstances", "", other);
        }
    }

    pub fn release(&mut self, change: &Value) {
        self.release = merged(self.release.clone(), "spec", change);
        self.commit("git", "patch", "dashboardreleases", "", self.release.clone());
    }

    /// The operator writes a halt of the release down.
    pub fn halts(&mut self, halt: &Value) {
        self.release["status"]["halt"] = halt.clone();
        self.commit(OPERATOR, "update", "dashboardreleases", "status", self.release.clone());
    }

    /// The upgrades of so many other tenants failed.
    pub fn others_failed(&mut self, n: usize, started: &str, reason: &str) {
        let failed = json!([{"result": "Failed", "to": "2.0", "startedAt": started, "reason": reason}]);
        for i in 0..n {
            let name = format!("other-{i}");
            let other = json!({"metadata": {"namespace": name, "name": name}, "spec": {}, "status": {"history": failed}});
            self.commit("git", "create", "tenantinstances", "", other);
        }
    }

    /// A request of the operator's that the API server refuses.
    pub fn ask(&mut self, verb: &str, kind: &str, part: &str) {
        self.events.push(json!({"verb": verb, "user": {"username": OPERATOR}, "responseStatus": {"code": 403},
            "objectRef": {"resource": kind, "subresource": part, "namespace": "acme", "name": "acme"}}));
    }

    /// The start was committed, but its writer was killed before the answer: the log has a 504, and `found` says whether the next
    /// write of the tenant is made on the version that the start left behind.
    pub fn start_without_answer(mut self, found: bool) -> Self {
        let mut before = String::new();
        let mut started = None;
        for event in self.events.iter_mut().filter(|event| writes_a_tenant(event)) {
            let version = event["responseObject"]["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
            let on = if found { &before } else { "1" };
            event["requestObject"]["metadata"]["resourceVersion"] = json!(if started.is_some() { on } else { &before });
            if started.is_none() && event["responseObject"]["status"]["upgrade"]["startedAt"].is_string() {
                started = Some(version.clone());
                loses_its_answer(event);
            }
            before = version;
        }
        self
    }

    /// Neither the start nor the write before it was answered.
    pub fn start_and_the_write_before_without_answer(self) -> Self {
        let mut log = self.start_without_answer(true);
        let start = log.events.iter().position(|event| event["responseStatus"]["code"] == 504).unwrap();
        let before = log.events[..start].iter().rposition(writes_a_tenant).unwrap();
        loses_its_answer(&mut log.events[before]);
        log
    }

    /// Two operators in a row are killed while they write the tenant down on the version that stands: the first with a receipt, which
    /// was not committed, the second without, which was. The next is answered.
    pub fn a_receipt_is_lost_and_another_write_committed(&mut self) {
        let found = self.revision;
        let without = self.tenant.clone();
        self.receipt();
        let (lost, answered) = (self.events.len() - 1, self.events.len() + 1);
        self.tenant = without;
        self.writes_tenant();
        let committed = self.revision;
        self.receipt();
        for event in &mut self.events[lost..answered] {
            loses_its_answer(event);
            event["requestObject"]["metadata"]["resourceVersion"] = json!(found.to_string());
        }
        self.events[answered]["requestObject"]["metadata"]["resourceVersion"] = json!(committed.to_string());
    }

    /// The notice of the slot arrives once more.
    pub fn arrives_again(&mut self, at: &str) {
        let mut again = self.deliveries[0].clone();
        again["at"] = json!(at);
        self.deliveries.push(again);
    }

    fn writes_tenant(&mut self) {
        self.commit(OPERATOR, "update", "tenantinstances", "status", self.tenant.clone());
    }

    fn commit(&mut self, by: &str, verb: &str, kind: &str, part: &str, mut object: Value) {
        self.revision += 1;
        object["metadata"]["resourceVersion"] = json!(self.revision.to_string());
        let received = self.real;
        self.real += SignedDuration::from_millis(1);
        self.events.push(json!({"verb": verb, "user": {"username": by}, "responseStatus": {"code": 200}, "responseObject": object,
            "objectRef": {"resource": kind, "subresource": part, "namespace": object["metadata"]["namespace"], "name": object["metadata"]["name"]},
            "requestReceivedTimestamp": received, "stageTimestamp": self.real}));
    }
}

fn writes_a_tenant(event: &Value) -> bool {
    event["objectRef"]["resource"] == "tenantinstances" && event["user"]["username"] == OPERATOR
}

/// Its writer was killed before the answer.
fn loses_its_answer(event: &mut Value) {
    event["requestObject"]["status"] = event["responseObject"]["status"].take();
    (event["responseStatus"]["code"], event["responseObject"]) = (json!(504), json!("timeout"));
}

fn merged(mut object: Value, field: &str, change: &Value) -> Value {
    for (key, value) in change.as_object().into_iter().flatten() {
        object[field][key] = value.clone();
    }
    object
}
