//! I2, the limit of deferrals: that an opt-out met it is said only while none is left. Who was told so was answered.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    evidence::{Leeway, Record, What},
    object::{Kind, Object},
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
    for told in list(after.status("optOuts")).iter().filter(|one| is_limit(one) && !known.contains(one)) {
        let (window, since) = (text(&after.spec["windowRef"]["name"]), leeway.others_since(record.from));
        let wrong = past.wrong_since(Kind::Window, window, since, |window| room(window, after));
        let value = text(&told["value"]);
        verdict.note("I2", wrong.map(|room| format!("{after} hears that the limit is reached for {value:?}, but {room}")));
    }
}

/// Whether this word was told that no deferral is left: for every date, or for this slot.
pub fn was_told(tenant: &Object, slot: &Value, value: &str, at: Timestamp) -> bool {
    let of_word = |one: &Value| one["value"] == *value && time(&one["at"]).is_some_and(|said| said.as_second() == at.as_second());
    let of_slot = |one: &Value| one["slot"].is_null() || one["slot"] == slot["opens"];
    list(tenant.status("optOuts")).iter().any(|one| is_limit(one) && of_word(one) && of_slot(one))
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
