//! Rule R29: what is told of the platform's ends goes to its own contacts, too: for each of them one digest on a UTC day, of all that was told by
//! then, is still so, and is not accepted yet.
//!
//! What belongs to a digest is read off the products' statuses, and so is its key: who sends it again after a crash sends the same (I8). That it
//! was accepted is written at each end that it told. Ends fall due at midnight, in many products at once, so a digest waits until their writes are
//! done: what a restart finds in half of them must not be a second message of that day.

use jiff::{Timestamp, civil::Date, tz::Offset};

use crate::{
    api::{
        SoftwareProductStatus,
        notice_key::NoticeKey,
        product::{EndNotice, EndReceipt},
        reason::Reason,
        tenant::{Contact, NoticeFacts, NoticeKind, NoticeRecord, PlatformEnd},
    },
    fleet::{Delivery, DeliveryKey, Fleet, ObjectKey, TenantKey},
    plan::{
        notice::outgoing::address,
        output::{Finding, Plan, notice::Notice, story::Story},
        pass::{
            Pass,
            wake::{earlier, later},
        },
        record::ids,
        software::cycle,
        status::{
            ending,
            platform::{self, Contained},
        },
    },
};

/// So long after midnight a digest is made, in seconds.
const AFTER_MIDNIGHT: i64 = 600;

/// So many ends stand in one digest. The others follow on the next day.
const MOST: usize = 200;

/// What was told of a product, and still ends then.
struct Told<'a> {
    product: &'a str,
    uid: &'a str,
    notice: &'a EndNotice,
    /// No nearer threshold has passed.
    stands: bool,
}

/// What the contacts of the platform are still to hear, and what they have heard.
pub struct Digests<'a> {
    /// The earliest end first.
    told: Vec<Told<'a>>,
    /// What has just been accepted: product, the end, and its receipt.
    heard: Vec<(&'a str, &'a EndNotice, EndReceipt)>,
}

/// What is to be told to whom, by what the statuses say. Without contacts nothing is looked at.
pub fn digests<'a>(pass: &mut Pass<'a>, contained: &Contained<'a>) -> Digests<'a> {
    let fleet = pass.fleet;
    let mut digests = Digests { told: vec![], heard: vec![] };
    if fleet.settings.platform.is_empty() {
        return digests;
    }
    for (name, product) in &fleet.products {
        let (Ok(spec), Ok(seen)) = (&product.spec, &product.status) else { continue };
        if seen.notices.is_empty() {
            continue;
        }
        let stands = platform::standing(pass, name, spec, seen, contained);
        let told = seen.notices.iter().filter_map(|notice| Some((notice, stands(notice)?)));
        digests.told.extend(told.map(|(notice, stands)| Told { product: name, uid: &product.meta.uid, notice, stands }));
    }
    digests.told.sort_by_key(|told| (told.notice.ends_on, told.product, &told.notice.subject));
    digests.heard = fleet.settings.platform.iter().flat_map(|contact| digests.heard_by(fleet, &contact.name)).collect();
    digests
}

impl<'a> Digests<'a> {
    /// What was told of a product, with who accepted what of it. Nothing: that stands.
    pub fn told(
        &self,
        fleet: &Fleet,
        product: &str,
        seen: &SoftwareProductStatus,
        told: Option<(Vec<EndNotice>, Vec<Story>)>,
    ) -> Option<(Vec<EndNotice>, Vec<Story>)> {
        if !self.heard.iter().any(|(of, ..)| *of == product) {
            return told;
        }
        let is_told = told.is_some();
        let (mut notices, stories) = told.unwrap_or_else(|| (seen.notices.clone(), vec![]));
        let news = self.receipts(fleet, product, &mut notices);
        (news || is_told).then_some((notices, stories))
    }

    /// Writes down who accepted what of this product. Whether anything is new.
    fn receipts(&self, fleet: &Fleet, product: &str, notices: &mut [EndNotice]) -> bool {
        let mut news = false;
        for (_, told, receipt) in self.heard.iter().filter(|(of, ..)| *of == product) {
            let is = |one: &&mut EndNotice| (&one.subject, one.ends_on) == (&told.subject, told.ends_on);
            let Some(one) = notices.iter_mut().find(is) else { continue };
            let receipt = stands_at(one, told, receipt);
            if one.receipts.contains(&receipt) {
                continue;
            }
            // There are never more than contacts, whatever they were called before.
            let stays = |of: &EndReceipt| {
                of.contact != receipt.contact && fleet.settings.platform.iter().any(|contact| contact.name == of.contact)
            };
            one.receipts.retain(stays);
            one.receipts.push(receipt);
            news = true;
        }
        news
    }

    /// The digests of this day that wait. Nobody gets two on one day.
    pub fn send(&self, pass: &mut Pass, plan: &mut Plan) {
        let today = day(pass.now);
        let (opens, next) = (opens(today), opens(tomorrow(today)));
        for contact in &pass.fleet.settings.platform {
            if !self.told.iter().any(|told| told.notice.accepted_at(&contact.name).is_none()) {
                continue;
            }
            pass.wake.at(if pass.now < opens { opens } else { next });
            let told: Vec<_> = self.of(&contact.name, opens, None).filter(|told| told.stands).take(MOST).collect();
            if pass.now < opens || told.is_empty() || heard_on(pass.fleet, &contact.name, today) {
                continue;
            }
            let key = key(&told);
            plan.findings.extend(refused(pass.fleet, contact, &key, &told));
            let digest = told.iter().filter_map(|told| ending::ending(pass, told.product, told.notice)).collect();
            let deliver_by = earlier(cycle::first_instant(None, tomorrow(today)), 1);
            plan.notices.extend(notice(contact, key, opens, deliver_by, digest));
        }
    }

