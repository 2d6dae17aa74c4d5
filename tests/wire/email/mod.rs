//! Notices by e-mail against a real mail server that accepts, refuses, hangs, breaks off and lies (R10, I3, I8, I9).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]

mod server;

use std::time::Duration;

use crate::notify::{
    office::{self, Names, Office, START, timing},
    receiver::{Receiver, Reply},
};
use serde_json::json;
use server::{Certificate, Server};
use uplift::{
    fleet::delivery::Delivery,
    letters::Outgoing,
    notify::{
        Settings, Timing,
        email::{self, Login, Security, Sender, Templates},
    },
    plan::Address,
};

fn open(settings: Settings) -> Office {
    Office::open_with(settings, timing(), Names::default())
}

/// With attempts that may take half a second.
fn open_hasty(settings: Settings) -> Office {
    Office::open_with(settings, Timing { attempt: Duration::from_millis(500), ..timing() }, Names::default())
}

/// A notice of one tenant, due within the hour.
fn notice(tenant: &str, key: &str, to: &str) -> Outgoing {
    Outgoing { address: Address::Email(to.into()), ..office::notice(tenant, key, "") }
}

fn accepted(attempts: u32) -> Delivery {
    Delivery { attempts, delivered_at: Some(START.parse().unwrap()), last_error: None, gave_up: false }
}

/// Settings for mail to this server, unprotected.
fn plain(server: &Server) -> Settings {
    let from = "Acme Upgrades <upgrades@acme.example>".parse().unwrap();
    let sender = Sender { from, reply_to: None, domain: "acme.example".into() };
    let (host, port, security) = ("localhost".into(), server.port, Security::None);
    let email = email::Settings { host, port, security, login: None, sender, templates_dir: None };
    Settings { email: Some(email), ..office::settings(&[]) }
}

/// Settings for mail to this server over TLS, if the certificate's authority signed its certificate.
fn tls(server: &Server, security: Security, trusted: &Certificate) -> Settings {
    let mut settings = plain(server);
    settings.email.as_mut().unwrap().security = security;
    settings.ca_pem = Some(std::fs::read(&trusted.ca_file).unwrap());
    settings
}

/// Settings with this login, and the file with its password.
fn with_login(mut settings: Settings, password: &str) -> (Settings, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, password).unwrap();
    let login = Login { username: "uplift".into(), password_file: file.path().into() };
    settings.email.as_mut().unwrap().login = Some(login);
    (settings, file)
}

#[tokio::test]
async fn an_accepted_mail_is_reported_with_the_whole_second_of_its_acceptance() {
    let mut server = Server::scripted(json!({})).await;
    let mut office = open(plain(&server));
    office.clock.set("2026-12-01T09:00:00.9Z");
    office.set(&[&notice("web", "k1", "it@acme.test")]);
    assert_eq!(office.result().await, ("k1".into(), accepted(1)));
    let mail = server.mail().await;
    assert_eq!((mail.to.as_str(), mail.sender.as_str()), ("it@acme.test", "upgrades@acme.example"));
    assert_eq!((mail.header("To").as_str(), mail.header("Message-ID").as_str()), ("it@acme.test", "<k1.it@acme.example>"));
}

#[tokio::test]
async fn a_mail_arrives_byte_for_byte_whatever_its_text_is() {
    let mut server = Server::scripted(json!({})).await;
    let settings = plain(&server);
    let sender = settings.email.as_ref().unwrap().sender.clone();
    let office = open(settings);
    let mut notice = notice("web", "k1", "it@acme.test");
    notice.message.customer = "Müller & Søn 株式会社".into();
    notice.message.subject = "Änderung – ein Update".into();
    notice.message.text = format!(".\n..\n.dots\r\n.\r\nQUIT\nbare\n.\nGrüße {}\n.", "long ".repeat(300));
    office.set(&[&notice]);
    let letter = Templates::load(None).unwrap().letter(&notice, "it@acme.test", &sender).unwrap().formatted();
    let mail = server.mail().await;
    // An empty line more at the end, behind all parts, is how lettre ends a mail.
    assert_eq!(String::from_utf8_lossy(&mail.content), String::from_utf8_lossy(&letter) + "\r\n");
    assert!(mail.content.is_ascii(), "no server on the way needs 8BITMIME or SMTPUTF8");
    let bare = |pair: &[u8]| (pair[0] == b'\r') != (pair[1] == b'\n');
    assert!(!mail.content.windows(2).any(bare), "a bare line end could smuggle in the end of the mail");
}

