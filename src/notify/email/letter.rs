//! A notice as a letter (R10): text, HTML and, where the calendar changes, an invitation. Equal notices make equal bytes.

use std::{fmt::Write as _, time::SystemTime};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use lettre::{
    Address, Message,
    address::AddressError,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, ContentTypeErr, HeaderName, HeaderValue},
    },
};
use sha2::{Digest, Sha256};

use super::{Sender, calendar::Entry, templates::Part};
use crate::{
    letters::{Invitation, Outgoing},
    notify::cloudevent::{kind, safe},
};

pub use super::templates::{TemplateError, Templates};

/// The octets of an encoded word of a header: with what stands around it it has to stay below 76.
const WORD: usize = 42;

/// A letter can't be written.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// The contact's address is none.
    #[error("the contact's e-mail address {address:?} does not parse; write it like it@acme.example")]
    Address {
        /// As written.
        address: String,
        /// Why.
        source: AddressError,
    },
    /// A built-in template fails.
    #[error("a built-in e-mail template fails")]
    BuiltIn(#[from] minijinja::Error),
    /// The type of a part is none.
    #[error("naming the type of a part of the e-mail")]
    ContentType(#[from] ContentTypeErr),
    /// The parts make no mail.
    #[error("putting the e-mail together")]
    Mime(#[from] lettre::error::Error),
}

impl Templates {
    /// The whole mail: MIME with text, HTML and, where the calendar changes, an invitation.
    pub fn letter(&self, notice: &Outgoing, to: &str, sender: &Sender) -> Result<Message, LetterError> {
        let to: Address = to.parse().map_err(|source| LetterError::Address { address: to.into(), source })?;
        let id = id(&[&notice.key.to_string(), &notice.contact], sender);
        let body = self.body(notice, &to, sender, &id)?;
        let mut mail = Message::builder()
            .from(sender.from.clone())
            .to(Mailbox::new(None, to))
            .raw_header(subject(&one_line(&self.render(Part::Subject, notice)?)))
            // When it was written down, not when it is sent: repetitions are equal. Older mail than Unix has no date in a header.
            .date(SystemTime::from(notice.created_at.max(Timestamp::UNIX_EPOCH)))
            .message_id(Some(id))
            // The letters of one upgrade belong together, and so do those about support; none of them is an answer to another.
            .references(self::id(&[&notice.tenant_uid, notice.message.to.as_deref().unwrap_or("support")], sender))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Uplift-Notice", kind(notice.message.kind)));
        if let Some(reply_to) = &sender.reply_to {
            mail = mail.reply_to(reply_to.clone());
        }
        Ok(mail.multipart(body)?)
    }

    fn body(&self, notice: &Outgoing, to: &Address, sender: &Sender, id: &str) -> Result<MultiPart, LetterError> {
        let (text, html) = (self.render(Part::Text, notice)?, self.render(Part::Html, notice)?);
        let invitation = notice.message.invitation.as_ref();
        let ics = invitation.map(|invitation| self.ics(notice, invitation, &text, to, sender)).transpose()?;
        let boundary = boundary(&[id, &text, &html, ics.as_deref().unwrap_or_default()]);
        let words = MultiPart::alternative()
            .boundary(format!("text-{boundary}"))
            .singlepart(SinglePart::plain(text))
            .singlepart(SinglePart::html(html));
        let (Some(invitation), Some(ics)) = (invitation, ics) else { return Ok(words) };
        // Outlook and Gmail take the entry from the last alternative; others know attachments only. The attachment has another type, or
        // Outlook would take it for a second invitation. This is what Google Calendar sends.
        let itip = format!("text/calendar; method={}; charset=utf-8", invitation.method.word());
        let words = words.singlepart(SinglePart::builder().content_type(ContentType::parse(&itip)?).body(ics.clone()));
        let file = Attachment::new("invite.ics".into()).body(ics, ContentType::parse("application/ics")?);
        Ok(MultiPart::mixed().boundary(format!("mail-{boundary}")).multipart(words).singlepart(file))
    }

    fn ics(
        &self,
        notice: &Outgoing,
        invitation: &Invitation,
        text: &str,
        attendee: &Address,
        sender: &Sender,
    ) -> Result<String, LetterError> {
        let title = one_line(&self.render(Part::Title, notice)?);
        let (created_at, organizer) = (notice.created_at, &sender.from);
        Ok(Entry { invitation, created_at, title: &title, text, organizer, attendee }.to_ics())
    }
}

/// An id of RFC 5322. Its left side is made of what names the notice, in characters that need no quoting.
fn id(parts: &[&str], sender: &Sender) -> String {
    format!("<{}@{}>", parts.iter().map(|part| safe(part)).collect::<Vec<_>>().join("."), sender.domain)
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.into())
}

/// lettre leaves ASCII as it is: words that are too long for a line, and those that a reader would take for encoded ones (RFC 2047).
fn subject(line: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Subject");
    if !line.contains("=?") && line.split(' ').all(|word| word.len() <= WORD) {
        return HeaderValue::new(name, line.into());
    }
    let mut words = vec![String::new()];
    for c in line.chars() {
        match words.last_mut() {
            Some(word) if word.len() + c.len_utf8() <= WORD => word.push(c),
            _ => words.push(c.into()),
        }
    }
    let words: Vec<_> = words.iter().map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word))).collect();
    HeaderValue::dangerous_new_pre_encoded(name, line.into(), words.join("\r\n "))
}

/// A header is one line, whatever a name holds.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What parts are told apart by. It is made of all that the mail says, so that nobody can write it into the mail.
fn boundary(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(16).fold(String::new(), |mut out, byte| {
        _ = write!(out, "{byte:02x}"); // a String takes everything
        out
    })
}
