//! Notices against real HTTP servers that accept, fail, hang, break off and lie (R10, I3, I8, I9).
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod digest;
pub mod office;
pub mod receiver;

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use office::{Names, Office, SECRET, START, notice, settings, timing};
use receiver::{Receiver, Reply, Seen};
use tokio_rustls::{TlsAcceptor, rustls};
use uplift::{fleet::delivery::Delivery, letters::Outgoing, notify::Timing, plan::Address};

/// The address of a receiver, and its entry in the list of hosts that may be private.
fn at(name: &str, port: u16) -> (String, String) {
    (format!("http://{name}.test:{port}/hook"), format!("{name}.test:{port}"))
}

/// An office with one receiver, and a notice for it.
async fn one(script: &[Reply]) -> (Office, Receiver, Outgoing) {
    let receiver = Receiver::start(script).await;
    let (url, host) = at("hooks", receiver.port);
    (Office::open(&[host]), receiver, notice("web", "k1", &url))
}

fn accepted(attempts: u32) -> Delivery {
    Delivery { attempts, delivered_at: Some(START.parse().unwrap()), last_error: None, gave_up: false }
}

/// Signs by the text of the scheme, sharing nothing with the notifier.
fn is_signed(seen: &Seen, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    mac.update([seen.id(), ".", seen.header("webhook-timestamp"), "."].concat().as_bytes());
    mac.update(&seen.body);
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    seen.header("webhook-signature").split(' ').any(|one| one == signature)
}

#[tokio::test]
async fn an_accepted_notice_is_reported_with_the_whole_second_of_its_acceptance() {
    let (mut office, mut receiver, notice) = one(&[Reply::Status(202)]).await;
    office.clock.set("2026-12-01T09:00:00.9Z");
    office.set(&[&notice]);
    assert_eq!(office.result().await, ("k1".into(), accepted(1)));
    let seen = receiver.next().await;
    assert_eq!((seen.path.as_str(), seen.id(), seen.header("webhook-timestamp")), ("/hook", "k1_it", "1796115600"));
    assert_eq!(seen.header("content-type"), "application/cloudevents+json");
    assert!(is_signed(&seen, SECRET));
    let event: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!((&event["id"], &event["type"]), (&"k1_it".into(), &"dev.uplift.notice.planned.v1".into()));
    assert_eq!((&event["time"], &event["subject"]), (&"2026-12-01T08:59:00Z".into(), &"acme/web".into()));
}

#[tokio::test]
async fn a_repetition_has_the_same_id_and_body_and_a_signature_of_its_own_time() {
    let (mut office, mut receiver, mut notice) = one(&[Reply::Hold, Reply::Status(200)]).await;
    office.set(&[&notice]);
    let first = receiver.next().await;
    office.clock.set("2026-12-01T09:01:00Z");
    notice.message.text = "Today the planner writes it in other words.".into();
    office.set(&[&notice]);
    drop(receiver.holds.recv().await);
    let (_, failed) = office.result().await;
    assert_eq!((failed.attempts, failed.delivered_at, failed.gave_up), (1, None, false));
    assert_eq!(office.result().await.1.attempts, 2);
    let second = receiver.next().await;
    assert_eq!((first.id(), &first.body), (second.id(), &second.body));
    assert_ne!(first.header("webhook-timestamp"), second.header("webhook-timestamp"));
    assert!(is_signed(&first, SECRET) && is_signed(&second, SECRET));
}

#[tokio::test]
async fn a_receiver_that_fails_once_gets_it_again_and_accepts() {
    let (mut office, mut receiver, notice) = one(&[Reply::Status(500), Reply::Status(200)]).await;
    office.set(&[&notice]);
    let failed = Delivery { attempts: 1, last_error: Some("HTTP 500 Internal Server Error".into()), ..Delivery::default() };
    assert_eq!(office.result().await.1, failed);
    assert_eq!(office.result().await.1, accepted(2));
    let (first, second) = (receiver.next().await, receiver.next().await);
    assert_eq!((first.id(), &first.body), (second.id(), &second.body));
}

