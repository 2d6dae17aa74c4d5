use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use http::{Method, Request, Response};
use kube::client::Body;
use serde_json::json;
use tower::service_fn;

use super::*;
use crate::{
    api::{TenantInstanceStatus, tenant::Upgrade},
    fleet::TenantKey,
    plan::{Change, Class},
};

/// A writer to an API server that hangs up on every write, and commits it this long after the test began; how often it was read.
fn writer(commits_after: Option<Duration>) -> (Writer, Arc<AtomicU32>) {
    let (begin, reads, written) = (Instant::now(), Arc::new(AtomicU32::new(0)), Arc::new(Mutex::new(json!({}))));
    let counted = reads.clone();
    let server = service_fn(move |request: Request<Body>| {
        let (counted, written) = (counted.clone(), written.clone());
        async move {
            if request.method() == Method::PUT {
                let body = request.into_body().collect_bytes().await?;
                *written.lock().unwrap() = serde_json::from_slice(&body)?;
                return Err(tower::BoxError::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset)));
            }
            counted.fetch_add(1, Ordering::SeqCst);
            let committed = commits_after.is_some_and(|after| begin.elapsed() >= after);
            let status = if committed { written.lock().unwrap()["status"].clone() } else { json!({}) };
            let version = if committed { "8" } else { "7" };
            let object = json!({"metadata": {"name": "dash", "resourceVersion": version}, "status": status});
            Ok(Response::new(Body::from(object.to_string().into_bytes())))
        }
    });
    (Writer { client: Client::new(server, "default") }, reads)
}

fn write(started: bool) -> Write {
    let started_at = started.then_some("2026-12-15T18:00:00Z");
    let upgrade: Upgrade =
        serde_json::from_value(json!({"release": "r", "releaseUid": "x", "from": "1.0", "to": "1.1", "startedAt": started_at}))
            .unwrap();
    Write {
        change: Change::TenantStatus {
            tenant: TenantKey::new("acme", "dash"),
            status: Box::new(TenantInstanceStatus { upgrade: Some(upgrade), ..TenantInstanceStatus::default() }),
        },
        uid: "u1".into(),
        resource_version: "7".into(),
        class: Class::StartOrResult,
        stories: vec![],
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_that_is_committed_after_the_first_look_is_found() {
    let (writer, _) = writer(Some(Duration::from_secs(6)));
    let settled = writer.settle(write(true), Permit::always()).await;
    assert!(matches!(settled.outcome, Outcome::Unknown(_)) && settled.committed(), "{settled:?}");
}

#[tokio::test(start_paused = true)]
async fn the_place_of_a_start_is_kept_until_it_can_not_be_committed_any_more() {
    let ((writer, reads), begin) = (writer(None), Instant::now());
    let settled = writer.settle(write(true), Permit::always()).await;
    assert!(!settled.committed() && settled.read.is_some(), "{settled:?}");
    assert!((DOUBT..DOUBT + 2 * STILL).contains(&begin.elapsed()), "{:?}", begin.elapsed());
    assert!((2..12).contains(&reads.load(Ordering::SeqCst)), "{reads:?}");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_starts_nothing_is_read_once() {
    let ((writer, reads), begin) = (writer(None), Instant::now());
    let settled = writer.settle(write(false), Permit::always()).await;
    assert!(!settled.committed() && settled.read.is_some(), "{settled:?}");
    assert_eq!((reads.load(Ordering::SeqCst), begin.elapsed()), (1, Duration::ZERO));
}

/// A webhook, say, that puts back what the operator takes away. To ask again at once would be to ask for ever.
#[tokio::test(start_paused = true)]
async fn an_answer_that_shows_another_status_than_was_sent_is_no_success() {
    let server = service_fn(|_: Request<Body>| async {
        let object = json!({"metadata": {"name": "dash", "resourceVersion": "8"}, "status": {"deferrals": 3}});
        Ok::<_, tower::BoxError>(Response::new(Body::from(object.to_string().into_bytes())))
    });
    let writer = Writer { client: Client::new(server, "default") };
    let settled = writer.settle(write(false), Permit::always()).await;
    assert!(matches!(settled.outcome, Outcome::Altered(_)) && !settled.committed(), "{settled:?}");
    assert_eq!(settled.outcome.after(), crate::execute::After::Refused, "with growing delays");
}
