//! One question: a GET that ends within its time and its size, whatever the server does.

use std::{sync::Arc, time::Duration};

use http::{
    HeaderMap, StatusCode,
    header::{ACCEPT, ETAG, IF_NONE_MATCH},
};
use jiff::Timestamp;
use reqwest::Response;

use super::document::{self, Wrong};
use crate::{
    api::{
        address::{InvalidHost, check_hosts},
        reason::Reason,
    },
    clock::Clock,
    fleet::Reply,
    notify::{
        NotifyError,
        address::Lookup,
        client,
        reply::{in_words, retry_after, shorten},
    },
    plan::Fetch,
};

/// The longest tag that is kept; it stands in a status.
const LONGEST_TAG: usize = 256;

/// Sources cannot be asked with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum LifecycleError {
    /// An entry of `lifecycle.allowHosts` is no host.
    #[error("reading the hosts that life cycles may be read from (lifecycle.allowHosts)")]
    AllowHosts(#[from] InvalidHost),
    /// There is no client.
    #[error("building the HTTP client for sources of life cycles")]
    Client(#[source] NotifyError),
}

/// What a question may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the name's resolution to the end of the answer.
    pub time: Duration,
    /// Bytes of the answer.
    pub size: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(10), size: 1024 * 1024 }
    }
}

/// Asks sources. Their hosts stand in the configuration, so that they may be private.
pub(super) struct Client {
    http: reqwest::Client,
    limits: Limits,
}

impl Client {
    /// Refuses what no source could be asked with.
    pub fn new(hosts: &[String], ca_pem: Option<&[u8]>, lookup: Arc<dyn Lookup>, limits: Limits) -> Result<Self, LifecycleError> {
        check_hosts(hosts)?;
        let http = client::open(ca_pem, lookup).map_err(LifecycleError::Client)?;
        Ok(Self { http, limits })
    }

    /// Asks once.
    pub async fn ask(&self, fetch: &Fetch, clock: &dyn Clock) -> Reply {
        let mut request = self.http.get(&fetch.url).header(ACCEPT, "application/json").timeout(self.limits.time);
        if let Some(tag) = &fetch.etag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        match request.send().await {
            Ok(answer) => self.judge(answer, fetch.etag.is_some(), clock.now()).await,
            Err(error) => broken(&error),
        }
    }

    async fn judge(&self, answer: Response, has_tag: bool, now: Timestamp) -> Reply {
        let status = answer.status();
        match status {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if has_tag => return Reply::Same,
            StatusCode::TOO_MANY_REQUESTS => return refused(Reason::TooManyRequests, status, answer.headers(), now),
            // Nobody asked for a change only.
            StatusCode::NOT_MODIFIED => return refused(Reason::HttpError, status, answer.headers(), now),
            _ if status.is_redirection() => return refused(Reason::Redirected, status, answer.headers(), now),
            _ => return refused(Reason::HttpError, status, answer.headers(), now),
        }
        let etag = tag(answer.headers());
        match self.body(answer).await.and_then(|body| document::read(&body).map_err(|wrong| failed(&wrong))) {
            Ok(releases) => Reply::New { etag, releases },
            Err(failed) => failed,
        }
    }

    /// What is too large is not read to its end.
    async fn body(&self, mut answer: Response) -> Result<Vec<u8>, Reply> {
        let mut body = vec![];
        while let Some(chunk) = answer.chunk().await.map_err(|error| broken(&error))? {
            if body.len() + chunk.len() > self.limits.size {
                let message = format!("the answer has more than {} KiB", self.limits.size / 1024);
                return Err(failed(&Wrong { reason: Reason::TooLarge, message }));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn tag(headers: &HeaderMap) -> Option<String> {
    let tag = headers.get(ETAG)?.to_str().ok()?;
    (tag.len() <= LONGEST_TAG).then(|| tag.to_owned())
}

fn broken(error: &reqwest::Error) -> Reply {
    Reply::Failed { reason: Reason::SourceUnreachable, message: shorten(&in_words(error)), after: None }
}

fn refused(reason: Reason, status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Reply {
    let after = retry_after(headers, now).and_then(|after| i64::try_from(after.as_secs()).ok());
    Reply::Failed { reason, message: format!("HTTP {status}"), after }
}

fn failed(wrong: &Wrong) -> Reply {
    Reply::Failed { reason: wrong.reason, message: shorten(&wrong.message), after: None }
}