#[tokio::test]
async fn several_secrets_sign_each_message() {
    const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let mut receiver = Receiver::start(&[Reply::Status(200)]).await;
    let (url, host) = at("hooks", receiver.port);
    let mut settings = settings(&[host]);
    settings.secrets.push(uplift::notify::Secret::parse(OTHER).unwrap());
    let office = Office::open_with(settings, timing(), Names::default());
    office.set(&[&notice("web", "k1", &url)]);
    let seen = receiver.next().await;
    assert!(is_signed(&seen, SECRET) && is_signed(&seen, OTHER));
}

#[tokio::test]
async fn a_receiver_that_asks_for_a_rest_gets_it_within_bounds() {
    let mut receiver = Receiver::start(&[Reply::With(429, "retry-after", "86400"), Reply::Status(200)]).await;
    let (url, host) = at("hooks", receiver.port);
    let bound = Duration::from_millis(300);
    let mut office = Office::open_with(settings(&[host]), Timing { longest_retry_after: bound, ..timing() }, Names::default());
    office.set(&[&notice("web", "k1", &url)]);
    assert_eq!(office.result().await.1.last_error.as_deref(), Some("HTTP 429 Too Many Requests"));
    assert_eq!(office.result().await.1, accepted(2));
    assert!(receiver.next().await.at + bound <= receiver.next().await.at);
}

#[tokio::test]
async fn a_receiver_that_hangs_costs_one_attempt() {
    let receiver = Receiver::start(&[Reply::Hang, Reply::Status(200)]).await;
    let (url, host) = at("hooks", receiver.port);
    let attempt = Duration::from_millis(500);
    let mut office = Office::open_with(settings(&[host]), Timing { attempt, ..timing() }, Names::default());
    office.set(&[&notice("web", "k1", &url)]);
    let error = office.result().await.1.last_error.unwrap();
    assert!(error.starts_with("waiting for an answer"), "{error}");
    assert_eq!(office.result().await.1, accepted(2));
}

#[tokio::test]
async fn an_answer_that_breaks_off_in_its_status_line_is_no_answer() {
    let (url, host) = at("hooks", receiver::say_and_close(b"HTTP/1.1 20").await);
    let mut office = Office::open(&[host]);
    office.set(&[&notice("web", "k1", &url)]);
    let (_, failed) = office.result().await;
    assert!(failed.last_error.unwrap().starts_with("exchanging request and answer: "));
    assert_eq!((failed.delivered_at, failed.gave_up), (None, false));
}

