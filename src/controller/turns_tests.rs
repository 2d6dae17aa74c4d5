//! The loop on a stopped clock, between channels: what the watches show goes in, what it asks of the API server comes out.

use std::{collections::BTreeMap, pin::Pin, sync::Mutex};

use http::{Request, Response};
use kube::client::Body as HttpBody;
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{advance, sleep},
};
use tower::service_fn;

use super::*;
use crate::{
    api::TenantInstanceStatus,
    fleet::{ObjectKey, TenantKey, View},
    notify::{Secret, Settings},
    observe::parse,
    plan::{Change, Class, Write},
};

#[path = "turns_lead_tests.rs"]
mod lead;

/// Goes with tokio's clock.
struct Stopped(time::Instant);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + self.0.elapsed()
    }
    fn from_server(&self, at: Timestamp) -> Timestamp {
        at
    }
    fn machine(&self) -> Timestamp {
        self.now()
    }
    fn sleep_until<'a>(&'a self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(sleep(Duration::try_from(at.duration_since(self.now())).unwrap_or_default()))
    }
}

struct Asked {
    path: String,
    body: Value,
    answer: oneshot::Sender<Value>,
}

/// What each plan saw: when, since the beginning, and which objects have a write under way.
type Passes = Arc<Mutex<Vec<(Duration, Vec<String>)>>>;

/// A running loop.
struct Stage {
    clock: Arc<Stopped>,
    observations: mpsc::Sender<Observation>,
    requests: mpsc::UnboundedReceiver<Asked>,
    passes: Passes,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), ControllerError>>,
}

impl Stage {
    /// A loop that knows of no object yet; its first plan is made.
    async fn begin(rules: impl FnMut(&Fleet, Timestamp) -> Plan + Send + 'static) -> Self {
        let stage = Self::start(Seat::alone(), rules);
        stage.list().await;
        sleep(Duration::from_secs(10)).await;
        assert_eq!(stage.passes().len(), 1);
        stage
    }

    /// A loop with this seat, to which nothing was shown.
    fn start(seat: Seat, rules: impl FnMut(&Fleet, Timestamp) -> Plan + Send + 'static) -> Self {
        let ((observations, observed), (delivered, deliveries)) = (mpsc::channel(1024), mpsc::channel(1));
        let (asked, requests) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let (clock, passes) = (Arc::new(Stopped(time::Instant::now())), Arc::default());
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let controller = Controller {
            facts: Facts::default(),
            clock: clock.clone(),
            life: Arc::default(),
            health: Arc::new(Health::new(seat.leadership.clone())),
            seat,
            writer: Writer::by(server(asked)),
            events: Events::default(),
            notifier: Notifier::new(Settings::new("test", vec![secret]), clock.clone(), delivered).unwrap(),
            fetcher: Fetcher::new(&[], None, clock.clone()).unwrap(),
            observations: observed,
            deliveries,
            planner: noting(rules, clock.clone(), Arc::clone(&passes)),
            parts: JoinSet::new(),
            turning: Turning::default(),
        };
        let task = tokio::spawn(controller.run(async move { _ = stopped.await }));
        Self { clock, observations, requests, passes, stop: Some(stop), task }
    }

    /// Every kind is listed, with no more than what was shown.
    async fn list(&self) {
        let listed = View::ALL.into_iter().map(Observation::Listed);
        for observation in listed.chain([Observation::StampsInForce(true)]) {
            self.observations.send(observation).await.unwrap();
        }
    }

    /// A watch shows this tenant.
    fn show(&self, name: &str, version: u64) {
        let text = tenant(name, version, &json!({})).to_string();
        let seen = parse::answer(&key(name), &text, &*self.clock, self.clock.now()).unwrap();
        self.observations.try_send(seen).unwrap();
    }

    /// When plans were made, since the beginning.
    fn passes(&self) -> Vec<Duration> {
        self.passes.lock().unwrap().iter().map(|(at, _)| *at).collect()
    }

    /// The next request, if one is sent within two seconds.
    async fn asked(&mut self) -> Option<Asked> {
        timeout(Duration::from_secs(2), self.requests.recv()).await.ok().flatten()
    }

    fn now(&self) -> Duration {
        self.clock.0.elapsed()
    }
}

impl Asked {
    fn commit(self, version: u64) {
        let name = self.body["metadata"]["name"].as_str().unwrap().to_owned();
        self.answer.send(tenant(&name, version, &self.body["status"])).unwrap();
    }
}

fn noting(mut rules: impl FnMut(&Fleet, Timestamp) -> Plan + Send + 'static, clock: Arc<Stopped>, passes: Passes) -> Planner {
    Box::new(move |fleet, now| {
        let under_way = fleet.outstanding.keys().map(ToString::to_string).collect();
        passes.lock().unwrap().push((clock.0.elapsed(), under_way));
        rules(fleet, now)
    })
}

/// An API server that answers when it is told to.
fn server(asked: mpsc::UnboundedSender<Asked>) -> kube::Client {
    let service = service_fn(move |request: Request<HttpBody>| {
        let asked = asked.clone();
        async move {
            let (answer, answered) = oneshot::channel();
            let path = request.uri().path().to_owned();
            let body = serde_json::from_slice(&request.into_body().collect_bytes().await?)?;
            asked.send(Asked { path, body, answer })?;
            Ok::<_, tower::BoxError>(Response::new(HttpBody::from(answered.await?.to_string().into_bytes())))
        }
    });
    kube::Client::new(service, "default")
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::Tenant(TenantKey::new("acme", name))
}

