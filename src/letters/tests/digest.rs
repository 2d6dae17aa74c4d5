//! What the platform's own contacts read.

use super::*;
use crate::{
    api::tenant::{Longest, PlatformEnd},
    letters::write,
};

prop_compose! {
    pub fn any_platform_end()(
        license in any::<bool>(),
        ahead in any::<bool>(),
        installations in prop::collection::vec("[a-z]{1,9}", 0..8),
        releases in prop::collection::vec("2026\\.[1-9]\\.0", 0..8),
        alternatives in prop::collection::vec("[a-z]{1,9} \\([a-z][a-z\r\n\u{202e}]{0,8}[a-z]\\)", 0..3),
        longest in prop::option::of(Just(Longest { cycle: "17".into(), ends_on: Some(jiff::civil::date(2029, 11, 8)) })),
        reference in prop::option::of(Just("PO\r\n4711".to_owned())),
    ) -> PlatformEnd {
        PlatformEnd { installations, releases, reference, alternatives, longest, ..end(if license { "license/extended" } else { "13.2" }, ahead) }
    }
}

fn end(subject: &str, ahead: bool) -> PlatformEnd {
    PlatformEnd {
        product: "postgresql".into(),
        label: "PostgreSQL".into(),
        subject: subject.into(),
        ends_on: jiff::civil::date(2026, 12, 16),
        before: ahead.then(|| Duration::from_hours(720)),
        installations: vec![],
        releases: vec![],
        reference: None,
        covers: vec![],
        alternatives: vec![],
        longest: None,
    }
}

fn digest(digest: Vec<PlatformEnd>) -> Message {
    let (tenant, address) = (TenantKey::platform(), Address::Email("ops@corp.example".into()));
    let record = NoticeRecord { release: String::new(), slot: None, ..record(NoticeKind::SupportDigest) };
    let facts = NoticeFacts { customer: "the platform".into(), digest, ..NoticeFacts::default() };
    write(&Notice { tenant, tenant_uid: "platform".into(), address, record, facts }).message
}

#[test]
fn a_digest_says_of_each_end_when_where_and_what_to_do() {
    let service = PlatformEnd {
        installations: vec!["pg-eu-1".into(), "pg-us-1".into()],
        alternatives: vec!["PostgreSQL 17 (pg_upgrade, one window)".into()],
        longest: Some(Longest { cycle: "18".into(), ends_on: Some(jiff::civil::date(2030, 11, 14)) }),
        ..end("13.2", true)
    };
    let images = PlatformEnd { releases: vec!["2026.11.0".into()], ..end("13.1", true) };
    let license = PlatformEnd { reference: Some("PO-4711".into()), covers: vec!["13".into()], ..end("license/extended", false) };
    let told = digest(vec![license.clone(), service, images]);
    assert_eq!(told.subject, "Platform: licence \"extended\" of PostgreSQL is over, and 2 more end or have ended");
    let paragraphs: Vec<_> = told.text.split("\n\n").collect();
    assert_eq!(
        paragraphs,
        [
            "Licence \"extended\" of PostgreSQL has not counted since Wed 16 Dec 2026. It was bought as PO-4711. It covers 13. \
             Renew it, and correct spec.licenses of SoftwareProduct postgresql.",
            "PostgreSQL 13.2 is not supported from Wed 16 Dec 2026 on. It runs as pg-eu-1, pg-us-1. Replace it before that day, and correct the version in SoftwareProduct postgresql. \
             It may be replaced by: PostgreSQL 17 (pg_upgrade, one window). Of its life cycles 18 is supported longest, until Thu 14 Nov 2030.",
            "PostgreSQL 13.1 is not supported from Wed 16 Dec 2026 on. It is in the images of 2026.11.0, which somebody runs. \
             Bring these tenants to a release without it before that day.",
            "Days are in UTC, and are the first without support. You get at most one such message a day. Each end is told once at each of its thresholds, and once when it is over.",
        ]
    );
    assert_eq!(digest(vec![license]).subject, "Platform: licence \"extended\" of PostgreSQL is over");
    let both = PlatformEnd { installations: vec!["pg".into()], releases: vec!["2026.11.0".into()], ..end("13.2", false) };
    let told = digest(vec![both]);
    assert!(
        told.text.contains("It runs as pg. It is in the images of 2026.11.0, which somebody runs. Replace it, and bring these"),
        "{}",
        told.text
    );
    assert_eq!((told.namespace.as_str(), told.tenant.as_str(), told.customer.as_str()), ("", "", "the platform"));
}