#[tokio::test]
async fn an_answer_that_breaks_off_after_its_status_counts() {
    let says = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of";
    let (url, host) = at("hooks", receiver::say_and_close(says).await);
    let mut office = Office::open(&[host]);
    office.set(&[&notice("web", "k1", &url)]);
    assert_eq!(office.result().await.1, accepted(1));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_is_final() {
    let mut target = Receiver::start(&[Reply::Status(200)]).await;
    let to: &'static str = format!("http://target.test:{}/", target.port).leak();
    let receiver = Receiver::start(&[Reply::With(307, "location", to)]).await;
    let ((url, host), (_, allowed)) = (at("hooks", receiver.port), at("target", target.port));
    let mut office = Office::open(&[host, allowed]);
    office.set(&[&notice("web", "k1", &url)]);
    let (_, failed) = office.result().await;
    assert!(failed.gave_up && failed.last_error.unwrap().contains("redirects are not followed"));
    assert_eq!(target.others(), 0);
}

#[tokio::test]
async fn a_reply_without_end_is_read_up_to_the_limit_only() {
    let (mut office, mut receiver, notice) = one(&[Reply::Endless]).await;
    office.set(&[&notice]);
    assert_eq!(office.result().await.1, accepted(1));
    let taken = receiver.taken.recv().await.unwrap();
    assert!(taken < 32 << 20, "{taken} bytes: more than the limit and what sockets buffer");
}

#[tokio::test]
async fn a_lost_answer_is_followed_by_the_same_message_under_the_same_id() {
    let (mut office, mut receiver, notice) = one(&[Reply::Lose, Reply::Status(200)]).await;
    office.set(&[&notice]);
    assert_eq!(office.result().await.1.delivered_at, None);
    assert_eq!(office.result().await.1, accepted(2));
    let (first, second) = (receiver.next().await, receiver.next().await);
    assert_eq!((first.id(), &first.body), (second.id(), &second.body));
    assert_eq!(receiver.others(), 0);
}

#[tokio::test]
async fn the_notices_of_a_tenant_reach_a_contact_in_order() {
    let (mut office, mut receiver, first) =
        one(&[Reply::Status(500), Reply::Lose, Reply::Status(200), Reply::Status(410), Reply::Status(200)]).await;
    let mut second = Outgoing { key: "a-later-one".into(), ..first.clone() };
    second.created_at = START.parse().unwrap();
    let third = Outgoing { key: "b-at-the-same-time".into(), ..second.clone() };
    office.set(&[&third, &second, &first]);
    for _ in 0..5 {
        office.result().await;
    }
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(receiver.next().await.id().to_owned());
    }
    assert_eq!(ids, ["k1_it", "k1_it", "k1_it", "a-later-one_it", "b-at-the-same-time_it"]);
}

#[tokio::test]
async fn a_dead_host_with_many_tenants_does_not_delay_another_contact() {
    let (dead, sound) = (Receiver::start(&[Reply::Hang]).await, Receiver::start(&[Reply::Status(200)]).await);
    let ((dead, one), (sound, two)) = (at("dead", dead.port), at("sound", sound.port));
    let mut settings = settings(&[one, two]);
    (settings.max_in_flight, settings.max_per_host) = (6, 4);
    let mut office = Office::open_with(settings, timing(), Names::default());
    let mut outgoing: Vec<_> = (0..500).map(|n| notice(&format!("dead-{n}"), "dead", &dead)).collect();
    outgoing.extend((0..20).map(|n| notice(&format!("sound-{n}"), "sound", &sound)));
    office.set(&outgoing.iter().collect::<Vec<_>>());
    for _ in 0..20 {
        assert_eq!(office.result().await, ("sound".into(), accepted(1)), "before any attempt at the dead host ended");
    }
    assert_eq!(office.ask().await, (4, false));
}

#[tokio::test]
async fn a_broken_contact_of_a_tenant_does_not_delay_its_other_contact() {
    let (broken, sound) = (Receiver::start(&[Reply::Hang]).await, Receiver::start(&[Reply::Status(200)]).await);
    let ((broken, one), (sound, two)) = (at("broken", broken.port), at("sound", sound.port));
    let mut office = Office::open(&[one, two]);
    let other = Outgoing { contact: "hook".into(), ..notice("web", "k1", &sound) };
    office.set(&[&notice("web", "k1", &broken), &other]);
    assert_eq!(office.result().await.1, accepted(1));
}

#[tokio::test]
async fn what_is_told_of_support_and_is_not_accepted_holds_back_no_date() {
    let (broken, sound) = (Receiver::start(&[Reply::Hang]).await, Receiver::start(&[Reply::Status(200)]).await);
    let ((broken, one), (sound, two)) = (at("broken", broken.port), at("sound", sound.port));
    let mut office = Office::open(&[one, two]);
    let of_support = Outgoing { key: "k-support".into(), ..notice("web", "k", &broken) };
    let later = Outgoing { created_at: START.parse().unwrap(), ..notice("web", "k-slot", &sound) };
    office.set(&[&of_support, &later]);
    assert_eq!(office.result().await.1, accepted(1));
}

