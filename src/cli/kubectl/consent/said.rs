//! What is to be written for an opt-out or for taking it back, and what became of it. Pure.
//!
//! Two rules make it more than an annotation: the same value again is no new no (the API server does not even write it), and an
//! opt-in that stood before an opt-out takes nothing back (R11, R12).

use std::fmt;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use kube::ResourceExt;
use serde_json::{Value as Json, json};

use crate::{
    api::{
        TenantInstance, Version, annotations as keys,
        tenant::{OptOutRecord, Slot, Upgrade, Verdict},
    },
    plan::{
        Declines,
        preview::{self, SaidAt},
    },
};

/// A day or a version, as written and as the planner reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    text: String,
    declines: Declines,
}

impl Value {
    /// Reads a day.
    pub fn day(text: &str) -> Result<Self, String> {
        let day = Self::read(text).filter(|value| matches!(value.declines, Declines::Day(_)));
        day.ok_or_else(|| "not a day: write it like 2026-12-15".into())
    }

    /// Reads a version.
    pub fn version(text: &str) -> Result<Self, String> {
        let version = Self::read(text).filter(|value| matches!(value.declines, Declines::Version(_)));
        version.ok_or_else(|| "not a version: write numbers joined by dots, like 2026.12.0".into())
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        Some(Self { text: text.into(), declines: Declines::parse(text)? })
    }

    /// Whether a text means the same: `2026.12` is `2026.12.0`.
    fn means(&self, text: &str) -> bool {
        Declines::parse(text).as_ref() == Some(&self.declines)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What an opt-out comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum No<'t> {
    /// It was judged already, and to write it again changes nothing.
    Judged(&'t OptOutRecord),
    /// It is to be written. Where an opt-in took it back and it still stands, it must be gone first, or the API server would not
    /// write it.
    Say {
        /// Whether it must be gone first.
        remove_first: bool,
    },
}

/// What this no comes to on this tenant.
pub fn no<'t>(tenant: &'t TenantInstance, value: &Value) -> No<'t> {
    let stands = annotation(tenant, keys::OPT_OUT) == Some(&value.text);
    let Some(last) = last(tenant, value) else {
        return No::Say { remove_first: false };
    };
    let fits = slot(tenant).filter(|(upgrade, slot)| value.declines.slot(slot, &upgrade.to));
    let slot = fits.map(|(_, slot)| slot.opens.as_str());
    match preview::judged(all(tenant), &last.value, SaidAt::Now, slot) {
        Some(judged) => No::Judged(judged),
        None if last.verdict != Verdict::Undone && (last.verdict.stands() || stands) => No::Judged(last),
        // To say it once more would only move its time.
        None if last.verdict == Verdict::Undone && stands && is_new(tenant, value) => No::Say { remove_first: false },
        None => No::Say { remove_first: stands },
    }
}

/// The opt-out as it is written. A reason that is left of an earlier opt-out goes, and so does an opt-in of the same: it would stand there
/// before the opt-out, and a later one could not take it back.
pub fn no_body(before: &TenantInstance, value: &Value, reason: Option<&str>) -> Json {
    let mut body = annotate(&json!({keys::OPT_OUT: value.text, keys::OPT_OUT_REASON: reason}));
    if annotation(before, keys::OPT_IN).is_some_and(|opt_in| value.means(opt_in)) {
        body["metadata"]["annotations"][keys::OPT_IN] = Json::Null;
    }
    body
}

/// The day of the announced slot: the local day of its opening.
pub fn announced(tenant: &TenantInstance) -> Result<Value, String> {
    let day = slot(tenant).and_then(|(_, slot)| Value::read(slot.opens.get(..10)?));
    day.ok_or_else(|| {
        let expected = upgrade(tenant).map(|upgrade| match upgrade.expected_at {
            Some(at) => format!(": the upgrade to {} is expected around {at}, and nobody was told yet", upgrade.to),
            None => format!(": the upgrade to {} has no date yet", upgrade.to),
        });
        let name = tenant.name_any();
        format!(
            "no date of {name} is announced that could be declined{}. To decline what comes, name it: --date 2026-12-15 (a day) or \
             --version 2026.12.0 (a release, until there is a newer one)",
            expected.unwrap_or_default()
        )
    })
}

