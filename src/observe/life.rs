//! Whether the watches are alive (R18).
//!
//! kube's watcher swallows bookmarks and reconnects: an idle watch that works and one that is dead look the same for minutes. So a
//! layer under the client notes each list, each opening of a watch and each piece of text that it brings. The same layer reads the API
//! server's clock.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use http::{Method, Request, Response};
use http_body::{Body, Frame, SizeHint};
use kube::client::ClientBuilder;
use tokio::sync::Notify;
use tower::{Layer, Service};

use super::server_clock::ServerClock;
use crate::fleet::{STALE_AFTER, View, Views};

/// Longer than an idle watch lasts: the server ends it after 70 s. A list or a watch that brings nothing for so long is dead, and
/// without a limit nobody would ever know.
const SILENCE: Duration = Duration::from_secs(75);
const CONNECT: Duration = Duration::from_secs(5);

/// How each watch ends in the path of its requests. The path has no namespace: every watch is of the whole cluster.
const PATHS: [(View, &str); View::ALL.len()] = [
    (View::Releases, "/apis/uplift.dev/v1alpha1/dashboardreleases"),
    (View::Windows, "/apis/uplift.dev/v1alpha1/upgradewindows"),
    (View::Products, "/apis/uplift.dev/v1alpha1/softwareproducts"),
    (View::Trials, "/apis/uplift.dev/v1alpha1/upgradetrials"),
    (View::Tenants, "/apis/uplift.dev/v1alpha1/tenantinstances"),
    (View::Deployments, "/apis/apps/v1/deployments"),
    (View::StatefulSets, "/apis/apps/v1/statefulsets"),
    (View::DaemonSets, "/apis/apps/v1/daemonsets"),
    (View::Templates, "/apis/batch/v1/cronjobs"),
    (View::Jobs, "/apis/batch/v1/jobs"),
];

/// When each watch last showed life, by the process's monotonic clock. Shared between the client and whoever asks.
#[derive(Debug, Default)]
pub struct Life {
    /// The API server's clock, which every answer shows.
    pub server_clock: ServerClock,
    watches: Mutex<BTreeMap<View, Pulse>>,
    bookmarks: [Notify; View::ALL.len()],
}

/// A watch that was away comes back with what it missed, some moments after it has opened: so long it stays stale.
const CATCHES_UP: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug)]
struct Pulse {
    seen: Instant,
    bookmark: Option<Instant>,
    /// When it came back after it was stale, or had ended with an error.
    back: Option<Instant>,
    /// It ended with an error, and was not opened since.
    stopped: bool,
}

impl Pulse {
    fn new(now: Instant) -> Self {
        Self { seen: now, bookmark: None, back: None, stopped: false }
    }
    fn beat(&mut self, now: Instant) {
        if self.stopped || now.duration_since(self.seen).as_secs() > STALE_AFTER {
            self.back = Some(now);
        }
        (self.seen, self.stopped) = (now, false);
    }
    /// In seconds.
    fn age(&self, now: Instant) -> u64 {
        let catches_up = self.back.is_some_and(|back| now.duration_since(back) < CATCHES_UP);
        if catches_up { STALE_AFTER + 1 } else { now.duration_since(self.seen).as_secs() }
    }
}

impl Life {
    /// Seconds since each watch last showed life. A watch that never did is absent, which every gate takes as stale.
    pub fn views(&self) -> Views {
        let now = Instant::now();
        let watches = self.watches();
        Views(watches.iter().filter(|(_, pulse)| !pulse.stopped).map(|(view, pulse)| (*view, pulse.age(now))).collect())
    }

    /// Waits for the next bookmark of this watch; how long ago it came. One that came before the call counts once.
    pub(super) async fn bookmark(&self, view: View) -> Duration {
        self.bookmarks[view as usize].notified().await;
        self.watches().get(&view).and_then(|pulse| pulse.bookmark).map_or(Duration::MAX, |at| at.elapsed())
    }

    fn beat(&self, view: View, bookmark: bool) {
        let now = Instant::now();
        let mut watches = self.watches();
        let pulse = watches.entry(view).or_insert_with(|| Pulse::new(now));
        pulse.beat(now);
        if bookmark {
            pulse.bookmark = Some(now);
            self.bookmarks[view as usize].notify_one();
        }
    }

    fn stop(&self, view: View) {
        if let Some(pulse) = self.watches().get_mut(&view) {
            pulse.stopped = true;
        }
    }