#[tokio::test]
async fn a_deadline_ends_the_repetitions_and_frees_the_next_notice_at_once() {
    let (mut office, mut receiver, first) = one(&[Reply::With(503, "retry-after", "3600"), Reply::Status(200)]).await;
    let mut second = Outgoing { key: "k2".into(), ..first.clone() };
    (second.created_at, second.deliver_by) = (START.parse().unwrap(), "2026-12-01T12:00:00Z".parse().unwrap());
    office.set(&[&first, &second]);
    assert_eq!(office.result().await.1.attempts, 1);
    assert_eq!(office.ask().await, (0, true), "a long rest is quiet: the clock may jump");
    office.clock.set("2026-12-01T10:00:01Z");
    assert_eq!(office.result().await.0, "k2");
    assert_eq!((receiver.next().await.id(), receiver.next().await.id()), ("k1_it", "k2_it"));
    assert_eq!(receiver.others(), 0);
}

#[tokio::test]
async fn a_notice_is_sent_in_the_second_of_its_deadline_and_never_after_it() {
    let (mut office, mut receiver, late) = one(&[Reply::Status(200)]).await;
    let just = Outgoing {
        deliver_by: "2026-12-01T10:00:01Z".parse().unwrap(),
        tenant_uid: "uid-other".into(),
        key: "just".into(),
        ..late.clone()
    };
    office.clock.set("2026-12-01T10:00:01.25Z");
    office.set(&[&late, &just]);
    assert_eq!(office.result().await.0, "just");
    assert_eq!((receiver.next().await.id(), receiver.others()), ("just_it", 0));
    assert_eq!(office.ask().await, (0, true));
}

#[tokio::test]
async fn an_attempt_ends_with_its_deadline() {
    let (mut office, _receiver, notice) = one(&[Reply::Hang]).await;
    office.clock.set("2026-12-01T10:00:00.75Z");
    office.set(&[&notice]);
    let failed = office.result().await.1; // within a quarter of a second, not ten
    assert!(failed.last_error.unwrap().starts_with("waiting for an answer"));
}

#[tokio::test]
async fn an_acceptance_after_the_deadline_is_reported_with_its_true_time() {
    let (mut office, mut receiver, notice) = one(&[Reply::Hold]).await;
    office.set(&[&notice]);
    let release = receiver.holds.recv().await.unwrap();
    office.clock.set("2026-12-01T10:30:00Z");
    release.send(()).unwrap();
    assert_eq!(office.result().await.1.delivered_at, Some("2026-12-01T10:30:00Z".parse().unwrap()));
}

#[tokio::test]
async fn a_name_that_leads_inwards_is_refused_when_the_connection_is_made() {
    let mut receiver = Receiver::start(&[Reply::Status(200)]).await;
    let inwards = ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254"];
    let names = Names([("rebind.test".into(), inwards.map(|ip| ip.parse().unwrap()).into())].into());
    let mut office = Office::open_with(settings(&[]), timing(), names);
    office.set(&[&notice("web", "k1", &format!("https://rebind.test:{}/hook", receiver.port))]);
    let (_, failed) = office.result().await;
    assert!(failed.gave_up, "{failed:?}");
    assert!(failed.last_error.unwrap().starts_with("rebind.test resolves to no public address; use"));
    assert_eq!(receiver.others(), 0);
}

#[tokio::test]
async fn a_literal_inward_address_is_refused_and_a_better_one_is_tried_at_once() {
    let (mut office, _receiver, good) = one(&[Reply::Status(200)]).await;
    office.set(&[&Outgoing { address: Address::Webhook("https://169.254.169.254/latest".into()), ..good.clone() }]);
    let (_, failed) = office.result().await;
    assert!(failed.gave_up && failed.last_error.unwrap().contains("points inwards (169.254.169.254)"));
    office.set(&[&good]);
    assert_eq!(office.result().await.1, accepted(2));
}

