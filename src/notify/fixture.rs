//! Notices for the unit tests of this module.

use crate::{
    api::tenant::NoticeKind,
    fleet::TenantKey,
    letters::{Message, Outgoing},
    plan::Address,
};

pub fn notice(key: &str, contact: &str) -> Outgoing {
    Outgoing {
        tenant: TenantKey::new("acme", "web"),
        tenant_uid: "uid-1".into(),
        key: key.into(),
        contact: contact.into(),
        address: Address::Webhook("https://hooks.example.com/x".into()),
        created_at: "2026-12-01T09:00:00Z".parse().unwrap(),
        deliver_by: "2026-12-01T10:00:00Z".parse().unwrap(),
        message: Message {
            kind: NoticeKind::Planned,
            customer: "Acme Ltd".into(),
            namespace: "acme".into(),
            tenant: "web".into(),
            from: Some("2026.11.0".into()),
            to: Some("2026.12.0".into()),
            slot: None,
            can_decline: false,
            refusals_left: None,
            verdict: None,
            reason: None,
            ends: vec![],
            trial: None,
            digest: vec![],
            subject: "An upgrade".into(),
            text: "It comes.".into(),
            notes: None,
            invitation: None,
        },
    }
}
