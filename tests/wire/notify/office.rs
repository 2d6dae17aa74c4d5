//! A notifier at work, as the controller runs it: driven in a select loop that also takes orders.

use std::{collections::BTreeMap, future::Future, io, net::IpAddr, pin::Pin, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use uplift::{
    api::tenant::NoticeKind,
    clock::Clock,
    fleet::{
        TenantKey,
        delivery::{Delivery, DeliveryKey},
    },
    letters::{Message, Outgoing},
    notify::{Notifier, Secret, Settings, Timing, address::Lookup},
    plan::Address,
};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const START: &str = "2026-12-01T09:00:00Z";

/// A clock that the test sets.
#[derive(Clone)]
pub struct TestClock(Arc<watch::Sender<Timestamp>>);

impl TestClock {
    pub fn set(&self, at: &str) {
        self.0.send_replace(at.parse().unwrap());
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }
    fn from_server(&self, at: Timestamp) -> Timestamp {
        at
    }
    fn machine(&self) -> Timestamp {
        self.now()
    }
    fn sleep_until<'a>(&'a self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        let mut shown = self.0.subscribe();
        Box::pin(async move { _ = shown.wait_for(|now| *now >= at).await })
    }
}

/// Every name under `.test` leads to loopback, or where the test says.
#[derive(Clone, Default)]
pub struct Names(pub BTreeMap<String, Vec<IpAddr>>);

impl Lookup for Names {
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let found = self.0.get(&host).cloned().unwrap_or_else(|| vec!["127.0.0.1".parse().unwrap()]);
        Box::pin(async move { Ok(found) })
    }
}

enum Order {
    Set(Vec<Outgoing>),
    Ask(oneshot::Sender<(usize, bool)>),
}

pub struct Office {
    pub clock: TestClock,
    orders: mpsc::UnboundedSender<Order>,
    results: mpsc::Receiver<(DeliveryKey, Delivery)>,
}

/// Short rests, so that tests are; attempts may take their ten seconds.
pub fn timing() -> Timing {
    let (first_rest, longest_rest) = (Duration::from_millis(5), Duration::from_millis(20));
    Timing { first_rest, longest_rest, ..Timing::default() }
}

/// Everything under `.test` on these ports may be private and speak plain http.
pub fn settings(hosts: &[String]) -> Settings {
    let mut settings = Settings::new("https://uplift.example/uk-1", vec![Secret::parse(SECRET).unwrap()]);
    settings.allow_hosts = hosts.to_vec();
    settings
}

impl Office {
    pub fn open(hosts: &[String]) -> Self {
        Self::open_with(settings(hosts), timing(), Names::default())
    }

    pub fn open_with(settings: Settings, timing: Timing, names: Names) -> Self {
        let clock = TestClock(Arc::new(watch::Sender::new(START.parse().unwrap())));
        let (report, results) = mpsc::channel(1);
        let mut notifier = Notifier::with(settings, timing, Arc::new(names), Arc::new(clock.clone()), report).unwrap();
        let (orders, mut ordered) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = notifier.drive() => return,
                    order = ordered.recv() => match order {
                        Some(Order::Set(outgoing)) => notifier.set(outgoing),
                        Some(Order::Ask(answer)) => answer.send((notifier.in_flight(), notifier.idle())).unwrap(),
                        None => return,
                    }
                }
            }
        });
        Self { clock, orders, results }
    }

    pub fn set(&self, outgoing: &[&Outgoing]) {
        let outgoing = outgoing.iter().map(|&notice| notice.clone()).collect();
        assert!(self.orders.send(Order::Set(outgoing)).is_ok());
    }

    /// The attempts in flight, and whether it is idle.
    pub async fn ask(&self) -> (usize, bool) {
        let (answer, told) = oneshot::channel();
        assert!(self.orders.send(Order::Ask(answer)).is_ok());
        told.await.unwrap()
    }

    /// The next result: the key of the notice and what is known of it.
    pub async fn result(&mut self) -> (String, Delivery) {
        let (key, delivery) = self.results.recv().await.unwrap();
        (key.key.to_string(), delivery)
    }
}

/// A notice of one tenant, due within the hour.
pub fn notice(tenant: &str, key: &str, webhook: &str) -> Outgoing {
    Outgoing {
        tenant: TenantKey::new("acme", tenant),
        tenant_uid: format!("uid-{tenant}"),
        key: key.into(),
        contact: "it".into(),
        address: Address::Webhook(webhook.into()),
        created_at: "2026-12-01T08:59:00Z".parse().unwrap(),
        deliver_by: "2026-12-01T10:00:00Z".parse().unwrap(),
        message: Message {
            kind: NoticeKind::Planned,
            customer: "Acme Ltd".into(),
            namespace: "acme".into(),
            tenant: tenant.into(),
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
            subject: "An upgrade on Tuesday".into(),
            text: "It comes at 18:00.\nSilence means go ahead.".into(),
            notes: None,
            invitation: None,
        },
    }
}