    /// What a digest tells that is made at this instant: of what was told by then whatever the contact has not accepted, or has just then.
    fn of(&self, contact: &str, made_at: Timestamp, accepted: Option<Timestamp>) -> impl Iterator<Item = &Told<'a>> {
        let open = move |told: &&Told| told.notice.accepted_at(contact).is_none_or(|at| Some(at) == accepted);
        self.told.iter().filter(move |told| told.notice.told_at <= made_at).filter(open)
    }

    /// What stood in the digest that the contact accepted, as far as its key says so. One that was made on the evening before may be accepted
    /// after midnight, when nearer thresholds have passed.
    fn heard_by(&self, fleet: &Fleet, contact: &str) -> Vec<(&'a str, &'a EndNotice, EndReceipt)> {
        let Some((sent, at)) = last(fleet, contact).and_then(|(sent, delivery)| Some((sent, delivery.delivered_at?))) else {
            return vec![];
        };
        let days = [day(at), day(at).yesterday().unwrap_or_default()];
        let of = |day: Date, all: bool| {
            self.of(contact, opens(day), Some(at)).filter(|told| all || told.stands).take(MOST).collect::<Vec<_>>()
        };
        let said = days.into_iter().flat_map(|day| [of(day, false), of(day, true)]).find(|told| key(told) == sent.key);
        let receipt = || EndReceipt { contact: contact.to_owned(), at };
        said.iter().flatten().map(|told| (told.product, told.notice, receipt())).collect()
    }
}

/// The receipt as it stands at an end. A nearer threshold that is told in this very write has not been read, so there it is from before, and
/// says which day this was.
fn stands_at(one: &EndNotice, told: &EndNotice, receipt: &EndReceipt) -> EndReceipt {
    let before = earlier(one.told_at, 1);
    let at = if one.before == told.before { receipt.at } else { receipt.at.min(before) };
    EndReceipt { at, ..receipt.clone() }
}

fn day(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

fn tomorrow(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

/// When the digest of a day is made.
fn opens(day: Date) -> Timestamp {
    later(cycle::first_instant(None, day), AFTER_MIDNIGHT)
}

/// What became of the last digest to a contact, as far as this process knows.
fn last<'f>(fleet: &'f Fleet, contact: &str) -> Option<(&'f DeliveryKey, &'f Delivery)> {
    // The platform's key is the first of all: customers' deliveries are not looked at.
    fleet.deliveries.iter().take_while(|(key, _)| key.tenant.is_platform()).find(|(key, _)| key.contact == contact)
}

/// Whether a contact has accepted a digest on this day.
fn heard_on(fleet: &Fleet, contact: &str, today: Date) -> bool {
    let statuses = fleet.products.values().filter_map(|product| product.status.as_ref().ok());
    let receipts = statuses.flat_map(|status| &status.notices).flat_map(|told| &told.receipts);
    let written = receipts.filter(|receipt| receipt.contact == contact).map(|receipt| receipt.at);
    let known = last(fleet, contact).and_then(|(_, delivery)| delivery.delivered_at);
    written.chain(known).any(|at| day(at) == today)
}

/// The same ends at the same thresholds are one digest, whoever makes it (I8).
fn key(told: &[&Told]) -> NoticeKey {
    let part = |told: &&Told| {
        let EndNotice { subject, ends_on, before, .. } = told.notice;
        [told.uid.to_owned(), subject.clone(), ends_on.to_string(), before.map(|before| before.to_string()).unwrap_or_default()]
    };
    let parts: Vec<String> = told.iter().flat_map(part).collect();
    NoticeKey::support(&ids::short(&parts.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// No status says that a contact of the platform refuses: people are told at the first of the products that it should have heard of.
fn refused(fleet: &Fleet, contact: &Contact, key: &NoticeKey, told: &[&Told]) -> Option<Finding> {
    let (first, (_, delivery)) = (told.first()?, last(fleet, &contact.name).filter(|(sent, _)| sent.key == *key)?);
    let error = delivery.last_error.as_ref()?;
    let message = format!(
        "contact {:?} of contacts.platform has not accepted the digest of ends: {error}; correct the contact, or let it answer: it is tried until the day is over, and on the next with what is due then",
        contact.name
    );
    let object = ObjectKey::Product(first.product.to_owned());
    Some(Finding { object, uid: first.uid.to_owned(), reason: Reason::NoticeNotDelivered, message })
}

fn notice(
    contact: &Contact,
    key: NoticeKey,
    created_at: Timestamp,
    deliver_by: Timestamp,
    digest: Vec<PlatformEnd>,
) -> Option<Notice> {
    let record = NoticeRecord {
        key,
        kind: NoticeKind::SupportDigest,
        contact: contact.name.clone(),
        required: true,
        release: String::new(),
        slot: None,
        reason: None,
        created_at,
        generation: 0,
        deliver_by,
        delivered_at: None,
        attempts: 0,
        last_error: None,
        superseded_by: None,
        address: None,
        facts: None,
    };
    let facts = NoticeFacts { customer: "the platform".into(), digest, ..NoticeFacts::default() };
    let (tenant, tenant_uid) = (TenantKey::platform(), "platform".into());
    Some(Notice { tenant, tenant_uid, address: address(contact)?, record, facts })
}