/// When the opt-out was written: what admission stamped, else the time in managedFields.
pub fn written_at(tenant: &TenantInstance) -> Option<Timestamp> {
    stamped_at(tenant).or_else(|| {
        let field = format!("/f:metadata/f:annotations/f:{}", keys::OPT_OUT.replace('/', "~1"));
        let owns = |fields: &Json| fields.pointer(&field).is_some();
        let entries = tenant.metadata.managed_fields.iter().flatten();
        let owners = entries.filter(|entry| entry.fields_v1.as_ref().is_some_and(|fields| owns(&fields.0)));
        owners.filter_map(|entry| entry.time.as_ref().map(|time| time.0)).min()
    })
}

fn stamped_at(tenant: &TenantInstance) -> Option<Timestamp> {
    annotation(tenant, keys::OPT_OUT_AT)?.parse().ok()
}

/// Whether the opt-out that was just written is none that an opt-in took back: it must be later, or it would be the old one.
pub fn is_new(tenant: &TenantInstance, value: &Value) -> bool {
    last(tenant, value).is_none_or(|last| last.verdict != Verdict::Undone || !is_judged(tenant, &last.value))
}

/// Whether what stands as written was judged, as the planner tells what was said anew from what was taken back (R12).
fn is_judged(tenant: &TenantInstance, text: &str) -> bool {
    let stamped = stamped_at(tenant).map(SaidAt::Stamped);
    let said = stamped.or_else(|| written_at(tenant).map(SaidAt::About));
    preview::judged(all(tenant), text, said.unwrap_or(SaidAt::About(Timestamp::MIN)), None).is_some()
}

/// When the last was said of it: the opt-in, where one took it back, else the opt-out.
pub fn last_said_at(record: &OptOutRecord) -> Timestamp {
    record.undone_at.unwrap_or(record.at)
}

/// The last verdict on this value.
pub fn last<'t>(tenant: &'t TenantInstance, value: &Value) -> Option<&'t OptOutRecord> {
    records(tenant).find(|record| value.means(&record.value))
}

/// The verdict on this value that was not there before.
pub fn judged<'n>(before: &TenantInstance, now: &'n TenantInstance, value: &Value) -> Option<&'n OptOutRecord> {
    let new = |record: &&OptOutRecord| value.means(&record.value) && !records(before).any(|old| old == *record);
    records(now).find(|record| new(record) && record.verdict != Verdict::Undone)
}

/// What is to be taken back.
#[derive(Debug, PartialEq, Eq)]
pub enum Yes<'t> {
    /// An opt-out that holds.
    TakeBack(&'t OptOutRecord),
    /// An opt-out that is written, and not judged yet.
    Unjudged(&'t str),
}

impl Yes<'_> {
    /// The value as the opt-out has it: only the same text takes it back.
    pub fn value(&self) -> &str {
        match self {
            Self::TakeBack(record) => &record.value,
            Self::Unjudged(value) => value,
        }
    }

    /// What follows from taking back what was not judged.
    pub fn unjudged(&self) -> &'static str {
        match self {
            Self::TakeBack(_) => "",
            Self::Unjudged(_) => "The no was not judged yet, and is gone: it has declined nothing.",
        }
    }
}

/// The opt-out that is meant; without a value the latest that still holds something at this instant.
pub fn yes<'t>(tenant: &'t TenantInstance, value: Option<&Value>, now: Timestamp) -> Result<Yes<'t>, String> {
    let meant = |text: &str| value.is_none_or(|value| value.means(text));
    let written = annotation(tenant, keys::OPT_OUT).filter(|text| meant(text) && Declines::parse(text).is_some());
    if let Some(text) = written.filter(|text| !is_judged(tenant, text)) {
        return Ok(Yes::Unjudged(text));
    }
    // Without a value: what still holds something. With one: whatever an opt-in takes back, a version that was refused too late too.
    let found = match value {
        Some(value) => preview::taken_back(all(tenant), &value.text, |_| true).and_then(|i| all(tenant).get(i)),
        None => records(tenant).find(|record| record.verdict.stands() && !over(tenant, record, now)),
    };
    found.map(Yes::TakeBack).ok_or_else(|| nothing_to_take_back(tenant, value, now))
}

