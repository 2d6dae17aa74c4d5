//! Sources of life cycles against real HTTP servers that answer, change, refuse, hang, stream and lie (R27, I9).
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;
use uplift::{
    api::{product::KnownCycle, reason::Reason},
    clock::RealClock,
    fleet::{self, Tried},
    lifecycle::{Fetcher, Limits},
    plan::Fetch,
};

use crate::notify::{
    office::Names,
    receiver::{Receiver, Reply},
    secure_with,
};

const DOCUMENT: &str = include_str!("postgresql.json");
const TAG: (&str, &str) = ("etag", "W/\"abc\"");
const MOMENT: Duration = Duration::from_millis(200);

fn fetcher(limits: Limits) -> Fetcher {
    Fetcher::with(&[], None, limits, Arc::new(Names::default()), Arc::new(RealClock)).unwrap()
}

fn fetch(product: &str, url: &str) -> Fetch {
    Fetch { product: product.into(), uid: format!("uid-{product}"), url: url.into(), etag: None }
}

fn url(name: &str, server: &Receiver) -> String {
    format!("http://{name}.test:{}/api/v1/products/postgresql/", server.port)
}

async fn answer(fetcher: &mut Fetcher) -> (String, Tried) {
    fetcher.next().await.unwrap().unwrap()
}

/// What a server that does this comes to.
async fn asked(script: &[Reply], etag: Option<&str>, limits: Limits) -> (fleet::Reply, Receiver) {
    let server = Receiver::start(script).await;
    let mut fetcher = fetcher(limits);
    fetcher.set(vec![Fetch { etag: etag.map(Into::into), ..fetch("postgresql", &url("eol", &server)) }]);
    let (product, tried) = answer(&mut fetcher).await;
    assert_eq!((product.as_str(), tried.uid.as_str(), &tried.url), ("postgresql", "uid-postgresql", &url("eol", &server)));
    assert!(fetcher.idle() && tried.at.subsec_nanosecond() == 0);
    (tried.reply, server)
}

async fn failed(script: &[Reply], limits: Limits) -> (Reason, String, Option<i64>) {
    match asked(script, None, limits).await.0 {
        fleet::Reply::Failed { reason, message, after } => (reason, message, after),
        other => panic!("{other:?}"),
    }
}

fn names(releases: &[KnownCycle]) -> Vec<&str> {
    releases.iter().map(|known| known.cycle.name.as_str()).collect()
}

#[tokio::test]
async fn a_product_is_read_with_its_tag() {
    let (reply, mut server) = asked(&[Reply::Says(200, Some(TAG), DOCUMENT)], None, Limits::default()).await;
    let fleet::Reply::New { etag, releases } = reply else { panic!("{reply:?}") };
    assert_eq!((etag.as_deref(), names(&releases)), (Some(TAG.1), vec!["18", "17", "15", "9.6"]));
    let seen = server.next().await;
    assert_eq!((seen.path.as_str(), seen.header("accept")), ("/api/v1/products/postgresql/", "application/json"));
    assert!(seen.header("user-agent").starts_with("uplift/") && !seen.headers.contains_key("if-none-match"));
    assert_eq!(server.others(), 0);
}

#[tokio::test]
async fn what_is_still_so_is_not_sent_again() {
    let (reply, mut server) = asked(&[Reply::Status(304)], Some(TAG.1), Limits::default()).await;
    assert_eq!((reply, server.next().await.header("if-none-match")), (fleet::Reply::Same, TAG.1));
    let unasked = failed(&[Reply::Status(304)], Limits::default()).await;
    assert_eq!(unasked, (Reason::HttpError, "HTTP 304 Not Modified".into(), None), "nobody asked for a change only");
}

#[tokio::test]
async fn a_server_that_refuses_says_when_to_come_again() {
    for (reply, expected) in [
        (Reply::With(429, "retry-after", "120"), (Reason::TooManyRequests, "HTTP 429 Too Many Requests", Some(120))),
        (Reply::With(503, "retry-after", "7"), (Reason::HttpError, "HTTP 503 Service Unavailable", Some(7))),
        (Reply::Status(404), (Reason::HttpError, "HTTP 404 Not Found", None)),
        (Reply::Status(500), (Reason::HttpError, "HTTP 500 Internal Server Error", None)),
        (Reply::Status(204), (Reason::HttpError, "HTTP 204 No Content", None)),
    ] {
        let (reason, message, after) = failed(&[reply], Limits::default()).await;
        assert_eq!((reason, message.as_str(), after), expected);
    }
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let mut other = Receiver::start(&[Reply::Says(200, None, DOCUMENT)]).await;
    let location: &'static str = url("other", &other).leak();
    for status in [301, 302, 307, 308] {
        let (reason, message, _) = failed(&[Reply::With(status, "location", location)], Limits::default()).await;
        assert_eq!(reason, Reason::Redirected, "{message}");
    }
    assert_eq!(other.others(), 0);
}

#[tokio::test]
async fn a_body_without_end_is_cut_at_the_limit() {
    let (reply, mut server) = asked(&[Reply::Endless], None, Limits::default()).await;
    let message = "the answer has more than 1024 KiB".into();
    assert_eq!(reply, fleet::Reply::Failed { reason: Reason::TooLarge, message, after: None });
    // What the sockets held besides.
    let taken = timeout(Duration::from_secs(10), server.taken.recv()).await.unwrap().unwrap();
    assert!((1024 * 1024..16 * 1024 * 1024).contains(&taken), "{taken}");
}

