use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use kube::Resource;
use tower::{Layer, ServiceExt, service_fn};

use crate::{
    fleet::{View, Views},
    observe::{
        life::{Life, LifeLayer},
        slim::{
            DaemonSets, Deployments, Jobs, Kind, Products, Releases, Slim, StatefulSets, Templates, Tenants, Trials, Windows,
        },
    },
};

/// Asks a server that answers everything with this.
async fn ask(life: &Arc<Life>, path: &str, status: StatusCode, text: &'static str) {
    let server = service_fn(|_: Request<()>| {
        let mut answer = Response::new(Full::new(Bytes::from(text)));
        *answer.status_mut() = status;
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    let request = Request::get(path).body(()).unwrap();
    let answer = LifeLayer(life.clone()).layer(server).oneshot(request).await.unwrap();
    answer.into_body().collect().await.unwrap();
}

fn path<K: Kind>() -> String {
    format!("{}?&watch=true&timeoutSeconds=60", Slim::<K>::url_path(&(), None))
}

#[tokio::test]
async fn each_watch_is_alive_once_it_was_opened() {
    let life = Arc::new(Life::default());
    let ours = [path::<Releases>(), path::<Windows>(), path::<Products>(), path::<Tenants>(), path::<Trials>()];
    let workloads = [path::<Deployments>(), path::<StatefulSets>(), path::<DaemonSets>()];
    let paths = ours.into_iter().chain(workloads).chain([path::<Templates>(), path::<Jobs>()]);
    for (view, path) in View::ALL.into_iter().zip(paths) {
        assert_eq!(life.views().stale(90), Some(view));
        ask(&life, &path, StatusCode::OK, "").await;
    }
    assert_eq!(life.views(), Views::fresh());
}

#[tokio::test]
async fn a_list_is_life_with_its_first_page() {
    let life = Arc::new(Life::default());
    let list = Slim::<Tenants>::url_path(&(), None);
    ask(&life, &format!("{list}?&limit=50&continue=x"), StatusCode::OK, "{}").await;
    assert_eq!(life.views(), Views::default());
    ask(&life, &format!("{list}?&limit=50"), StatusCode::OK, "{}").await;
    assert_eq!(life.views().0.keys().collect::<Vec<_>>(), [&View::Tenants]);
}

#[tokio::test]
async fn a_refusal_another_watch_and_one_tenant_are_no_life() {
    let life = Arc::new(Life::default());
    ask(&life, &Slim::<Tenants>::url_path(&(), None), StatusCode::FORBIDDEN, "{}").await;
    ask(&life, &format!("{}/acme", Slim::<Tenants>::url_path(&(), Some("acme"))), StatusCode::OK, "{}").await;
    ask(&life, &path::<Tenants>(), StatusCode::FORBIDDEN, r#"{"kind":"Status","code":403}"#).await;
    ask(&life, &path::<Tenants>(), StatusCode::SERVICE_UNAVAILABLE, "<html>no backend</html>").await;
    ask(&life, "/apis/apps/v1/replicasets?watch=true", StatusCode::OK, "{}").await;
    assert_eq!(life.views(), Views::default());
}

#[tokio::test]
async fn a_watch_that_breaks_off_with_an_error_is_not_alive() {
    let life = Arc::new(Life::default());
    let error = r#"{"type":"ERROR","object":{"kind":"Status","code":500}}"#;
    ask(&life, &path::<Tenants>(), StatusCode::OK, error).await;
    assert_eq!(life.views(), Views::default());
}

#[tokio::test(start_paused = true)]
async fn a_bookmark_is_told_once_and_an_event_is_none() {
    let life = Arc::new(Life::default());
    let told = async || tokio::time::timeout(Duration::from_secs(1), life.bookmark(View::Tenants)).await.is_ok();
    ask(&life, &path::<Tenants>(), StatusCode::OK, r#"{"type":"ADDED","object":{}}"#).await;
    assert!(!told().await);
    ask(&life, &path::<Tenants>(), StatusCode::OK, r#"{"type":"BOOKMARK","object":{}}"#).await;
    assert!(told().await);
    assert!(!told().await);
}
