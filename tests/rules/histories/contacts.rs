//! The contacts of the platform by chance, and R29 for them at the end of a history: who should have heard of an end has.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uplift::{
    api::{SoftwareProductSpec, product::EndNotice, tenant::Responsibility},
    fleet::ObjectKey,
    simulate::{
        Simulation, events,
        world::{Content, What, World},
    },
};

use super::chance::Chance;

/// What was told so late is told in a digest that the history does not wait for: so many days of faults may lie between.
const LATE: SignedDuration = SignedDuration::from_hours(24 * 4);

/// When the operator is told which contacts, and when these cannot be reached: from the beginning on, later, or never.
pub fn platform(chance: &mut Chance, from: Timestamp) -> Vec<Value> {
    if chance.percent(40) {
        return vec![];
    }
    let begins = if chance.percent(60) { from } else { later(chance, from) };
    let mut all = vec![json!({"at": begins, "contacts": {"platform": contacts(chance)}})];
    if chance.percent(35) {
        all.push(json!({"at": later(chance, begins), "contacts": {"platform": contacts(chance)}}));
    }
    for _ in 0..chance.between(0, 3) {
        let at = later(chance, from);
        let until = at + SignedDuration::from_secs(chance.pick(&[60, 3600, 24 * 3600, 9 * 24 * 3600]));
        all.push(json!({"at": at, "outage": {"component": "platform", "until": until}}));
    }
    all
}

/// Often at midnight, when ends fall due and digests are made.
fn later(chance: &mut Chance, from: Timestamp) -> Timestamp {
    let day = from + SignedDuration::from_hours(24 * chance.between(1, 70));
    let midnight = Timestamp::from_second(day.as_second() / 86_400 * 86_400).unwrap();
    midnight + SignedDuration::from_secs(chance.pick(&[0, 1, 599, 600, 601, 43_000, 86_399]))
}

fn contacts(chance: &mut Chance) -> Value {
    let ops = json!({"name": "ops", "email": "ops@platform.example.test"});
    let moved = json!({"name": "ops", "email": "duty@platform.example.test"});
    let chat = json!({"name": "chat", "webhook": "https://hooks.example.test/platform"});
    chance.pick(&[json!([ops]), json!([ops]), json!([moved]), json!([chat]), json!([ops, chat]), json!([chat, moved]), json!([])])
}

/// The run with these contacts. Those of the first instant are no restart.
pub fn configured(mut run: Simulation, platform: &[Value], from: Timestamp) -> Simulation {
    for (nth, event) in platform.iter().enumerate() {
        let contacts = &event["contacts"]["platform"];
        if contacts.is_array() && event["at"] == from.to_string() {
            run = run.with_contacts(serde_json::from_value(contacts.clone()).unwrap());
        } else {
            run.add(events::read(1000 + nth, event).unwrap().unwrap());
        }
    }
    run
}

/// R29: ends that were told by an Event, and of which a contact has had no digest. By the log, whatever receipts say; and those are there.
pub fn untold(world: &World) -> Vec<String> {
    let last = world.log().iter().rev().find_map(|record| match &record.what {
        What::Configured(contacts) => Some((record.at, contacts)),
        _ => None,
    });
    let Some((_, contacts)) = last.filter(|(at, _)| *at + LATE < world.now()) else { return vec![] };
    let mut wrong = vec![];
    for object in world.objects() {
        let (ObjectKey::Product(name), Content::Product(spec, status)) = (&object.key, &object.content) else { continue };
        let due = status.notices.iter().filter(|told| told.told_at + LATE < world.now() && stands(spec, told));
        for (told, contact) in due.flat_map(|told| contacts.iter().map(move |contact| (told, &contact.name))) {
            let silent = !accepted(world, contact, name, told) || told.accepted_at(contact).is_none();
            wrong.extend(silent.then(|| format!("R29 at the end: {contact} has not heard of {name} {}", told.subject)));
        }
    }
    wrong
}

/// A licence, or what an installation of the platform's runs. What images contain is judged record by record.
fn stands(spec: &SoftwareProductSpec, told: &EndNotice) -> bool {
    let license = spec.licenses.iter().any(|one| told.subject == format!("license/{}", one.name) && told.ends_on == one.expires);
    let runs = spec.installations.iter().any(|one| one.responsibility == Responsibility::Provider && one.version == told.subject);
    // The longest name that it begins with, up to a dot.
    let prefix = |name: &str| told.subject == name || told.subject.starts_with(&format!("{name}."));
    let cycle = spec.releases.iter().filter(|cycle| prefix(&cycle.name)).max_by_key(|cycle| cycle.name.len());
    license || runs && cycle.and_then(|cycle| cycle.end(spec.supported_until)) == Some(told.ends_on)
}

fn accepted(world: &World, contact: &str, product: &str, told: &EndNotice) -> bool {
    world.log().iter().any(|record| {
        let What::Accepted(notice) = &record.what else { return false };
        let is = |end: &uplift::api::tenant::PlatformEnd| {
            end.product == product && end.subject == told.subject && end.ends_on == told.ends_on && end.before == told.before
        };
        notice.tenant.is_platform() && notice.contact == contact && notice.message.digest.iter().any(is)
    })
}