#[tokio::test]
async fn what_is_no_product_is_malformed() {
    for text in ["<html>maintenance</html>", "", "{\"result\": {\"releases\": []}}"] {
        let (reason, message, after) = failed(&[Reply::Says(200, Some(TAG), text)], Limits::default()).await;
        assert_eq!((reason, after), (Reason::Malformed, None), "{message}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_or_breaks_off_or_is_not_there_is_unreachable() {
    let short = Limits { time: MOMENT, ..Limits::default() };
    let (reason, message, _) = failed(&[Reply::Hang], short).await;
    assert!(reason == Reason::SourceUnreachable && message.starts_with("waiting for an answer"), "{message}");
    let (reason, message, _) = failed(&[Reply::Lose], Limits::default()).await;
    assert!(reason == Reason::SourceUnreachable && message.starts_with("exchanging request and answer"), "{message}");
    let mut fetcher = fetcher(Limits::default());
    fetcher.set(vec![fetch("postgresql", "http://eol.test:1/secret?token=1")]);
    let fleet::Reply::Failed { reason, message, .. } = answer(&mut fetcher).await.1.reply else { panic!("nobody listens there") };
    assert!(
        reason == Reason::SourceUnreachable && message.starts_with("connecting: ") && !message.contains("token"),
        "{message}"
    );
}

#[tokio::test]
async fn a_private_authority_is_trusted_where_the_configuration_names_it() {
    let (server, ca_pem) = secure_with(&[Reply::Says(200, None, DOCUMENT)]).await;
    for trusted in [true, false] {
        let ca = if trusted { ca_pem.clone() } else { secure_with(&[Reply::Status(200)]).await.1 };
        let (names, limits) = (Arc::new(Names::default()), Limits::default());
        let mut fetcher = Fetcher::with(&[], Some(ca.as_bytes()), limits, names, Arc::new(RealClock)).unwrap();
        fetcher.set(vec![fetch("postgresql", &format!("https://secure.test:{}/", server.port))]);
        match answer(&mut fetcher).await.1.reply {
            fleet::Reply::New { .. } => assert!(trusted),
            fleet::Reply::Failed { reason, message, .. } => assert!(!trusted && reason == Reason::SourceUnreachable, "{message}"),
            fleet::Reply::Same => panic!("nobody asked for a change only"),
        }
    }
}

#[tokio::test]
async fn a_host_is_asked_one_question_at_a_time_and_none_twice_at_once() {
    let (mut slow, mut other) = (Receiver::start(&[Reply::Hold]).await, Receiver::start(&[Reply::Status(404)]).await);
    let mut fetcher = fetcher(Limits::default());
    let due = [fetch("a", &url("slow", &slow)), fetch("b", &url("slow", &slow)), fetch("c", &url("other", &other))];
    fetcher.set(due.to_vec());
    assert_eq!(answer(&mut fetcher).await.0, "c", "another host waits for nobody");
    let held = slow.holds.recv().await.unwrap();
    // Plans that do not know the answer yet list all that is due.
    fetcher.set(due[..2].to_vec());
    assert!(timeout(MOMENT, fetcher.next()).await.is_err() && !fetcher.idle());
    assert_eq!((slow.others(), other.others()), (1, 1));
    held.send(()).unwrap();
    assert_eq!(answer(&mut fetcher).await.0, "a");
    slow.holds.recv().await.unwrap().send(()).unwrap();
    assert_eq!(answer(&mut fetcher).await.0, "b");
    assert!(fetcher.idle() && fetcher.try_next().is_none() && fetcher.next().await.is_none());
}

#[tokio::test]
async fn what_is_not_due_any_more_is_not_asked_and_a_question_is_never_broken_off() {
    let mut slow = Receiver::start(&[Reply::Hold]).await;
    let mut fetcher = fetcher(Limits::default());
    fetcher.set(vec![fetch("a", &url("slow", &slow)), fetch("b", &url("slow", &slow))]);
    let held = slow.holds.recv().await.unwrap();
    fetcher.set(vec![]);
    held.send(()).unwrap();
    assert_eq!(answer(&mut fetcher).await.0, "a");
    assert!(fetcher.next().await.is_none());
    assert_eq!(slow.others(), 1);
}

#[tokio::test]
async fn of_many_hosts_four_are_asked_at_once_and_none_after_the_term_ended() {
    let mut slow = Receiver::start(&[Reply::Hold]).await;
    let mut fetcher = fetcher(Limits::default());
    let due = |n| fetch(&format!("p{n}"), &url(&format!("host-{n}"), &slow));
    fetcher.set((0..6).map(due).collect());
    let mut held = vec![];
    for _ in 0..4 {
        held.push(slow.holds.recv().await.unwrap());
    }
    assert!(timeout(MOMENT, slow.holds.recv()).await.is_err(), "a fifth waits");
    fetcher.forget();
    assert!(fetcher.idle() && fetcher.next().await.is_none(), "nothing of it counts any more");
}

#[test]
fn a_host_that_is_none_is_refused_when_the_operator_starts() {
    let hosts = ["https://eol.corp.example".to_owned()];
    let refused = Fetcher::new(&hosts, None, Arc::new(RealClock)).unwrap_err();
    assert!(refused.to_string().contains("lifecycle.allowHosts"), "{refused}");
}
