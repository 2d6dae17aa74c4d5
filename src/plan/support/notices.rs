//! Rule R29: the customer is told what ends of what is theirs: once at each threshold, and once when it has ended; at most one letter a day.

use jiff::civil::Date;

use crate::{
    api::{
        Duration,
        notice_key::NoticeKey,
        product::NOTIFY_BEFORE,
        tenant::{Ending, Management, NoticeKind, NoticeRecord, Responsibility, Support, SupportNotice, WayOut},
    },
    plan::{
        output::story::{Story, StoryEvent},
        pass::{Pass, wake::later},
        record::{
            draft::{Draft, NewNotice},
            forget::keep,
            ids,
        },
        software::{
            cycle::{self, DASHBOARD},
            instead::{instead, label},
            threshold::Threshold,
        },
    },
};

/// So many ends stand in one letter. The others follow on the next day.
const MOST: usize = 4;

/// So long a letter is tried, in seconds. What nobody accepted is written anew, as it is then.
const PATIENCE: i64 = 7 * 24 * 3600;

/// What was told is kept of so many ends.
const KEPT: usize = 32;

/// An end of which the customer is to hear.
struct Due {
    said: Support,
    on: Date,
    /// So long before it; none: it has ended.
    before: Option<Duration>,
}

/// Writes the letter down that is due, if one is. Never two wait: one that still says what is due is waited for, another one makes room.
/// While an upgrade runs nobody hears of what it may replace.
pub fn tell(pass: &mut Pass, draft: &mut Draft, support: &[&Support]) {
    let mut due = due(pass, draft, support);
    if waits(draft, support, &due) {
        return;
    }
    forget_unheard(draft);
    if draft.in_flight() || draft.spec.contacts.is_empty() || due.is_empty() || told_today(pass, draft) {
        return;
    }
    due.truncate(MOST);
    write(pass, draft, &due);
    keep(&mut draft.status.support_notices, KEPT, |told| !support.iter().any(|said| told.is_of(said)));
}

/// Whether a letter waits for a contact that is still there, and all that it says is due, as far as anybody knows.
fn waits(draft: &Draft, support: &[&Support], due: &[Due]) -> bool {
    let contacts = &draft.spec.contacts;
    let open = |n: &&NoticeRecord| n.kind.is_of_support() && n.waits() && contacts.iter().any(|c| c.name == n.contact);
    let Some(letter) = draft.status.notices.iter().find(open) else { return false };
    let mut said = draft.status.support_notices.iter().filter(|told| told.key == letter.key);
    said.all(|told| is_unknown(draft, told, support) || due.iter().any(|due| told.is_of(&due.said) && told.before == due.before))
}

/// A product that is deleted and made again says nothing for a moment, and so does an image that is changed by hand: what was written may
/// still be so.
fn is_unknown(draft: &Draft, told: &SupportNotice, support: &[&Support]) -> bool {
    if told.dependency.is_none() {
        return draft.running.is_err();
    }
    let same = |said: &&&Support| said.dependency == told.dependency;
    support.iter().find(same).is_some_and(|said| said.ends_on.is_none())
}

/// What was written and not heard counts as not told; who has heard it keeps the receipt.
fn forget_unheard(draft: &mut Draft) {
    let unheard = |told: &&SupportNotice| !is_heard(draft, &told.key);
    let keys: Vec<NoticeKey> = draft.status.support_notices.iter().filter(unheard).map(|told| told.key.clone()).collect();
    for key in keys {
        draft.status.notices.retain(|n| n.key != key || n.delivered_at.is_some());
        draft.status.support_notices.retain(|told| told.key != key);
    }
}

/// Whether somebody accepted a letter, and whoever it was required of. That of which no record is left was.
fn is_heard(draft: &Draft, key: &NoticeKey) -> bool {
    let mut of_key = draft.status.notices.iter().filter(|n| n.key == *key).peekable();
    if of_key.peek().is_none() {
        return true;
    }
    let required = |n: &NoticeRecord| n.required && draft.spec.contacts.iter().any(|contact| contact.name == n.contact);
    let (mut some, mut all) = (false, true);
    for notice in of_key {
        some |= notice.delivered_at.is_some();
        all &= notice.delivered_at.is_some() || !required(notice);
    }
    some && all
}

/// What is the customer's to hear of: the product that they get, and what they have to replace themselves.
fn is_theirs(said: &Support) -> bool {
    match said.responsibility {
        None => said.subject == DASHBOARD,
        Some(who) => who == Responsibility::Customer,
    }
}

/// Of the product itself only while it is known what runs.
fn due(pass: &mut Pass, draft: &Draft, support: &[&Support]) -> Vec<Due> {
    let known = |said: &&Support| said.dependency.is_some() || draft.running.is_ok();
    let theirs = support.iter().copied().filter(|said| is_theirs(said)).filter(known);
    theirs.filter_map(|said| due_of(pass, draft, said)).collect()
}

