//! What a mail server's refusal, or its silence, means for the next try.

use std::{borrow::Cow, error::Error};

use crate::notify::reply::Attempt;

/// How far an attempt has come: what is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Our own part.
    Write,
    /// A connection that is protected, and its greetings.
    Connect,
    /// Signing in.
    Auth,
    /// The sender's address.
    Sender,
    /// The recipient's address.
    Recipient,
    /// Leave to send the message.
    Data,
    /// The answer to the message.
    Message,
}

impl Step {
    /// What was done, and to what; `server` is its host and port.
    fn at(self, server: &str) -> Cow<'static, str> {
        match self {
            Self::Write => "writing the mail".into(),
            Self::Connect => format!("connecting to {server}").into(),
            Self::Auth => format!("signing in to {server}").into(),
            Self::Sender => "MAIL FROM".into(),
            Self::Recipient => "RCPT TO".into(),
            Self::Data => "DATA".into(),
            Self::Message => "after the message".into(),
        }
    }
}

/// Why an attempt failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The server refused.
    Refused {
        /// 400 to 599.
        code: u16,
        /// What it said.
        text: String,
    },
    /// No answer, or none that SMTP knows.
    Broke(String),
    /// Whatever the server does, it will never work.
    Never(String),
}

impl From<lettre::transport::smtp::Error> for Fault {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        match error.status() {
            Some(code) => Self::Refused { code: code.into(), text: innermost(&error) },
            None => Self::Broke(innermost(&error)),
        }
    }
}

/// What an error begins with, without the layers around it.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    std::iter::successors(Some(error), |&cause| cause.source()).last().map_or_else(String::new, ToString::to_string)
}

impl Fault {
    /// Only what is wrong with this recipient's address ends a notice. What is wrong with us, with the server or with the message
    /// is the operator's to mend, and until then tried again.
    pub fn judge(self, step: Step, server: &str) -> Attempt {
        let at = step.at(server);
        match self {
            Self::Never(why) => Attempt::permanent(&why),
            Self::Refused { code, text } if is_the_recipients(step, code, &text) => {
                Attempt::permanent(&format!("{at}: {code} {text}"))
            }
            Self::Refused { code, text } => Attempt::retry(&format!("{at}: {code} {text}")),
            Self::Broke(why) if step == Step::Message => Attempt::retry(&format!(
                "{at}: {why}; whether it was taken is not known, so it is sent again under the same Message-ID"
            )),
            Self::Broke(why) => Attempt::retry(&format!("{at}: {why}")),
        }
    }
}

/// By the enhanced code (RFC 3463) where there is one, else by the answer to RCPT. In doubt it is not the recipient's.
fn is_the_recipients(step: Step, code: u16, text: &str) -> bool {
    match enhanced(text) {
        _ if code < 500 || step < Step::Recipient => false,
        // No such mailbox, domain, syntax; moved; takes no mail; disabled. 5.1.7 and 5.1.8 are about the sender.
        Some((subject, detail)) => matches!((subject, detail), (1, 1 | 2 | 3 | 6 | 10) | (2, 1)),
        None => step == Step::Recipient && matches!(code, 550 | 551 | 553) && !speaks_of_us(text),
    }
}

/// Subject and detail of a code like `5.1.1` at the beginning.
fn enhanced(text: &str) -> Option<(u16, u16)> {
    let mut parts = text.split_whitespace().next()?.splitn(3, '.').map(|part| part.parse().ok());
    match (parts.next()??, parts.next()??, parts.next()??) {
        (5, subject, detail) => Some((subject, detail)),
        _ => None,
    }
}

/// Servers without enhanced codes say 550 for everything: "relay not permitted" is no unknown mailbox.
fn speaks_of_us(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["relay", "auth", "sender", "denied", "block", "spam", "polic"].iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gives_up(step: Step, code: u16, text: &str) -> bool {
        matches!(Fault::Refused { code, text: text.into() }.judge(step, "a:25"), Attempt::Permanent { .. })
    }

    #[test]
    fn an_address_that_takes_no_mail_is_given_up() {
        for (step, code, text) in [
            (Step::Recipient, 550, "5.1.1 <it@acme.example>: user unknown"),
            (Step::Recipient, 550, "5.2.1 The account is disabled"),
            (Step::Recipient, 556, "5.1.10 Recipient address has null MX"),
            (Step::Recipient, 550, "No such user here"),
            (Step::Recipient, 553, "Requested action not taken: mailbox name not allowed"),
            (Step::Message, 550, "5.1.1 User unknown"),
        ] {
            assert!(gives_up(step, code, text), "{step:?}: {code} {text}");
        }
    }

    #[test]
    fn what_is_about_us_or_may_pass_is_tried_again() {
        for (step, code, text) in [
            (Step::Auth, 535, "5.7.8 Authentication credentials invalid"),
            (Step::Sender, 550, "5.1.1 no such sender"),
            (Step::Sender, 552, "5.3.4 Message size exceeds fixed limit"),
            (Step::Recipient, 451, "4.7.1 Greylisted, come back later"),
            (Step::Recipient, 450, "Mailbox busy"),
            (Step::Recipient, 554, "5.7.1 <it@acme.example>: Relay access denied"),
            (Step::Recipient, 550, "relay not permitted"),
            (Step::Recipient, 550, "5.1.8 Sender address rejected"),
            (Step::Recipient, 552, "5.2.2 Mailbox full"),
            (Step::Recipient, 530, "Authentication required"),
            (Step::Message, 552, "5.3.4 Message too big"),
            (Step::Message, 550, "looks like something nobody wants"),
        ] {
            assert!(!gives_up(step, code, text), "{step:?}: {code} {text}");
        }
    }

    #[test]
    fn an_answer_lost_after_the_message_says_that_it_is_sent_again() {
        let Attempt::Retry { error, .. } = Fault::Broke("connection reset".into()).judge(Step::Message, "a:25") else { panic!() };
        assert!(error.starts_with("after the message: connection reset; whether it was taken is not known"), "{error}");
    }
}
