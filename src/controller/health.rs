//! `/livez` and `/readyz`.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::{body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};

use crate::lead::Leadership;

/// The loop turns every second when nothing happens: after so long without a turn it hangs, and only a restart helps.
const LIVE: Duration = Duration::from_mins(1);
/// So many connections at a time; more wait. Probes need one.
const CONNECTIONS: usize = 16;
/// A client that sends its request slower than this is cut off.
const HEADERS: Duration = Duration::from_secs(5);
const CONNECTION: Duration = Duration::from_mins(1);

/// What the probes ask for. The loop writes it, the server reads it.
#[derive(Debug)]
pub struct Health {
    started: Instant,
    last_turn: AtomicU64,
    /// Why it is not ready.
    not_ready: Mutex<Option<&'static str>>,
    leadership: watch::Receiver<Leadership>,
}

impl Health {
    /// Alive from now on, not ready.
    pub fn new(leadership: watch::Receiver<Leadership>) -> Self {
        let not_ready = Mutex::new(Some("it has just started"));
        Self { started: Instant::now(), last_turn: AtomicU64::new(0), not_ready, leadership }
    }
    /// The loop turned, and found itself ready, or not ready for this reason.
    pub fn turned(&self, not_ready: Option<&'static str>) {
        self.last_turn.store(self.started.elapsed().as_secs(), Ordering::Relaxed);
        *self.not_ready.lock().unwrap_or_else(PoisonError::into_inner) = not_ready;
    }

    fn answer(&self, path: &str) -> (StatusCode, String) {
        let since = self.started.elapsed().as_secs().saturating_sub(self.last_turn.load(Ordering::Relaxed));
        match path {
            "/livez" if since <= LIVE.as_secs() => (StatusCode::OK, "ok\n".into()),
            "/livez" => (StatusCode::SERVICE_UNAVAILABLE, format!("the loop has not turned for {since} s\n")),
            "/readyz" => match *self.not_ready.lock().unwrap_or_else(PoisonError::into_inner) {
                None => (StatusCode::OK, format!("ok: {}\n", self.leadership.borrow().words())),
                Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
            },
            _ => (StatusCode::NOT_FOUND, "try /livez or /readyz\n".into()),
        }
    }
}

/// Answers probes, for ever.
pub async fn serve(listener: TcpListener, health: Arc<Health>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let health = Arc::clone(&health);
                tokio::spawn(async move {
                    // An error here is a client that went away, and a connection that outlives its time is dropped.
                    let _ = tokio::time::timeout(CONNECTION, connection(stream, &health)).await;
                    drop(place);
                });
            }
            // Out of file descriptors, for one: waiting is all that can be done.
            Err(error) => {
                tracing::warn!(%error, "accept a connection for probes");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connection(stream: tokio::net::TcpStream, health: &Health) -> hyper::Result<()> {
    let answer = |request: http::Request<hyper::body::Incoming>| {
        let (status, text) = health.answer(request.uri().path());
        let mut response = Response::new(Full::new(Bytes::from(text)));
        *response.status_mut() = status;
        async { Ok::<_, Infallible>(response) }
    };
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .serve_connection(TokioIo::new(stream), service_fn(answer))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_alive_at_once_and_ready_when_the_loop_says_so() {
        let health = Health::new(Leadership::alone());
        assert_eq!(health.answer("/livez").0, StatusCode::OK);
        assert_eq!(health.answer("/readyz").0, StatusCode::SERVICE_UNAVAILABLE);
        health.turned(None);
        assert_eq!(health.answer("/readyz"), (StatusCode::OK, "ok: leads\n".into()));
        health.turned(Some("no rights"));
        assert_eq!(health.answer("/readyz"), (StatusCode::SERVICE_UNAVAILABLE, "no rights\n".into()));
        assert_eq!(health.answer("/").0, StatusCode::NOT_FOUND);
    }

    #[test]
    fn a_loop_that_hangs_is_dead() {
        let started = Instant::now().checked_sub(Duration::from_mins(2)).unwrap();
        let health = Health { started, ..Health::new(Leadership::alone()) };
        assert_eq!(health.answer("/livez").0, StatusCode::SERVICE_UNAVAILABLE);
        health.turned(Some("no rights"));
        assert_eq!(health.answer("/livez").0, StatusCode::OK);
    }
}
