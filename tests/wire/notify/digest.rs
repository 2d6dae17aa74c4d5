//! R29: the digest of the platform's ends, as the planner makes it, on its way to a real receiver.

use uplift::{fleet::TenantKey, letters::Outgoing, plan::Address};

use super::{
    accepted, at, is_signed,
    office::{Office, SECRET, notice},
    receiver::{Receiver, Reply},
};
use crate::email_text::letters::month;

/// The contact has the name that customers' contacts mostly have.
const MONTH: &str = r#"
until: 2026-12-02T00:10:00Z
manifests:
- apiVersion: uplift.dev/v1alpha1
  kind: SoftwareProduct
  metadata: {name: postgresql}
  spec:
    label: PostgreSQL
    releases: [{name: "13", eolFrom: "2026-12-20"}]
    installations: [{name: pg-eu-1, version: "13.4"}]
events:
- {at: 2026-12-01T00:00:00Z, contacts: {platform: [{name: it, webhook: "https://hooks.example.test/platform"}]}}
"#;

fn digest(url: &str) -> Outgoing {
    let mut found = month(MONTH).into_iter().filter(|notice| notice.tenant == TenantKey::platform());
    let digest = found.next().unwrap();
    assert_eq!(found.count(), 0);
    Outgoing { address: Address::Webhook(url.into()), ..digest }
}

#[tokio::test]
async fn a_digest_comes_signed_and_once_more_the_same_to_whoever_failed() {
    let mut receiver = Receiver::start(&[Reply::Lose, Reply::Status(503), Reply::Status(200)]).await;
    let (url, host) = at("hooks", receiver.port);
    let (mut office, digest) = (Office::open(&[host]), digest(&url));
    office.clock.set("2026-12-01T00:10:00Z");
    office.set(&[&digest]);
    let results = [office.result().await.1, office.result().await.1, office.result().await.1];
    assert_eq!(results.map(|delivery| delivery.delivered_at.is_some()), [false, false, true]);
    let seen = [receiver.next().await, receiver.next().await, receiver.next().await];
    assert!(
        seen.iter().all(|one| one.id() == format!("{}_it", digest.key) && one.body == seen[0].body && is_signed(one, SECRET))
    );
    let event: serde_json::Value = serde_json::from_slice(&seen[0].body).unwrap();
    assert_eq!((&event["type"], &event["subject"]), (&"dev.uplift.notice.support-digest.v1".into(), &"platform".into()));
    assert_eq!(event["time"], "2026-12-01T00:10:00Z");
    let data = &event["data"];
    assert_eq!((&data["kind"], &data["customer"]), (&"SupportDigest".into(), &"the platform".into()));
    assert!(data["tenant"].is_null() && data["namespace"].is_null() && data["ends"].is_null());
    let end = serde_json::json!([{
        "product": "postgresql", "label": "PostgreSQL", "subject": "13.4", "endsOn": "2026-12-20", "before": "720h", "installations": ["pg-eu-1"],
    }]);
    assert_eq!(data["digest"], end);
    assert!(
        data["text"]
            .as_str()
            .unwrap()
            .starts_with("PostgreSQL 13.4 is not supported from Sun 20 Dec 2026 on. It runs as pg-eu-1.")
    );
}

#[tokio::test]
async fn a_contact_of_the_platform_that_hangs_keeps_no_customer_waiting() {
    let (hangs, mut customers) = (Receiver::start(&[Reply::Hang]).await, Receiver::start(&[Reply::Status(200)]).await);
    let ((url, host), (theirs, allowed)) = (at("hooks", hangs.port), at("customers", customers.port));
    let mut office = Office::open(&[host, allowed]);
    office.set(&[&digest(&url), &notice("web", "k1", &theirs)]);
    assert_eq!(office.result().await, ("k1".into(), accepted(1)));
    assert_eq!(customers.next().await.id(), "k1_it");
}
