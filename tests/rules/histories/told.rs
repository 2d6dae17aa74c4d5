//! R8, R10: whoever had a date and lost it hears of it: another date, `Postponed`, the answer to their opt-out, or the result.

use jiff::{SignedDuration, Timestamp};
use uplift::{
    api::tenant::{
        Contact,
        NoticeKind::{Failed, Moved, OptOutAccepted, OptOutUndone, Planned, Postponed, RolledBack, Succeeded},
        NoticeRecord,
    },
    letters::Outgoing,
    simulate::world::{Record, What, World},
};

use super::history::History;
use crate::oracle::customer::letter::{self, Says};

/// Tenants that wait for a date that is gone, as far as they know. What an outage of the notices hid is not judged.
pub fn judge(world: &World, history: &History) -> Vec<String> {
    // Nor what an operator was away for longer than a letter is tried.
    let time = |value: &serde_json::Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let outlasts = |event: &serde_json::Value| {
        let span = time(&event["at"]).zip(time(&event["outage"]["until"]));
        span.is_some_and(|(at, until)| until.duration_since(at) >= SignedDuration::from_hours(24))
    };
    let hidden = |event: &serde_json::Value| event["outage"]["component"] == "notices" || outlasts(event);
    if history.events.iter().any(hidden) {
        return vec![];
    }
    let log = world.log();
    let lost = log.iter().enumerate().filter_map(|(i, record)| {
        let notice = announced(record).filter(|notice| has_receipt(world, notice))?;
        let dropped = log[i + 1..].iter().any(|later| drops(later, notice));
        let early = is_lost_before_it_opens(&log[i + 1..], notice);
        let gone = !dropped && !stands(world, notice) && !log[i + 1..].iter().any(|later| tells(later, notice, early));
        let opens = notice.message.slot.as_ref().map(|slot| slot.opens.clone())?;
        gone.then(|| format!("R8 at {}: {} lost {opens} and never hears of it", record.at, notice.tenant))
    });
    lost.collect()
}

fn announced(record: &Record) -> Option<&Outgoing> {
    match &record.what {
        What::Accepted(notice) if [Planned, Moved].contains(&notice.message.kind) => Some(notice),
        _ => None,
    }
}

/// The operator heard that it was accepted. What it never heard of it takes for unsaid: it says no word on the end of a date that
/// nobody knows, as far as it can tell.
fn has_receipt(world: &World, notice: &Outgoing) -> bool {
    world.log().iter().any(|record| {
        let What::Write(_, after) = &record.what else { return false };
        let mine = |n: &NoticeRecord| n.key == notice.key && n.contact == notice.contact && n.delivered_at.is_some();
        after.tenant().is_some_and(|(_, status)| status.notices.iter().any(mine))
    })
}

/// The tenant is gone, or still has that slot.
fn stands(world: &World, notice: &Outgoing) -> bool {
    let Some(tenant) = world.objects().find(|object| object.uid == notice.tenant_uid) else { return true };
    let Some((_, status)) = tenant.tenant() else { return true };
    let slot = status.upgrade.as_ref().and_then(|upgrade| upgrade.slot.as_ref());
    slot.is_some_and(|slot| Some(slot.opens_at) == opens_at(notice))
}

/// The contact is no contact any more, or has another address: nobody is there to be told.
fn drops(later: &Record, notice: &Outgoing) -> bool {
    let What::Edit(_, Some(tenant)) = &later.what else { return false };
    let Some((spec, _)) = tenant.tenant().filter(|_| tenant.uid == notice.tenant_uid) else { return false };
    let address = letter::address(notice);
    let same = |contact: &Contact| contact.webhook.as_ref().or(contact.email.as_ref()) == Some(&address);
    !spec.contacts.iter().any(|contact| contact.name == notice.contact && same(contact))
}

/// Then "may not take place" is not the end of the story: the date stands in a calendar.
fn is_lost_before_it_opens(later: &[Record], notice: &Outgoing) -> bool {
    let slot = |record: &Record| {
        let What::Write(_, after) = &record.what else { return None };
        let (_, status) = after.tenant().filter(|_| after.uid == notice.tenant_uid)?;
        Some((record.at, status.upgrade.as_ref().and_then(|upgrade| upgrade.slot.as_ref()).map(|slot| slot.opens_at)))
    };
    let lost = later.iter().filter_map(slot).find(|(_, opens)| *opens != opens_at(notice));
    lost.is_some_and(|(at, _)| opens_at(notice).is_some_and(|opens| at < opens))
}

fn tells(later: &Record, notice: &Outgoing, early: bool) -> bool {
    let What::Accepted(other) = &later.what else { return false };
    let same = opens_at(other) == opens_at(notice);
    let tells = match other.message.kind {
        Planned | Moved => !same,
        Postponed if early && letter::says(&other.message) == Says::Nothing => false,
        Postponed | Succeeded | Failed | RolledBack => same || opens_at(other).is_none(),
        kind => [OptOutAccepted, OptOutUndone].contains(&kind),
    };
    other.tenant_uid == notice.tenant_uid && other.contact == notice.contact && tells
}

fn opens_at(notice: &Outgoing) -> Option<Timestamp> {
    notice.message.slot.as_ref().map(|slot| slot.opens_at)
}
