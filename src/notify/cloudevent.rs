//! A notice as a CloudEvent 1.0 in structured JSON, and its stable id.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    api::tenant::NoticeKind,
    letters::{Message, Outgoing},
};

/// The media type of the body.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    type_: String,
    subject: String,
    time: Timestamp,
    datacontenttype: &'static str,
    data: &'a Message,
}

/// The stable id of a notice for one contact: `<key>_<contact>`, the same in every repetition and after a restart.
///
/// Standard Webhooks wants no full stop in an id, since full stops separate what is signed. Letters, digits and `-` stay, every
/// other byte becomes `~` and two hex digits: two notices never share an id.
pub fn webhook_id(notice: &Outgoing) -> String {
    format!("{}_{}", safe(&notice.key.to_string()), safe(&notice.contact))
}

pub(super) fn safe(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'-' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => out.push(char::from(byte)),
            _ => _ = write!(out, "~{byte:02x}"), // a String takes everything
        }
        out
    })
}

/// The body of the request: equal notices make equal bytes. `source` is the URI that names this operator.
pub fn body(notice: &Outgoing, source: &str) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&CloudEvent {
        specversion: "1.0",
        id: &webhook_id(notice),
        source,
        type_: format!("dev.uplift.notice.{}.v1", kind(notice.message.kind)),
        subject: notice.tenant.to_string(),
        time: notice.created_at,
        datacontenttype: "application/json",
        data: &notice.message,
    })
}

/// The kind as it stands in the event's type and in the header of an e-mail; receivers filter by it, so it never changes.
pub(super) const fn kind(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Planned => "planned",
        NoticeKind::Moved => "moved",
        NoticeKind::Reminder => "reminder",
        NoticeKind::OptOutAccepted => "opt-out-accepted",
        NoticeKind::OptOutTooLate => "opt-out-too-late",
        NoticeKind::OptOutLimitReached => "opt-out-limit-reached",
        NoticeKind::OptOutUndone => "opt-out-undone",
        NoticeKind::Postponed => "postponed",
        NoticeKind::Succeeded => "succeeded",
        NoticeKind::Failed => "failed",
        NoticeKind::RolledBack => "rolled-back",
        NoticeKind::SupportEnding => "support-ending",
        NoticeKind::SupportEnded => "support-ended",
        NoticeKind::TrialReady => "trial-ready",
        NoticeKind::TrialEnding => "trial-ending",
        NoticeKind::TrialEnded => "trial-ended",
        NoticeKind::SupportDigest => "support-digest",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::fixture::notice;

    #[test]
    fn an_event_carries_the_notice_and_its_stable_id() {
        let body = String::from_utf8(body(&notice("k1", "it"), "https://uplift.example/prod").unwrap()).unwrap();
        assert_eq!(
            body,
            r#"{"specversion":"1.0","id":"k1_it","source":"https://uplift.example/prod","type":"dev.uplift.notice.planned.v1","#
                .to_owned()
                + r#""subject":"acme/web","time":"2026-12-01T09:00:00Z","datacontenttype":"application/json","#
                + r#""data":{"kind":"Planned","customer":"Acme Ltd","namespace":"acme","tenant":"web","from":"2026.11.0","#
                + r#""to":"2026.12.0","subject":"An upgrade","text":"It comes."}}"#
        );
    }

    #[test]
    fn ids_hold_safe_characters_only_and_never_collide() {
        assert_eq!(webhook_id(&notice("k.1", "it_ü")), "k~2e1_it~5f~c3~bc");
        assert_ne!(webhook_id(&notice("a_b", "c")), webhook_id(&notice("a", "b_c")));
    }
}