#[tokio::test]
async fn mail_goes_over_tls_of_a_private_authority_with_a_login() {
    let certificate = Certificate::of("localhost");
    for (mode, security) in [("starttls", Security::StartTls), ("implicit", Security::Implicit)] {
        let mut server = Server::start(&certificate.with(mode, json!({"password": "pass wörd"}))).await;
        let (settings, _file) = with_login(tls(&server, security, &certificate), "pass wörd\n");
        let mut office = open(settings);
        office.set(&[&notice("web", "k1", "it@acme.test")]);
        assert_eq!(office.result().await.1, accepted(1), "{mode}");
        let (before, auth) = server.until("auth").await;
        assert!(auth["tls"] == true && auth["good"] == true, "{auth}");
        assert!(before.iter().all(|event| event["event"] == "connected" || event["name"] == "acme.example"), "{before:?}");
        let mail = server.mail().await;
        assert!(mail.tls && mail.user == "uplift", "{mail:?}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_or_of_another_name_gets_nothing() {
    let (good, other) = (Certificate::of("localhost"), Certificate::of("mail.acme.test"));
    let stranger = Certificate::of("localhost");
    for (mode, security) in [("starttls", Security::StartTls), ("implicit", Security::Implicit)] {
        for (shown, trusted) in [(&good, &stranger), (&other, &other)] {
            let mut server = Server::start(&shown.with(mode, json!({"password": "s3cret"}))).await;
            let (settings, _file) = with_login(tls(&server, security, trusted), "s3cret");
            let mut office = open(settings);
            office.set(&[&notice("web", "k1", "it@acme.test")]);
            let failed = office.result().await.1;
            let error = failed.last_error.unwrap();
            assert!(error.starts_with("connecting to localhost:") && error.contains("certificate"), "{error}");
            assert_eq!((failed.delivered_at, failed.gave_up), (None, false));
            office.result().await;
            if security == Security::StartTls {
                server.until("connected").await;
                assert!(server.until("connected").await.0.iter().all(|event| event["event"] == "ehlo"));
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_offers_no_starttls_gets_neither_password_nor_mail() {
    let mut server = Server::start(&json!({"password": "s3cret"})).await;
    let (settings, _file) = with_login(tls(&server, Security::StartTls, &Certificate::of("localhost")), "s3cret");
    let mut office = open(settings);
    office.set(&[&notice("web", "k1", "it@acme.test")]);
    let error = office.result().await.1.last_error.unwrap();
    let expected =
        format!("connecting to localhost:{}: the server offers no STARTTLS, and nothing is sent in the clear", server.port);
    assert_eq!(error, expected);
    server.until("connected").await;
    let seen = server.until("connected").await.0;
    assert!(seen.iter().all(|event| event["event"] == "ehlo"), "{seen:?}");
}

#[tokio::test]
async fn answers_that_somebody_on_the_way_puts_behind_starttls_never_count() {
    let certificate = Certificate::of("localhost");
    let forged = "250-mail.test\r\n250 8BITMIME\r\n250 OK\r\n250 OK\r\n354 Go\r\n250 Accepted";
    let mut server = Server::start(&certificate.with("starttls", json!({"inject": forged}))).await;
    let mut office = open(tls(&server, Security::StartTls, &certificate));
    office.set(&[&notice("web", "k1", "it@acme.test")]);
    let failed = office.result().await.1;
    assert_eq!(failed.delivered_at, None);
    assert!(failed.last_error.unwrap().starts_with("connecting to localhost:"));
    server.until("connected").await;
    assert!(server.until("connected").await.0.iter().all(|event| event["tls"] == false), "nothing went on under TLS");
}

#[tokio::test]
async fn a_wrong_password_is_no_notices_fault_and_a_corrected_file_counts_at_once() {
    let mut server = Server::start(&json!({"password": "right"})).await;
    let (settings, file) = with_login(plain(&server), "wrong");
    let mut office = open(settings);
    office.set(&[&notice("web", "k1", "it@acme.test")]);
    let failed = office.result().await.1;
    let error = failed.last_error.unwrap();
    assert!(error.starts_with("signing in to localhost:") && error.contains(": 535 5.7.8 ") && !failed.gave_up, "{error}");
    std::fs::write(&file, "right\n").unwrap();
    while office.result().await.1.delivered_at.is_none() {} // tries with the wrong one may be on their way
    assert_eq!(server.mail().await.user, "uplift");
    std::fs::remove_file(&file).unwrap();
    office.set(&[&notice("web", "k2", "it@acme.test")]);
    let error = office.result().await.1.last_error.unwrap();
    assert!(error.contains(": reading the password for the mail server from "), "{error}");
}

#[tokio::test]
async fn an_unknown_mailbox_is_given_up_and_a_better_address_is_tried_at_once() {
    let mut server = Server::scripted(json!({"gone@acme.test": ["rcpt 550 5.1.1 no such user"]})).await;
    let mut office = open(plain(&server));
    office.set(&[&notice("web", "k1", "gone@acme.test")]);
    let error = Some("RCPT TO: 550 5.1.1 no such user".into());
    assert_eq!(office.result().await.1, Delivery { attempts: 1, delivered_at: None, last_error: error, gave_up: true });
    office.set(&[&notice("web", "k1", "it@acme.test")]);
    assert_eq!(office.result().await.1, accepted(2));
    assert_eq!(server.mail().await.to, "it@acme.test");
}

#[tokio::test]
async fn an_address_beyond_ascii_is_given_up_before_anybody_is_asked() {
    let mut server = Server::scripted(json!({})).await;
    let mut office = open(plain(&server));
    office.set(&[&notice("web", "k1", "it@müller.test")]);
    let failed = office.result().await.1;
    assert!(failed.gave_up && failed.last_error.unwrap().starts_with("it@müller.test is not ASCII; write its domain as xn--"));
    office.set(&[&notice("web", "k1", "it@xn--mller-kva.test")]);
    assert_eq!(server.mail().await.to, "it@xn--mller-kva.test");
}

#[tokio::test]
async fn a_no_that_may_pass_or_is_about_the_operator_is_asked_again() {
    for no in ["rcpt 451 4.7.1 greylisted", "rcpt 554 5.7.1 relay access denied", "data 552 5.3.4 message too big"] {
        let mut server = Server::scripted(json!({"it@acme.test": [no, "ok"]})).await;
        let mut office = open(plain(&server));
        office.set(&[&notice("web", "k1", "it@acme.test")]);
        let failed = office.result().await.1;
        let said = no.split_once(' ').unwrap().1;
        assert!(failed.last_error.unwrap().ends_with(said) && !failed.gave_up, "{no}");
        assert_eq!(office.result().await.1, accepted(2), "{no}");
        server.mail().await;
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_message_brings_the_same_message_again() {
    let mut server = Server::scripted(json!({"it@acme.test": ["lose", "ok"]})).await;
    let mut office = open(plain(&server));
    let first = notice("web", "k1", "it@acme.test");
    office.set(&[&first]);
    let error = office.result().await.1.last_error.unwrap();
    assert!(error.starts_with("after the message: ") && error.ends_with("under the same Message-ID"), "{error}");
    assert_eq!(office.result().await.1, accepted(2));
    let (one, two) = (server.mail().await, server.mail().await);
    assert_eq!(one, two);
    assert_eq!(one.header("Message-ID"), "<k1.it@acme.example>");
}

#[tokio::test]
async fn a_server_that_stalls_costs_one_attempt() {
    for script in
        [json!({"greets": ["hang", "ok"]}), json!({"greets": ["close", "ok"]}), json!({"to": {"it@acme.test": ["hang", "ok"]}})]
    {
        let server = Server::start(&script).await;
        let mut office = open_hasty(plain(&server));
        office.set(&[&notice("web", "k1", "it@acme.test")]);
        let failed = office.result().await.1;
        assert_eq!((failed.attempts, failed.delivered_at, failed.gave_up), (1, None, false), "{script}");
        assert_eq!(office.result().await.1, accepted(2), "{script}");
    }
}

#[tokio::test]
async fn an_accepted_mail_counts_although_the_server_never_says_goodbye() {
    let server = Server::scripted(json!({"it@acme.test": ["slow-quit"]})).await;
    let mut office = open(plain(&server));
    office.set(&[&notice("web", "k1", "it@acme.test")]);
    assert_eq!(office.result().await.1, accepted(1));
}

#[tokio::test]
async fn a_broken_contact_delays_no_other_and_keeps_its_own_order() {
    let mut server = Server::scripted(json!({"broken@acme.test": ["hang"]})).await;
    let mut office = open(plain(&server));
    let mut outgoing = vec![notice("broken", "b1", "broken@acme.test"), notice("broken", "b2", "broken@acme.test")];
    outgoing.extend((0..40).map(|n| notice(&format!("sound-{n}"), "sound", &format!("it@sound-{n}.test"))));
    office.set(&outgoing.iter().collect::<Vec<_>>());
    for _ in 0..40 {
        assert_eq!(office.result().await, ("sound".into(), accepted(1)), "before the attempt that hangs ended");
    }
    assert_eq!(office.ask().await, (1, false));
    let mut to_broken = 0;
    for _ in 0..41 {
        to_broken += usize::from(server.mail().await.to == "broken@acme.test");
    }
    assert_eq!(to_broken, 1, "the second waits for the first");
}

#[tokio::test]
async fn mails_go_out_side_by_side_up_to_their_limit() {
    let to: serde_json::Map<_, _> = (0..40).map(|n| (format!("it@a{n}.test"), json!(["hold"]))).collect();
    let mut server = Server::scripted(to.into()).await;
    let mut office = open(plain(&server));
    let outgoing: Vec<_> = (0..40).map(|n| notice(&format!("a{n}"), "k", &format!("it@a{n}.test"))).collect();
    office.set(&outgoing.iter().collect::<Vec<_>>());
    for _ in 0..16 {
        server.mail().await;
    }
    assert_eq!(office.ask().await, (16, false));
    server.release().await;
    for _ in 0..40 {
        assert_eq!(office.result().await.1, accepted(1));
    }
}

#[tokio::test]
async fn a_mail_server_that_hangs_does_not_delay_webhooks() {
    let server = Server::start(&json!({"greets": ["hang"]})).await;
    let receiver = Receiver::start(&[Reply::Status(200)]).await;
    let settings = Settings { allow_hosts: vec![format!("hooks.test:{}", receiver.port)], ..plain(&server) };
    let mut office = open(settings);
    let mut outgoing: Vec<_> = (0..200).map(|n| notice(&format!("mail-{n}"), "mail", &format!("it@a{n}.test"))).collect();
    let url = format!("http://hooks.test:{}/hook", receiver.port);
    outgoing.extend((0..20).map(|n| office::notice(&format!("web-{n}"), "hook", &url)));
    office.set(&outgoing.iter().collect::<Vec<_>>());
    for _ in 0..20 {
        assert_eq!(office.result().await, ("hook".into(), accepted(1)), "before any attempt at the mail server ended");
    }
    assert_eq!(office.ask().await, (16, false));
}

#[tokio::test]
async fn a_mail_is_sent_in_the_second_of_its_deadline_and_never_after_it() {
    let mut server = Server::scripted(json!({})).await;
    let mut office = open(plain(&server));
    let late = notice("late", "late", "late@acme.test");
    let just = Outgoing { deliver_by: "2026-12-01T10:00:01Z".parse().unwrap(), ..notice("web", "just", "it@acme.test") };
    office.clock.set("2026-12-01T10:00:01.25Z");
    office.set(&[&late, &just]);
    assert_eq!(office.result().await.0, "just");
    assert_eq!(office.ask().await, (0, true));
    let (before, _) = server.until("quit").await;
    assert!(!before.iter().any(|event| event["address"] == "late@acme.test"), "{before:?}");
}

#[tokio::test]
async fn a_superseded_mail_is_not_sent_and_the_newer_one_is() {
    let mut server = Server::scripted(json!({"other@acme.test": ["hold"]})).await;
    let mut office = open(Settings { max_mails: 1, ..plain(&server) });
    let other = notice("other", "other", "other@acme.test");
    office.set(&[&other, &notice("web", "k1", "it@acme.test")]);
    assert_eq!(server.mail().await.to, "other@acme.test");
    office.set(&[&other, &notice("web", "k2", "it@acme.test")]);
    server.release().await;
    assert_eq!((office.result().await.0.as_str(), office.result().await.0.as_str()), ("other", "k2"));
    assert_eq!(server.mail().await.header("Message-ID"), "<k2.it@acme.example>");
}

#[tokio::test]
async fn without_a_mail_server_no_mail_is_tried() {
    let mut office = open(office::settings(&[]));
    office.set(&[&notice("web", "k1", "it@acme.test")]);
    let failed = office.result().await.1;
    assert!(failed.gave_up && failed.last_error.unwrap() == "no mail server is configured");
}