    // A thread that panicked while it held two instants left nothing half done.
    fn watches(&self) -> MutexGuard<'_, BTreeMap<View, Pulse>> {
        self.watches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The client for watches and reads.
///
/// It sends nothing twice by itself: kube's default retries hide an outage for minutes, and the watches have a back-off of their own.
pub fn client(mut config: kube::Config, life: Arc<Life>) -> kube::Result<kube::Client> {
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT);
    config.read_timeout = Some(SILENCE);
    config.reset_reader_on_write = true;
    Ok(ClientBuilder::try_from(config)?.with_layer(&LifeLayer(life)).build())
}

/// Puts [`Life`] under a client.
#[derive(Clone, Debug)]
pub struct LifeLayer(pub Arc<Life>);

impl<S> Layer<S> for LifeLayer {
    type Service = Noting<S>;
    fn layer(&self, inner: S) -> Noting<S> {
        Noting { inner, life: self.0.clone() }
    }
}

/// The client's service, with each watch noted.
#[derive(Clone, Debug)]
pub struct Noting<S> {
    inner: S,
    life: Arc<Life>,
}

impl<S, Q, B> Service<Request<Q>> for Noting<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    S::Future: Send + 'static,
{
    type Response = Response<Noted<B>>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let shows = shown(&request);
        let (life, asked) = (self.life.clone(), Instant::now());
        let answer = self.inner.call(request);
        async move {
            let answer = answer.await?;
            // What a refusal says, whoever says it, shows nothing of the cluster, nor of the API server's clock.
            let good = answer.status().is_success();
            if good {
                life.server_clock.note(answer.headers(), asked);
            }
            let shows = shows.filter(|_| good);
            if let Some((view, _)) = shows {
                life.beat(view, false);
            }
            let note = shows.filter(|(_, watch)| *watch).map(|(view, _)| (view, life));
            Ok(answer.map(|inner| Noted { inner, note }))
        }
        .boxed()
    }
}

/// Which kind a request shows as it is now, and whether it is a watch. A list does so with its first page: the others are as old as
/// that. Without it a restarted operator, whose last watch is still being opened, would call the view stale that it has just read.
fn shown<Q>(request: &Request<Q>) -> Option<(View, bool)> {
    let has = |wanted: fn(&str) -> bool| request.uri().query().unwrap_or_default().split('&').any(wanted);
    let (watch, goes_on) = (has(|part| part == "watch=true"), has(|part| part.starts_with("continue=")));
    let of = |path: &str| request.method() == Method::GET && !goes_on && request.uri().path().ends_with(path);
    PATHS.into_iter().find(|(_, path)| of(path)).map(|(view, _)| (view, watch))
}

/// The body of an answer, with each piece of a watch noted.
#[derive(Debug)]
pub struct Noted<B> {
    inner: B,
    note: Option<(View, Arc<Life>)>,
}

impl<B: Body<Data = Bytes> + Unpin> Body for Noted<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if let (Some(Ok(frame)), Some((view, life))) = (&frame, &self.note) {
            let is = |event: &[u8]| frame.data_ref().is_some_and(|text| text.starts_with(event));
            // A watch that opens and breaks off with an error, again and again, shows nothing of what happens.
            if is(br#"{"type":"ERROR""#) { life.stop(*view) } else { life.beat(*view, is(br#"{"type":"BOOKMARK""#)) }
        }
        Poll::Ready(frame)
    }
    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_that_was_stale_is_fresh_when_it_had_time_to_catch_up() {
        let began = Instant::now();
        let after = |milliseconds: u64| began + Duration::from_millis(milliseconds);
        let mut pulse = Pulse::new(began);
        pulse.beat(after(90_000));
        assert_eq!(pulse.age(after(91_000)), 1, "it was not stale");
        pulse.beat(after(181_000));
        assert_eq!((pulse.age(after(181_000)), pulse.age(after(182_999)), pulse.age(after(183_000))), (91, 91, 2));
        pulse.beat(after(182_000));
        assert_eq!(pulse.age(after(183_000)), 1, "what comes meanwhile begins nothing anew");
        pulse.stopped = true;
        pulse.beat(after(190_000));
        assert_eq!((pulse.age(after(191_000)), pulse.age(after(192_000))), (91, 2), "one that broke off with an error");
    }
}