fn nothing_to_take_back(tenant: &TenantInstance, value: Option<&Value>, now: Timestamp) -> String {
    let name = tenant.name_any();
    let holds = |record: &&OptOutRecord| record.verdict.stands() && !over(tenant, record, now);
    let there: Vec<_> = records(tenant).filter(holds).map(|record| record.value.as_str()).collect();
    let there = if there.is_empty() { "nothing is declined".into() } else { format!("declined are: {}", there.join(", ")) };
    let Some(value) = value else { return format!("{name} has no refusal to take back: {there}") };
    let last = last(tenant, value)
        .map(|record| format!(" It was judged {} at {}.", record.verdict.name(), last_said_at(record)))
        .unwrap_or_default();
    format!("{name} has no refusal of {value} to take back: {there}.{last}")
}

/// Whether an opt-out has nothing left to hold: its day is over, or its version runs.
fn over(tenant: &TenantInstance, record: &OptOutRecord, now: Timestamp) -> bool {
    match (Declines::parse(&record.value), &record.lost) {
        (Some(Declines::Day(_)), Some(lost)) => lost.opt_out_until < now,
        // Somewhere on Earth it is still the day before.
        (Some(Declines::Day(day)), None) => day < (now - SignedDuration::from_hours(24)).to_zoned(TimeZone::UTC).date(),
        (Some(Declines::Version(version)), _) => running(tenant).is_some_and(|running| version <= running),
        (None, _) => true,
    }
}

/// Taking back as it is written. The opt-out goes too: then the same opt-out can be said again later, and one that was not judged is not
/// judged after it was taken back.
pub fn yes_body(before: &TenantInstance, yes: &Yes) -> Json {
    let mut body = annotate(&json!({keys::OPT_IN: yes.value()}));
    if annotation(before, keys::OPT_OUT).map(String::as_str) == Some(yes.value()) {
        body["metadata"]["annotations"][keys::OPT_OUT] = Json::Null;
        body["metadata"]["annotations"][keys::OPT_OUT_REASON] = Json::Null;
    }
    body
}

/// Whether the opt-out was taken back.
pub fn undone(before: &TenantInstance, now: &TenantInstance, no: &OptOutRecord) -> bool {
    let is = |record: &&OptOutRecord| record.verdict == Verdict::Undone && record.value == no.value && record.slot == no.slot;
    records(now).filter(is).any(|record| !records(before).any(|old| old == record))
}

/// The opt-outs that were judged, the newest first.
pub fn records(tenant: &TenantInstance) -> impl Iterator<Item = &OptOutRecord> {
    all(tenant).iter()
}

fn all(tenant: &TenantInstance) -> &[OptOutRecord] {
    tenant.status.as_ref().map_or(&[], |status| &status.opt_outs)
}

/// What is planned or runs.
pub fn upgrade(tenant: &TenantInstance) -> Option<&Upgrade> {
    tenant.status.as_ref()?.upgrade.as_ref()
}

/// The announced slot.
pub fn slot(tenant: &TenantInstance) -> Option<(&Upgrade, &Slot)> {
    let upgrade = upgrade(tenant)?;
    Some((upgrade, upgrade.slot.as_ref()?))
}

fn running(tenant: &TenantInstance) -> Option<Version> {
    tenant.status.as_ref()?.version.as_ref()?.parse().ok()
}

fn annotation<'t>(tenant: &'t TenantInstance, key: &str) -> Option<&'t String> {
    tenant.metadata.annotations.as_ref()?.get(key)
}

/// A merge patch of annotations.
pub fn annotate(annotations: &Json) -> Json {
    json!({"metadata": {"annotations": annotations}})
}
