//! A contact's server on loopback: real HTTP, with the faults that real ones have.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Instant,
};

use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    sync::{mpsc, oneshot},
};
use tokio_rustls::TlsAcceptor;

/// What it does with a request; the last of a script is repeated.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    Status(u16),
    With(u16, &'static str, &'static str),
    /// A header, if any, and a body.
    Says(u16, Option<(&'static str, &'static str)>, &'static str),
    /// Never answers.
    Hang,
    /// Reads the request, then closes the connection.
    Lose,
    /// Says 200 with a body without end.
    Endless,
    /// Says 200 when the test lets it, closes the connection when the test drops it.
    Hold,
}

/// A request that came in.
#[derive(Debug)]
pub struct Seen {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub at: Instant,
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }
}

pub struct Receiver {
    pub port: u16,
    seen: mpsc::UnboundedReceiver<Seen>,
    /// How many bytes of an endless body were taken.
    pub taken: mpsc::UnboundedReceiver<usize>,
    /// Lets a held reply go.
    pub holds: mpsc::UnboundedReceiver<oneshot::Sender<()>>,
}

struct Shared {
    script: Mutex<VecDeque<Reply>>,
    seen: mpsc::UnboundedSender<Seen>,
    taken: mpsc::UnboundedSender<usize>,
    holds: mpsc::UnboundedSender<oneshot::Sender<()>>,
}

type Answer = Result<Response<UnsyncBoxBody<Bytes, Lost>>, Lost>;

#[derive(Debug, thiserror::Error)]
#[error("the receiver broke off")]
pub struct Lost;

impl Receiver {
    /// A receiver that speaks plain http.
    pub async fn start(script: &[Reply]) -> Self {
        Self::start_with(script, None).await
    }

    /// A receiver that speaks TLS.
    pub async fn start_tls(script: &[Reply], tls: TlsAcceptor) -> Self {
        Self::start_with(script, Some(tls)).await
    }

    async fn start_with(script: &[Reply], tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, taken, holds) = (mpsc::unbounded_channel(), mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let script = Mutex::new(script.iter().copied().collect());
        let shared = Arc::new(Shared { script, seen: seen.0, taken: taken.0, holds: holds.0 });
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (shared, tls) = (Arc::clone(&shared), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(socket, shared).await,
                        Some(tls) => {
                            // Else a client that does not trust us.
                            if let Ok(socket) = tls.accept(socket).await {
                                serve(socket, shared).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, seen: seen.1, taken: taken.1, holds: holds.1 }
    }

    /// The next request.
    pub async fn next(&mut self) -> Seen {
        self.seen.recv().await.unwrap()
    }

    /// Requests that came in and were not looked at yet.
    pub fn others(&mut self) -> usize {
        std::iter::from_fn(|| self.seen.try_recv().ok()).count()
    }
}

/// A server that reads a whole request, then says so many bytes and closes.
pub async fn say_and_close(says: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"}}") {
                let mut chunk = [0; 4096];
                let read = socket.read(&mut chunk).await.unwrap();
                request.extend_from_slice(&chunk[..read]);
            }
            socket.write_all(says).await.unwrap();
        }
    });
    port
}

async fn serve(socket: impl AsyncRead + AsyncWrite + Unpin, shared: Arc<Shared>) {
    let service = service_fn(|request| answer(request, Arc::clone(&shared)));
    _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await; // a broken connection is a test's aim
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> Answer {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let seen = Seen { path: parts.uri.to_string(), headers: parts.headers, body, at: Instant::now() };
    let reply = {
        let mut script = shared.script.lock().unwrap();
        if script.len() > 1 { script.pop_front().unwrap() } else { script[0] }
    };
    shared.seen.send(seen).unwrap();
    play(reply, &shared).await
}

async fn play(reply: Reply, shared: &Shared) -> Answer {
    match reply {
        Reply::Status(status) => Ok(plain(status)),
        Reply::With(status, name, value) => {
            let mut response = plain(status);
            response.headers_mut().insert(name, value.parse().unwrap());
            Ok(response)
        }
        Reply::Says(status, header, text) => {
            let mut response = plain(status).map(|_| whole(text));
            if let Some((name, value)) = header {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            Ok(response)
        }
        Reply::Hang => std::future::pending().await,
        Reply::Lose => Err(Lost),
        Reply::Endless => Ok(Response::new(endless(shared.taken.clone()))),
        Reply::Hold => {
            let (go, gone) = oneshot::channel();
            shared.holds.send(go).unwrap();
            gone.await.map(|()| plain(200)).map_err(|_| Lost)
        }
    }
}

fn plain(status: u16) -> Response<UnsyncBoxBody<Bytes, Lost>> {
    let body = http_body_util::Empty::new().map_err(|never: Infallible| match never {}).boxed_unsync();
    Response::builder().status(status).body(body).unwrap()
}

fn whole(text: &'static str) -> UnsyncBoxBody<Bytes, Lost> {
    http_body_util::Full::new(Bytes::from_static(text.as_bytes())).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// Tells how much was taken when the connection ends.
struct Count(usize, mpsc::UnboundedSender<usize>);

impl Drop for Count {
    fn drop(&mut self) {
        _ = self.1.send(self.0); // the test may be over
    }
}

fn endless(taken: mpsc::UnboundedSender<usize>) -> UnsyncBoxBody<Bytes, Lost> {
    static PART: [u8; 16 * 1024] = [b'x'; 16 * 1024];
    let parts = stream::unfold(Count(0, taken), |mut count| async move {
        count.0 += PART.len();
        Some((Ok(Frame::data(Bytes::from_static(&PART))), count))
    });
    StreamBody::new(parts).boxed_unsync()
}
