//! One attempt: a mail handed to the mail server within its time, whatever the server does.

use std::{fmt, sync::Arc, time::Duration};

use lettre::{
    Address, Message,
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::AsyncSmtpConnection,
        commands::{Data, Mail, Rcpt},
        extension::ClientId,
        response::Severity,
    },
};
use tokio::time::timeout;

use super::{
    Login, Sender, Settings, Templates,
    connect::{self, Server},
    refusal::{Fault, Step, innermost},
};
use crate::{
    clock::Clock,
    letters::Outgoing,
    notify::{NotifyError, reply::Attempt},
};

/// What the server gets to answer QUIT. The mail is accepted by then.
const GOODBYE: Duration = Duration::from_secs(1);
/// In this order. Both send the password as it is, so that they need a protected connection.
const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];

/// All that an attempt needs besides the notice.
///
/// Each attempt has a connection of its own, as with webhooks: sockets are bounded by the attempts in flight, no kept connection
/// turns out to be dead, and a changed password or address of the server counts at once. That costs some eight round trips more for
/// each mail. At answers after 50 ms, 16 side by side still make 13 mails a second, or 10,000 within the 15 minutes that a slot
/// leaves for delivery (R7); 4 would need 44.
pub(in crate::notify) struct Email {
    server: Server,
    login: Option<Login>,
    sender: Sender,
    templates: Templates,
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email")
    }
}

impl Email {
    /// Reads the templates.
    pub fn new(settings: Settings, ca_pem: Option<&[u8]>) -> Result<Self, NotifyError> {
        let Settings { host, port, security, login, sender, templates_dir } = settings;
        let templates = Templates::load(templates_dir.as_deref())?;
        let (tls, hello) = (connect::tls(&host, ca_pem).map_err(NotifyError::MailTls)?, ClientId::Domain(sender.domain.clone()));
        let server = Server { name: format!("{host}:{port}"), host, port, security, tls, hello };
        Ok(Self { server, login, sender, templates })
    }

    /// Sends the notice once; `limit` is the time until the server's answer to the whole message.
    pub async fn send(&self, notice: &Outgoing, to: &str, limit: Duration, clock: &Arc<dyn Clock>) -> Attempt {
        let mut step = Step::Write;
        match timeout(limit, self.hand_over(notice, to, limit, &mut step)).await {
            Ok(Ok(mut connection)) => {
                let at = clock.now();
                _ = timeout(GOODBYE, connection.quit()).await; // whatever it says: the mail is accepted
                Attempt::Accepted { at }
            }
            Ok(Err(fault)) => fault.judge(step, &self.server.name),
            Err(_) => Fault::Broke("no answer in time".into()).judge(step, &self.server.name),
        }
    }

    /// Goes through all steps; the server has accepted the mail when the connection comes back.
    async fn hand_over(
        &self,
        notice: &Outgoing,
        to: &str,
        limit: Duration,
        step: &mut Step,
    ) -> Result<AsyncSmtpConnection, Fault> {
        let to_address = recipient(to)?;
        let letter = self.letter(notice, to)?;
        *step = Step::Connect;
        let mut connection = self.server.connect(limit).await?;
        if let Some(login) = &self.login {
            *step = Step::Auth;
            sign_in(&mut connection, login).await?;
        }
        *step = Step::Sender;
        connection.command(Mail::new(Some(self.sender.from.email.clone()), vec![])).await?;
        *step = Step::Recipient;
        connection.command(Rcpt::new(to_address, vec![])).await?;
        *step = Step::Data;
        expect(&connection.command(Data).await?, Severity::PositiveIntermediate)?;
        *step = Step::Message;
        expect(&connection.message(&letter.formatted()).await?, Severity::PositiveCompletion)?;
        Ok(connection)
    }

    fn letter(&self, notice: &Outgoing, to: &str) -> Result<Message, Fault> {
        self.templates.letter(notice, to, &self.sender).map_err(|error| Fault::Broke(innermost(&error)))
    }
}

/// Addresses beyond ASCII take SMTPUTF8, which many servers on the way lack: a mail that was accepted here would bounce there.
fn recipient(to: &str) -> Result<Address, Fault> {
    if !to.is_ascii() {
        return Err(Fault::Never(format!("{to} is not ASCII; write its domain as xn--…, or name another address")));
    }
    to.parse().map_err(|error| Fault::Never(format!("{to} is no e-mail address: {error}")))
}

async fn sign_in(connection: &mut AsyncSmtpConnection, login: &Login) -> Result<(), Fault> {
    let password = login.password().await.map_err(|error| Fault::Broke(error.to_string()))?;
    if connection.server_info().get_auth_mechanism(MECHANISMS).is_none() {
        return Err(Fault::Broke("it offers neither AUTH PLAIN nor AUTH LOGIN".into()));
    }
    let credentials = Credentials::new(login.username.clone(), password.0);
    connection.auth(MECHANISMS, &credentials).await?;
    Ok(())
}

/// lettre takes every 2xx and 3xx for success.
fn expect(answer: &lettre::transport::smtp::response::Response, severity: Severity) -> Result<(), Fault> {
    let code = answer.code();
    if code.severity == severity {
        Ok(())
    } else {
        Err(Fault::Broke(format!("the server answered {code}, which says nothing here")))
    }
}
