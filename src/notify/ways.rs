//! The ways on which a notice goes out, one for each kind of address.

use std::{sync::Arc, time::Duration};

use super::{address::Lookup, email::Email, reply::Attempt, settings::NotifyError, settings::Settings, webhook::Webhook};
use crate::{clock::Clock, letters::Outgoing, plan::Address};

/// All that attempts need besides their notices.
#[derive(Debug)]
pub(super) struct Ways {
    webhook: Webhook,
    email: Option<Email>,
}

impl Ways {
    pub fn new(settings: Settings, lookup: Arc<dyn Lookup>) -> Result<Self, NotifyError> {
        let Settings { source, secrets, allow_hosts, ca_pem, email, .. } = settings;
        let webhook = Webhook::new(source, secrets, allow_hosts, ca_pem.as_deref(), lookup)?;
        let email = email.map(|email| Email::new(email, ca_pem.as_deref())).transpose()?;
        Ok(Self { webhook, email })
    }

    /// Sends the notice once, within `limit`.
    pub async fn send(&self, notice: &Outgoing, limit: Duration, clock: &Arc<dyn Clock>) -> Attempt {
        match (&notice.address, &self.email) {
            (Address::Webhook(url), _) => self.webhook.send(notice, url, limit, clock).await,
            (Address::Email(to), Some(email)) => email.send(notice, to, limit, clock).await,
            (Address::Email(_), None) => Attempt::permanent("no mail server is configured"),
        }
    }
}
