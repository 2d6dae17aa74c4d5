//! One attempt: a POST that ends within its time, whatever the receiver does.

use std::{sync::Arc, time::Duration};

use http::header::CONTENT_TYPE;
use reqwest::{Client, Response};
use url::Url;

use super::{address::Lookup, client::Clients, cloudevent, reply::Attempt, secret::Secret, settings::NotifyError, signature};
use crate::{
    api::address::{self, check_hosts},
    clock::Clock,
    letters::Outgoing,
};

/// As much of a reply is read; its status decides anyway.
const REPLY_LIMIT: usize = 64 * 1024;

/// All that an attempt needs besides the notice.
#[derive(Debug)]
pub(super) struct Webhook {
    clients: Clients,
    source: String,
    secrets: Vec<Secret>,
    allow_hosts: Vec<String>,
}

impl Webhook {
    /// Refuses what no notice could be sent with.
    pub fn new(
        source: String,
        secrets: Vec<Secret>,
        allow_hosts: Vec<String>,
        ca_pem: Option<&[u8]>,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, NotifyError> {
        check_hosts(&allow_hosts)?;
        if source.is_empty() {
            return Err(NotifyError::NoSource);
        }
        if secrets.is_empty() {
            return Err(NotifyError::NoSecret);
        }
        Ok(Self { clients: Clients::new(ca_pem, lookup)?, source, secrets, allow_hosts })
    }

    /// Sends the notice once; `limit` is the time for all of it, the reading of the reply included.
    pub async fn send(&self, notice: &Outgoing, webhook: &str, limit: Duration, clock: &Arc<dyn Clock>) -> Attempt {
        let (client, url) = match self.route(webhook) {
            Ok(route) => route,
            Err(refused) => return Attempt::permanent(&refused.to_string()),
        };
        let request = match self.request(client, url, notice, clock) {
            Ok(request) => request.timeout(limit),
            Err(error) => return Attempt::permanent(&format!("writing the message: {error}")),
        };
        match request.send().await {
            Ok(reply) => {
                let attempt = Attempt::from_status(reply.status(), reply.headers(), clock.now());
                drain(reply).await;
                attempt
            }
            Err(error) => Attempt::from_error(&error),
        }
    }

    /// The client for this address. It is judged again, since literal addresses never meet the guarded resolver.
    fn route(&self, webhook: &str) -> Result<(&Client, Url), address::Refused> {
        address::check(webhook, &self.allow_hosts)?;
        let url = Url::parse(webhook).map_err(address::Refused::NotAUrl)?;
        let listed = address::is_listed(&url, &self.allow_hosts);
        Ok((if listed { &self.clients.open } else { &self.clients.guarded }, url))
    }

    fn request(
        &self,
        client: &Client,
        url: Url,
        notice: &Outgoing,
        clock: &Arc<dyn Clock>,
    ) -> serde_json::Result<reqwest::RequestBuilder> {
        let (id, timestamp) = (cloudevent::webhook_id(notice), clock.now().as_second());
        let body = cloudevent::body(notice, &self.source)?;
        let signatures = signature::sign(&self.secrets, &id, timestamp, &body);
        Ok(client
            .post(url)
            .header(CONTENT_TYPE, cloudevent::CONTENT_TYPE)
            .header(signature::ID, id)
            .header(signature::TIMESTAMP, timestamp)
            .header(signature::SIGNATURE, signatures)
            .body(body))
    }
}

/// Reads the reply up to the limit, so that the receiver sees an orderly end. What breaks off here changes nothing.
async fn drain(mut reply: Response) {
    let mut read = 0;
    while read < REPLY_LIMIT
        && let Ok(Some(chunk)) = reply.chunk().await
    {
        read += chunk.len();
    }
}