/// The last threshold that has passed, if the customer has not heard that much: one that the operator was not there for is made good until
/// the next.
fn due_of(pass: &mut Pass, draft: &Draft, said: &Support) -> Option<Due> {
    let on = said.ends_on?;
    let end = cycle::first_instant(pass.schedule(&draft.spec.window_ref.name), on);
    let (passed, next) = Threshold::of(ahead(pass, &said.subject), end, pass.now);
    if let Some(next) = next {
        pass.wake.at(next);
    }
    let passed = passed?;
    let covers = |told: &&SupportNotice| told.is_of(said) && passed.is_covered_by(told.before);
    let told = draft.status.support_notices.iter().find(covers).is_some_and(|told| is_heard(draft, &told.key));
    (!told).then(|| Due { said: said.clone(), on, before: passed.0 })
}

/// How long before its end something is told of.
fn ahead<'a>(pass: &Pass<'a>, subject: &str) -> &'a [Duration] {
    let product = || pass.fleet.products.get(subject)?.spec.as_ref().ok();
    if subject == DASHBOARD { &NOTIFY_BEFORE } else { product().map_or(&[], |spec| &spec.notify_before) }
}

/// Whether a letter was written on this local day; then the next may be on the next.
fn told_today(pass: &mut Pass, draft: &Draft) -> bool {
    let window = &draft.spec.window_ref.name;
    let (today, last) = (pass.date(window, pass.now), draft.status.support_notices.iter().map(|told| told.told_at).max());
    if last.map(|last| pass.date(window, last)) != Some(today) {
        return false;
    }
    pass.wake.at(cycle::first_instant(pass.schedule(window), today.tomorrow().unwrap_or(today)));
    true
}

fn write(pass: &Pass, draft: &mut Draft, due: &[Due]) {
    let ended = due.iter().any(|due| due.before.is_none());
    let kind = if ended { NoticeKind::SupportEnded } else { NoticeKind::SupportEnding };
    let (key, release, deliver_by) = (key(draft, due), String::new(), Some(later(pass.now, PATIENCE)));
    draft.endings = due.iter().map(|due| ending(pass, draft, due)).collect();
    draft.note(pass, &NewNotice { key: key.clone(), kind, release, slot: None, reason: None, deliver_by });
    for Due { said, on, before } in due {
        let event = if before.is_none() { StoryEvent::SupportEnded } else { StoryEvent::SupportEnding };
        let (subject, message) = (Some(format!("{}/{}", said.subject, said.version)), Some(said.to_string()));
        draft.tell(Story { subject, message, release: None, slot: None, ..draft.story(event) });
        draft.status.support_notices.retain(|told| !told.is_of(said));
        let Support { subject, version, dependency, .. } = said.clone();
        let told =
            SupportNotice { subject, version, dependency, ends_on: *on, before: *before, told_at: pass.now, key: key.clone() };
        draft.status.support_notices.insert(0, told);
    }
}

/// The same ends at the same thresholds are one notice, whoever writes it (I8).
fn key(draft: &Draft, due: &[Due]) -> NoticeKey {
    let part = |due: &Due| {
        let Support { subject, version, dependency, .. } = &due.said;
        let version = if dependency.is_some() { "" } else { version };
        let before = due.before.map(|before| before.to_string()).unwrap_or_default();
        [subject.clone(), version.into(), dependency.clone().unwrap_or_default(), due.on.to_string(), before]
    };
    let parts: Vec<String> = std::iter::once(draft.tenant.meta.uid.clone()).chain(due.iter().flat_map(part)).collect();
    NoticeKey::support(&ids::short(&parts.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn ending(pass: &Pass, draft: &Draft, due: &Due) -> Ending {
    let said = &due.said;
    let product = pass.fleet.products.get(&said.subject).and_then(|product| product.spec.as_ref().ok());
    let label = label(&said.subject, product);
    let alternatives = instead(&label, product);
    Ending {
        subject: said.subject.clone(),
        label,
        version: said.version.clone(),
        dependency: said.dependency.clone(),
        ends_on: due.on,
        before: due.before,
        alternatives,
        way: said.dependency.is_none().then(|| way(pass, draft, said)),
    }
}

fn way(pass: &Pass, draft: &Draft, said: &Support) -> WayOut {
    let zone = pass.schedule(&draft.spec.window_ref.name).map_or("UTC", |schedule| schedule.zone_name());
    WayOut {
        state: said.state,
        hops: said.hops,
        must_start_by: said.must_start_by,
        time_zone: zone.into(),
        managed: draft.spec.management == Management::Managed,
    }
}