#[tokio::test]
async fn an_error_never_shows_the_query_of_the_address() {
    let port = Receiver::start(&[Reply::Status(200)]).await.port;
    let mut office = Office::open(&["gone.test".into(), format!("hooks.test:{port}")]);
    let wrong = "http://gone.test:9/hook?token=s3cret"; // nobody listens on the discard port
    office.set(&[&notice("web", "k1", wrong)]);
    let error = office.result().await.1.last_error.unwrap();
    assert!(error.starts_with("connecting: ") && !error.contains("s3cret") && !error.contains("token"), "{error}");
}

#[tokio::test]
async fn an_accepted_notice_that_is_still_listed_is_not_sent_again() {
    let (mut office, mut receiver, first) = one(&[Reply::Status(200)]).await;
    office.set(&[&first]);
    office.result().await;
    let fence = Outgoing { key: "fence".into(), created_at: START.parse().unwrap(), ..first.clone() };
    office.set(&[&first, &fence]);
    assert_eq!(office.result().await.0, "fence");
    receiver.next().await;
    assert_eq!((receiver.next().await.id(), receiver.others()), ("fence_it", 0));
}

#[tokio::test]
async fn a_notice_that_is_listed_no_more_is_forgotten_with_its_back_off() {
    let (mut office, _receiver, notice) = one(&[Reply::With(503, "retry-after", "3600"), Reply::Status(200)]).await;
    office.set(&[&notice]);
    assert_eq!(office.result().await.1.attempts, 1);
    office.set(&[]);
    assert_eq!(office.ask().await, (0, true));
    office.set(&[&notice]);
    assert_eq!(office.result().await.1, accepted(1));
}

#[tokio::test]
async fn an_attempt_in_flight_survives_that_its_notice_is_taken_back() {
    let (mut office, mut receiver, notice) = one(&[Reply::Hold]).await;
    office.set(&[&notice]);
    let release = receiver.holds.recv().await.unwrap();
    office.set(&[]);
    assert_eq!(office.ask().await, (1, false));
    office.set(&[&notice]);
    assert_eq!(office.ask().await, (1, false), "not sent twice");
    release.send(()).unwrap();
    assert_eq!(office.result().await.1, accepted(1));
    assert_eq!(office.ask().await, (0, true));
}

/// A receiver for `secure.test` with a certificate of a private authority, and the authority.
async fn secure() -> (Receiver, String) {
    secure_with(&[Reply::Status(200)]).await
}

pub async fn secure_with(script: &[Reply]) -> (Receiver, String) {
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_pem = params.self_signed(&ca_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(params, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(["secure.test".into()]).unwrap().signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    (Receiver::start_tls(script, TlsAcceptor::from(Arc::new(config))).await, ca_pem)
}

#[tokio::test]
async fn a_receiver_with_a_private_authority_is_reached_over_tls() {
    let (mut receiver, ca_pem) = secure().await;
    let mut settings = settings(&["secure.test".into()]);
    settings.ca_pem = Some(ca_pem.into_bytes());
    let mut office = Office::open_with(settings, timing(), Names::default());
    office.set(&[&notice("web", "k1", &format!("https://secure.test:{}/hook", receiver.port))]);
    assert_eq!(office.result().await.1, accepted(1));
    assert!(is_signed(&receiver.next().await, SECRET));
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_or_of_another_name_is_an_error() {
    let (mut receiver, ca_pem) = secure().await;
    for (name, ca_pem) in [("secure", secure().await.1), ("other", ca_pem)] {
        let mut settings = settings(&[format!("{name}.test")]);
        settings.ca_pem = Some(ca_pem.into_bytes());
        let mut office = Office::open_with(settings, timing(), Names::default());
        office.set(&[&notice("web", "k1", &format!("https://{name}.test:{}/hook", receiver.port))]);
        let error = office.result().await.1.last_error.unwrap();
        assert!(error.starts_with("connecting: ") && error.contains("certificate"), "{error}");
    }
    assert_eq!(receiver.others(), 0);
}