fn tenant(name: &str, version: u64, status: &Value) -> Value {
    let meta = json!({"namespace": "acme", "name": name, "uid": name, "resourceVersion": version.to_string(), "generation": version,
        "creationTimestamp": "1970-01-01T00:00:00Z"});
    let spec = json!({"customer": {"displayName": "Acme"}, "windowRef": {"name": "uk"}, "workloads": [{"kind": "Deployment", "name": "d"}]});
    json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance", "metadata": meta, "spec": spec, "status": status})
}

/// Writes into each status which generation it has seen, again and again: whether one is under way is for the loop to know.
fn telling(fleet: &Fleet, _: Timestamp) -> Plan {
    let untold = fleet.tenants.iter().filter(|(_, tenant)| tenant.status.as_ref().unwrap().observed_generation == 0);
    let writes = untold.map(|(key, tenant)| Write {
        change: Change::TenantStatus {
            tenant: key.clone(),
            status: Box::new(TenantInstanceStatus {
                observed_generation: tenant.meta.generation,
                ..TenantInstanceStatus::default()
            }),
        },
        uid: tenant.meta.uid.clone(),
        resource_version: tenant.meta.resource_version.clone(),
        class: Class::Rest,
        stories: vec![],
    });
    Plan { writes: writes.collect(), ..Plan::default() }
}

fn nothing(_: &Fleet, _: Timestamp) -> Plan {
    Plan::default()
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn an_event_is_planned_at_once_and_a_burst_in_one_pass() {
    let stage = Stage::begin(nothing).await;
    let begin = stage.now();
    stage.show("a", 1);
    sleep(SECOND).await;
    (2..100).for_each(|version| stage.show("a", version));
    sleep(SECOND).await;
    assert_eq!(stage.passes()[1..], [begin, begin + SECOND]);
}

#[tokio::test(start_paused = true)]
async fn what_comes_right_after_a_pass_waits_for_the_next_and_is_planned_together() {
    let stage = Stage::begin(nothing).await;
    let begin = stage.now();
    for version in 1..5 {
        stage.show("a", version);
        sleep(Duration::from_millis(10)).await;
    }
    sleep(SECOND).await;
    assert_eq!(stage.passes()[1..], [begin, begin + Duration::from_millis(50)]);
}

#[tokio::test(start_paused = true)]
async fn an_old_event_is_no_reason_to_plan() {
    let stage = Stage::begin(nothing).await;
    stage.show("a", 5);
    sleep(SECOND).await;
    stage.show("a", 4);
    sleep(SECOND).await;
    assert_eq!(stage.passes().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_made_when_it_asked_to_be_and_not_before() {
    let at = Duration::from_hours(1);
    let wake_at = move |_: &Fleet, now: Timestamp| {
        let wake_at = Timestamp::UNIX_EPOCH + at;
        Plan { wake_at: Some(wake_at).filter(|at| *at > now), ..Plan::default() }
    };
    let stage = Stage::begin(wake_at).await;
    sleep(at * 3).await;
    assert_eq!(stage.passes()[1..], [at]);
}

#[tokio::test(start_paused = true)]
async fn a_write_under_way_holds_the_next_of_its_object_and_no_other() {
    let mut stage = Stage::begin(telling).await;
    stage.show("a", 7);
    let first = stage.asked().await.unwrap();
    assert_eq!((&*first.path, &first.body["metadata"]["resourceVersion"]), (PATH_OF_A, &json!("7")));
    stage.show("a", 8);
    assert!(stage.asked().await.is_none(), "the first is not answered yet");
    stage.show("b", 9);
    assert_eq!(stage.asked().await.unwrap().body["metadata"]["name"], "b");
    first.commit(10);
    assert!(stage.asked().await.is_none(), "the answer shows what was to be written");
    stage.show("a", 11);
    assert_eq!(stage.asked().await.unwrap().body["metadata"]["resourceVersion"], "11");
}

const PATH_OF_A: &str = "/apis/uplift.dev/v1alpha1/namespaces/acme/tenantinstances/a/status";

#[tokio::test(start_paused = true)]
async fn an_answer_is_known_to_the_next_plan_whichever_comes_first() {
    let mut stage = Stage::begin(telling).await;
    stage.show("a", 1);
    stage.show("b", 2);
    let mut asked = BTreeMap::new();
    for _ in 0..2 {
        let request = stage.asked().await.unwrap();
        asked.insert(request.body["metadata"]["name"].as_str().unwrap().to_owned(), request);
    }
    for (nth, (name, left)) in [("b", vec![key("a").to_string()]), ("a", vec![])].into_iter().enumerate() {
        asked.remove(name).unwrap().commit(10 + nth as u64);
        advance(SECOND).await;
        sleep(SECOND).await;
        assert_eq!(stage.passes.lock().unwrap().last().unwrap().1, left, "after the answer of {name}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_nothing_more_is_sent_and_answers_are_waited_for() {
    let mut stage = Stage::begin(telling).await;
    stage.show("a", 1);
    let under_way = stage.asked().await.unwrap();
    stage.stop.take().unwrap().send(()).unwrap();
    sleep(SECOND).await;
    stage.show("b", 2);
    assert!(stage.asked().await.is_none() && !stage.task.is_finished());
    under_way.commit(3);
    timeout(SECOND, stage.task).await.unwrap().unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_ever() {
    let mut stage = Stage::begin(telling).await;
    stage.show("a", 1);
    let _unanswered = stage.asked().await.unwrap();
    let begin = time::Instant::now();
    stage.stop.take().unwrap().send(()).unwrap();
    stage.task.await.unwrap().unwrap();
    assert!((LAST_ANSWERS..LAST_ANSWERS + LAST_EVENTS + SECOND).contains(&begin.elapsed()), "{:?}", begin.elapsed());
}
