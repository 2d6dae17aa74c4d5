//! I2, the limit of deferrals: that an opt-out met it is said only while none is left, or while support ends too soon. Who was told so was
//! answered. And nothing is declined without which the way out of what runs does not fit any more.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    evidence::{Leeway, Record, What},
    object::{Kind, Object},
    occurrence::Occurrence,
    past::Past,
    read::{list, text, time},
    verdict::Verdict,
};

pub fn judge(past: &Past, record: &Record, leeway: Leeway, verdict: &mut Verdict) {
    let What::Write(Some(before), after) = &record.what else { return };
    if after.kind != Kind::Tenant {
        return;
    }
    let known = list(before.status("optOuts"));
    let (window, since) = (text(&after.spec["windowRef"]["name"]), leeway.others_since(record.from));
    for told in list(after.status("optOuts")).iter().filter(|one| !known.contains(one)) {
        if told["verdict"] == "Accepted" {
            let why =
                |subject| format!("{after} may decline {}, without which nothing leads out of {subject} in time", told["value"]);
            // While nobody knows what runs, nobody knows the way out of it: a no counts.
            let known = [before, after].iter().all(|now| now.status("version").is_string());
            verdict.note("I2", lost(past, told, before).filter(|_| known).map(why));
        } else if is_limit(told) {
            let kept = |window: Option<&Object>| {
                window.is_some_and(until_end_of_life) && [before, after].iter().any(|now| is_kept(now, told))
            };
            let wrong = past.wrong_since(Kind::Window, window, since, |window| room(window, after).filter(|_| !kept(window)));
            let value = text(&told["value"]);
            verdict.note("I2", wrong.map(|room| format!("{after} hears that the limit is reached for {value:?}, but {room}")));
        }
    }
}

/// Whether the window lets nothing be declined that the way out needs.
fn until_end_of_life(window: &Object) -> bool {
    window.spec["deferral"]["untilEndOfLife"] == true
}

/// What nothing leads out of any more once this date is declined, although something did when it was given, by the same window. Change
/// windows are left out: they take dates that are not counted here.
fn lost<'t>(past: &Past, declined: &Value, before: &'t Object) -> Option<&'t str> {
    let slot = &declined["lost"];
    let has = |tenant: &Object| slot["opens"].is_string() && tenant.status("upgrade")["slot"]["opens"] == slot["opens"];
    let versions = past.versions(Kind::Tenant, &before.name).iter().rev().map(|(at, tenant)| (*at, tenant.as_deref()));
    let (at, given) = versions.take_while(|(_, tenant)| tenant.is_some_and(has)).last()?;
    let (opens, closes) = (time(&slot["opensAt"])?, time(&slot["closesAt"])?);
    let mut windows = past.since(Kind::Window, text(&slot["window"]), at);
    let window = windows.next()??;
    let changes = past.ever(Kind::Release).any(|release| release.spec["approval"]["change"].is_object());
    if changes || !until_end_of_life(window) || !windows.all(|before| before.is_some_and(|before| before.spec == window.spec)) {
        return None;
    }
    let occurrence = Occurrence::of(&window.spec)?;
    let same = |old: &Value, now: &Value| ["subject", "version", "endsOn", "hops"].iter().all(|key| old[*key] == now[*key]);
    let needed = |now: &&Value| {
        let (Some(hops), Ok(ends)) = (now["hops"].as_u64(), text(&now["endsOn"]).parse()) else { return false };
        let stood = given.is_some_and(|given| list(given.status("support")).iter().any(|old| same(old, now)));
        let dates = |from| occurrence.dates(from, ends) >= hops;
        let fits = matches!(text(&now["state"]), "InTime" | "NoRoomForDeferral");
        stood && fits && dates(opens) && !dates(occurrence.next_after(closes))
    };
    list(before.status("support")).iter().find(needed).map(|now| text(&now["subject"]))
}

/// Whether an end leaves no date to decline; or, of a version, has a way out at all, which it may be needed for.
fn is_kept(tenant: &Object, told: &Value) -> bool {
    let version = text(&told["value"]).contains('.');
    let ends = |said: &&Value| said["dependency"].is_null() && said["hops"].as_u64() > Some(0) && said["mustStartBy"].is_string();
    list(tenant.status("support")).iter().filter(ends).any(|said| version || said["deferrals"] == 0)
}

/// Whether this is the answer to this word that no deferral is left: for every date, or for this slot.
pub fn is_answer(one: &Value, slot: &Value, value: &str, at: Timestamp) -> bool {
    let of_word = one["value"] == *value && time(&one["at"]).is_some_and(|said| said.as_second() == at.as_second());
    let of_slot = one["slot"].is_null() || one["slot"] == slot["opens"];
    is_limit(one) && of_word && of_slot
}

/// The answers of this kind that stand no more since an opt-in: of a version it may come at any time, and takes nothing back that had counted.
pub fn taken_back<'t>(before: &'t Object, after: &Object) -> impl Iterator<Item = &'t Value> {
    let now = list(after.status("optOuts"));
    let undone = |one: &Value| {
        now.iter().any(|now| now["verdict"] == "Undone" && ["value", "at"].iter().all(|key| now[*key] == one[*key]))
    };
    list(before.status("optOuts")).iter().filter(move |one| is_limit(one) && undone(one))
}

fn is_limit(one: &Value) -> bool {
    one["verdict"] == "LimitReached"
}

/// What is left of the limit; nothing where it is reached.
pub fn room(window: Option<&Object>, tenant: &Object) -> Option<String> {
    let Some(max) = window.and_then(|window| window.spec["deferral"]["max"].as_u64()) else {
        return Some("there is none".into());
    };
    let count = tenant.status("deferrals")["count"].as_u64().unwrap_or(0);
    (count < max).then(|| format!("{count} of {max} are spent"))
}
