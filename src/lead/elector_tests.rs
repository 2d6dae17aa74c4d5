//! The elector on a stopped clock, against an API server with one Lease.

use std::sync::Mutex;

use http::{Method, Request, Response, StatusCode};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::sleep;
use tower::service_fn;

use super::*;
use crate::clock::RealClock;

/// One Lease, how long an answer takes, and what was asked.
#[derive(Default)]
struct Server {
    lease: Mutex<Option<Value>>,
    takes: Mutex<Duration>,
    asked: Mutex<Vec<Method>>,
}

impl Server {
    fn with(lease: Option<Value>) -> Arc<Self> {
        Arc::new(Self { lease: Mutex::new(lease), ..Self::default() })
    }

    fn client(self: &Arc<Self>) -> Client {
        let server = self.clone();
        let service = service_fn(move |request: Request<Body>| {
            let server = server.clone();
            async move {
                // Watches show nothing: what a replica does must not depend on them.
                if request.uri().query().is_some_and(|query| query.contains("watch=") || query.contains("fieldSelector")) {
                    return std::future::pending::<Result<Response<Body>, tower::BoxError>>().await;
                }
                let method = request.method().clone();
                let body = serde_json::from_slice(&request.into_body().collect_bytes().await?).unwrap_or_default();
                let (status, answer) = server.answer(&method, body);
                let takes = *server.takes.lock().unwrap();
                sleep(takes).await;
                Ok(Response::builder().status(status).body(Body::from(answer.to_string().into_bytes()))?)
            }
        });
        Client::new(service, "default")
    }

    fn answer(&self, method: &Method, mut body: Value) -> (StatusCode, Value) {
        self.asked.lock().unwrap().push(method.clone());
        let mut lease = self.lease.lock().unwrap();
        let version = |lease: &Value| lease["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
        let known = lease.as_ref().map(version);
        let next = known.as_ref().map_or(1, |version| version.parse::<u64>().unwrap() + 1);
        match (method, known) {
            (&Method::GET, Some(_)) => return (StatusCode::OK, lease.clone().unwrap()),
            (&Method::POST, None) => {}
            (&Method::PUT, Some(known)) if version(&body) == known => {}
            (&Method::GET | &Method::PUT, None) => return failure(StatusCode::NOT_FOUND),
            _ => return failure(StatusCode::CONFLICT),
        }
        body["metadata"]["resourceVersion"] = next.to_string().into();
        *lease = Some(body.clone());
        (StatusCode::OK, body)
    }

    fn holder(&self) -> String {
        self.lease.lock().unwrap().as_ref().unwrap()["spec"]["holderIdentity"].as_str().unwrap_or_default().to_owned()
    }

    fn edit(&self, spec: &Value) {
        let mut lease = self.lease.lock().unwrap();
        let version =
            lease.as_ref().map_or(7, |lease| lease["metadata"]["resourceVersion"].as_str().unwrap().parse::<u64>().unwrap() + 1);
        *lease = Some(object(&version.to_string(), spec));
    }
}

fn failure(code: StatusCode) -> (StatusCode, Value) {
    (
        code,
        json!({"kind": "Status", "status": "Failure", "code": code.as_u16(), "reason": if code == StatusCode::NOT_FOUND { "NotFound" } else { "Conflict" }, "message": "no", "details": {"name": "uplift"}}),
    )
}

fn object(version: &str, spec: &Value) -> Value {
    json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": spec,
        "metadata": {"name": "uplift", "namespace": "n", "resourceVersion": version, "labels": {"app": "uplift"}}})
}

fn given_back() -> Value {
    json!({"holderIdentity": "", "renewTime": "2026-12-01T10:00:00.000000Z"})
}

fn begin(server: &Arc<Server>) -> Seat {
    let place = Place { namespace: "n".into(), name: "uplift".into(), identity: "a".into(), duration: Duration::from_secs(15) };
    Elector::begin(place, server.client(), server.client(), Arc::new(RealClock))
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn role(seat: &Seat) -> (Role, u64) {
    let leadership = seat.leadership.borrow();
    (leadership.role, leadership.term)
}

fn may_write(seat: &Seat) -> bool {
    seat.permit.deadline(Instant::now().into()).is_some()
}

#[tokio::test(start_paused = true)]
async fn a_free_lease_is_taken_and_renewed_with_what_else_stands_in_it() {
    let server = Server::with(Some(object("1", &given_back())));
    let seat = begin(&server);
    sleep(secs(60)).await;
    assert_eq!((role(&seat), may_write(&seat), &*server.holder()), ((Role::Leader, 1), true, "a"));
    let lease = server.lease.lock().unwrap().clone().unwrap();
    assert_eq!((&lease["metadata"]["labels"]["app"], &lease["spec"]["leaseTransitions"]), (&json!("uplift"), &json!(1)));
    let renewed = server.asked.lock().unwrap().iter().filter(|method| **method == Method::PUT).count();
    assert!((20..=22).contains(&renewed), "every three seconds: {renewed}");
    seat.resign().await;
    assert_eq!(server.holder(), "");
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_makes_nothing_certain_for_longer() {
    let server = Server::with(Some(object("1", &given_back())));
    *server.takes.lock().unwrap() = Duration::from_millis(1_900);
    let (began, seat) = (Instant::now(), begin(&server));
    // Read, then taken: that write was asked for 1.9 s after the beginning.
    seat.leadership.clone().wait_for(|known| known.role == Role::Leader).await.unwrap();
    *server.takes.lock().unwrap() = secs(1_000);
    let nearly = Duration::from_millis(1_900 + 12_500);
    sleep(nearly.saturating_sub(began.elapsed())).await;
    assert!(may_write(&seat));
    sleep(secs(1)).await;
    assert!(!may_write(&seat));
    seat.leadership.clone().wait_for(|known| known.role == Role::Standby).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_was_deposed_stands_by_and_takes_over_when_the_other_is_silent() {
    let server = Server::with(Some(object("1", &given_back())));
    let seat = begin(&server);
    sleep(secs(5)).await;
    server.edit(&json!({"holderIdentity": "b", "leaseDurationSeconds": 15, "leaseTransitions": 2}));
    sleep(secs(4)).await;
    assert_eq!((role(&seat), may_write(&seat)), ((Role::Standby, 1), false));
    assert_eq!(seat.leadership.borrow().leader.as_deref(), Some("b"));
    sleep(secs(17)).await;
    assert_eq!((role(&seat), may_write(&seat), &*server.holder()), ((Role::Leader, 2), true, "a"));
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_not_there_is_made_after_its_whole_duration() {
    let server = Server::with(None);
    let seat = begin(&server);
    sleep(secs(14)).await;
    assert_eq!(role(&seat).0, Role::Standby);
    sleep(secs(3)).await;
    assert_eq!((role(&seat), &*server.holder()), ((Role::Leader, 1), "a"));
}
