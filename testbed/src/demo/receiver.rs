//! The customers' end of the notices: a real HTTP server that checks each signature by code of its own.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result, ensure};
use base64::prelude::{BASE64_STANDARD, Engine};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};

use crate::clock::Authority;

/// One attempt of the operator to tell somebody something.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// When it came, virtual time.
    pub at: Timestamp,
    /// Where it came.
    pub path: String,
    pub webhook_id: String,
    /// What this server answered.
    pub status: u16,
    /// The CloudEvent's data.
    pub data: Value,
}

#[derive(Default)]
struct State {
    deliveries: Vec<Delivery>,
    /// Paths that answer 503, and until when.
    out: BTreeMap<String, Timestamp>,
    /// Requests that no customer would believe: each fails the demo.
    forged: Vec<String>,
}

#[derive(Clone)]
pub struct Receiver {
    state: Arc<Mutex<State>>,
    secret: Arc<Vec<u8>>,
    clock: Arc<Authority>,
}

impl Receiver {
    /// Starts the server on a free port of loopback, and says its address.
    pub async fn start(secret: Vec<u8>, clock: Arc<Authority>) -> Result<(Self, String)> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("binding the customers' webhook server")?;
        let address = listener.local_addr().context("reading its address")?.to_string();
        let receiver = Self { state: Arc::default(), secret: Arc::new(secret), clock };
        tokio::spawn(receiver.clone().serve(listener));
        Ok((receiver, address))
    }

    /// From now on these paths answer 503, until then.
    pub fn fail(&self, paths: impl IntoIterator<Item = String>, until: Timestamp) {
        self.state().out.extend(paths.into_iter().map(|path| (path, until)));
    }

    pub fn deliveries(&self) -> Vec<Delivery> {
        self.state().deliveries.clone()
    }

    pub fn forged(&self) -> Vec<String> {
        self.state().forged.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self, listener: TcpListener) {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(self.clone().attend(connection));
        }
    }

    async fn attend(self, connection: TcpStream) {
        let answer = service_fn(move |request| {
            let receiver = self.clone();
            async move { receiver.answer(request).await }
        });
        // A killed operator leaves broken connections; they are no news.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(connection), answer).await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Empty<bytes::Bytes>>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.context("reading a notice")?.to_bytes();
        let (path, at) = (head.uri.path().to_owned(), self.clock.now());
        let status = match verify(&self.secret, &head.headers, &body, at) {
            Ok(id) => self.record(path, id, &body, at)?,
            Err(error) => {
                self.state().forged.push(format!("{path} at {at}: {error:#}"));
                StatusCode::UNAUTHORIZED
            }
        };
        Ok(Response::builder().status(status).body(Empty::new())?)
    }

    fn record(&self, path: String, webhook_id: String, body: &[u8], at: Timestamp) -> Result<StatusCode> {
        let event: Value = serde_json::from_slice(body).context("parsing a notice")?;
        let mut state = self.state();
        let out = state.out.get(&path).is_some_and(|until| at < *until);
        let status = if out { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::NO_CONTENT };
        let data = event["data"].clone();
        state.deliveries.push(Delivery { at, path, webhook_id, status: status.as_u16(), data });
        Ok(status)
    }
}

/// Standard Webhooks: HMAC-SHA256 of `id.timestamp.body`, and a timestamp within five minutes.
fn verify(secret: &[u8], headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<String> {
    let header = |name: &str| {
        let value = headers.get(name).with_context(|| format!("no header {name}"))?;
        value.to_str().with_context(|| format!("header {name} is not text"))
    };
    let (id, stamp) = (header("webhook-id")?, header("webhook-timestamp")?);
    let age = now.as_second() - stamp.parse::<i64>().context("webhook-timestamp is no number")?;
    ensure!(age.abs() <= 300, "it is {age} s old");
    let signed = [id.as_bytes(), b".", stamp.as_bytes(), b".", body].concat();
    let right = BASE64_STANDARD.encode(hmac_sha256(secret, &signed));
    let signatures = header("webhook-signature")?;
    ensure!(signatures.split(' ').any(|one| one.strip_prefix("v1,") == Some(&right)), "no signature fits");
    Ok(id.to_owned())
}

/// HMAC as RFC 2104 says it: this end must not share the library's code, or both could be wrong alike.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0u8; 64];
    block[..key.len().min(64)].copy_from_slice(&key[..key.len().min(64)]);
    let pad = |byte: u8| block.map(|b| b ^ byte);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_case_of_rfc_4231() {
        let mac = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        let hex = mac.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
