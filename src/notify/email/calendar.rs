//! The invitation of a letter as iCalendar (RFC 5545, RFC 5546).
//!
//! Written by hand: it is one entry with a dozen lines, and the crates that make them read the clock and let a quotation mark of a
//! parameter through.

use std::fmt::Write as _;

use jiff::Timestamp;
use lettre::{Address, message::Mailbox};

use crate::letters::{Invitation, Method};

/// What a line may hold before it is folded, in octets.
const LINE: usize = 75;

/// One entry and what becomes of it.
pub(super) struct Entry<'a> {
    /// The change.
    pub invitation: &'a Invitation,
    /// When the notice was written down.
    pub created_at: Timestamp,
    /// Its title, one line.
    pub title: &'a str,
    /// The text of the letter.
    pub text: &'a str,
    /// Who invites. Gmail takes out an entry only where this is who sends the mail.
    pub organizer: &'a Mailbox,
    /// Who is invited.
    pub attendee: &'a Address,
}

impl Method {
    /// The word of RFC 5546.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }

    const fn status(self) -> &'static str {
        match self {
            Self::Request => "CONFIRMED",
            Self::Cancel => "CANCELLED",
        }
    }
}

impl Entry<'_> {
    /// The whole calendar, its lines folded and ended by CRLF. Equal entries make equal bytes.
    pub fn to_ics(&self) -> String {
        let Invitation { method, uid, sequence, opens_at, closes_at } = self.invitation;
        let mut lines = vec![
            "BEGIN:VCALENDAR".into(),
            "VERSION:2.0".into(),
            "PRODID:-//uplift.dev//Uplift//EN".into(),
            "CALSCALE:GREGORIAN".into(),
            format!("METHOD:{}", method.word()),
            "BEGIN:VEVENT".into(),
            format!("UID:{}", escape(uid)),
            format!("SEQUENCE:{sequence}"),
            format!("DTSTAMP:{}", utc(self.created_at)),
            format!("DTSTART:{}", utc(*opens_at)),
        ];
        lines.extend(closes_at.map(|at| format!("DTEND:{}", utc(at))));
        lines.extend([
            format!("SUMMARY:{}", escape(self.title)),
            format!("DESCRIPTION:{}", escape(self.text)),
            format!("ORGANIZER{}:{}", common_name(self.organizer), mailto(&self.organizer.email)),
            // Nobody waits for an answer here: an opt-out is told to support, and silence is consent (R10).
            format!("ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:{}", mailto(self.attendee)),
            format!("STATUS:{}", method.status()),
            "TRANSP:TRANSPARENT".into(), // an upgrade makes nobody busy
            "END:VEVENT".into(),
            "END:VCALENDAR".into(),
        ]);
        lines.iter().flat_map(|line| [fold(line), "\r\n".into()]).collect()
    }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// A parameter can hold neither a quotation mark nor a control character, in any writing.
fn common_name(mailbox: &Mailbox) -> String {
    let plain = |name: &String| name.chars().map(|c| if c == '"' || c.is_control() { '\'' } else { c }).collect::<String>();
    mailbox.name.as_ref().map(|name| format!(";CN=\"{}\"", plain(name))).unwrap_or_default()
}

/// The address as a URI: what has a meaning there is written in percent (RFC 6068).
fn mailto(address: &Address) -> String {
    let mut uri = String::from("mailto:");
    for byte in address.to_string().bytes() {
        if byte.is_ascii_alphanumeric() || b"@.-_~+!$'*".contains(&byte) {
            uri.push(byte.into());
        } else {
            _ = write!(uri, "%{byte:02X}"); // a String takes everything
        }
    }
    uri
}

/// Folds a line between characters: each but the first begins with a space, which counts.
fn fold(line: &str) -> String {
    let (mut folded, mut width) = (String::with_capacity(line.len() + line.len() / 32), 0);
    for c in line.chars() {
        if width + c.len_utf8() > LINE {
            folded.push_str("\r\n ");
            width = 1;
        }
        folded.push(c);
        width += c.len_utf8();
    }
    folded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ics(organizer: &str, attendee: &str, text: &str) -> String {
        let invitation = Invitation {
            method: Method::Cancel,
            uid: "u1@uplift.dev".into(),
            sequence: 7,
            opens_at: "2026-12-15T18:00:00Z".parse().unwrap(),
            closes_at: None,
        };
        let entry = Entry {
            invitation: &invitation,
            created_at: "2026-12-01T09:00:00.9Z".parse().unwrap(),
            title: "Upgrade, then; tea",
            text,
            organizer: &organizer.parse().unwrap(),
            attendee: &attendee.parse().unwrap(),
        };
        entry.to_ics()
    }

    #[test]
    fn an_entry_without_a_close_is_taken_out_by_its_opening() {
        assert_eq!(
            ics("Hosting <ops@host.example>", "it@acme.example", "Line\nback\\slash"),
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//uplift.dev//Uplift//EN\r\nCALSCALE:GREGORIAN\r\nMETHOD:CANCEL\r\n\
             BEGIN:VEVENT\r\nUID:u1@uplift.dev\r\nSEQUENCE:7\r\nDTSTAMP:20261201T090000Z\r\nDTSTART:20261215T180000Z\r\n\
             SUMMARY:Upgrade\\, then\\; tea\r\nDESCRIPTION:Line\\nback\\\\slash\r\n\
             ORGANIZER;CN=\"Hosting\":mailto:ops@host.example\r\n\
             ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:it@acme.example\r\n\
             STATUS:CANCELLED\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
    }

    #[test]
    fn names_and_addresses_cannot_leave_their_line() {
        let organizer = Mailbox::new(Some("A\"B\r\nX:1".into()), "ops@host.example".parse().unwrap());
        assert_eq!(common_name(&organizer), ";CN=\"A'B''X:1\"");
        assert_eq!(mailto(&"a%b?c=d@acme.example".parse().unwrap()), "mailto:a%25b%3Fc%3Dd@acme.example");
    }

    proptest! {
        #[test]
        fn folded_lines_fit_and_unfold_to_what_they_were(line in "[^\r\n]{0,300}") {
            let folded = fold(&line);
            prop_assert!(folded.split("\r\n").all(|part| part.len() <= LINE));
            prop_assert_eq!(folded.replace("\r\n ", ""), line);
        }
    }
}
