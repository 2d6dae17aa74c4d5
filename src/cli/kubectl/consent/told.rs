//! What became of an opt-out, and what follows, in words. Pure.

use jiff::Timestamp;
use kube::ResourceExt;

use super::said::{self, Value, slot, upgrade};
use crate::{
    api::{
        TenantInstance, condition,
        tenant::{OptOutRecord, SlotResult, Verdict},
    },
    cli::kubectl::write::Edited,
    plan::Declines,
};

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// In words.
    pub text: String,
    /// Whether it is what was asked for.
    pub granted: bool,
}

/// What a judged no means, and what follows.
pub fn verdict(tenant: &TenantInstance, record: &OptOutRecord) -> Told {
    let text = match record.verdict {
        Verdict::Accepted => format!("{} does not take place. {}", declined(tenant, record), next(tenant)),
        Verdict::Noted => {
            format!("nothing that is planned fits {} yet; it is judged when that comes up.{}", record.value, stands(tenant))
        }
        Verdict::Stale => {
            format!("{} is over, or no release that could come: it declines nothing.{}", record.value, stands(tenant))
        }
        Verdict::TooLate => {
            format!("it was said at {}, after the cut-off{}. {}", record.at, cut_off(tenant, record), goes_ahead(tenant))
        }
        Verdict::LimitReached => format!("it was put off as often as agreed. {}", goes_ahead(tenant)),
        Verdict::AlreadyStarted => "the upgrade runs already, and ends by its own rules. No command stops it.".into(),
        Verdict::Undone => format!("it was taken back at {}. {}", said::last_said_at(record), next(tenant)),
    };
    let by = record.by.as_ref().map(|by| format!(" (said by {by} at {})", record.at)).unwrap_or_default();
    Told { text: format!("{}: {text}{by}", record.verdict.name()), granted: record.verdict.stands() }
}

/// What became of an opt-out that was just written; none: no verdict came in time.
pub fn after_no(judged: Option<&TenantInstance>, done: &Edited<TenantInstance>, value: &Value) -> Told {
    if let Some((tenant, record)) = judged.and_then(|now| Some((now, said::judged(&done.before, now, value)?))) {
        return verdict(tenant, record);
    }
    let tenant = &done.after;
    let text = match said::last(tenant, value) {
        Some(old) => format!(
            "Not judged again within 5 s: the same no was judged {} at {} before, and each is judged once for each slot.{} It is \
             judged for the next slot that it fits.",
            old.verdict.name(),
            said::last_said_at(old),
            stands(tenant)
        ),
        None => format!(
            "No verdict within 5 s. The no is written{} and counts from then; whether it was in time is seen when the operator judges \
             it. Ask again: kubectl uplift why {} -n {}",
            said::written_at(tenant).map(|at| format!(" since {at}")).unwrap_or_default(),
            tenant.name_any(),
            namespace(tenant)
        ),
    };
    Told { text, granted: false }
}

/// An opt-out was taken back.
pub fn undone(tenant: &TenantInstance, no: &OptOutRecord) -> Told {
    let text = match slot(tenant) {
        Some((upgrade, slot)) if no.slot.as_ref() == Some(&slot.opens) => {
            format!("the date stands again: {} to {}", slot.opens, upgrade.to)
        }
        _ => next(tenant).trim_end_matches('.').to_owned(),
    };
    Told { text: format!("Undone: {} is not declined any more; {text}.", no.value), granted: true }
}

/// An opt-out was not taken back within the time: why not, as far as it can be known from here.
pub fn not_undone(tenant: &TenantInstance, no: &OptOutRecord, now: Timestamp) -> Told {
    let runs = upgrade(tenant).is_some_and(|upgrade| upgrade.started_at.is_some());
    let cut_off = no.lost.as_ref().map(|lost| lost.opt_out_until).filter(|at| *at < now);
    let day = matches!(Declines::parse(&no.value), Some(Declines::Day(_)));
    let why = match cut_off {
        _ if runs => "an upgrade runs; when it has ended the refusal is looked at again".into(),
        Some(at) if day => format!("the cut-off of that day, {at}, is over, and a day that is over is over. {}", next(tenant)),
        _ => format!(
            "no answer within 5 s. It is written, and counts when the operator sees it. Ask again: kubectl uplift why {} -n {}",
            tenant.name_any(),
            namespace(tenant)
        ),
    };
    Told { text: format!("Not undone: {why}"), granted: false }
}

/// `the upgrade to 2026.12.0 on 2026-12-15T18:00+00:00`.
fn declined(tenant: &TenantInstance, record: &OptOutRecord) -> String {
    let history = tenant.status.iter().flat_map(|status| &status.history);
    let mut lost = history.filter(|entry| entry.result == SlotResult::OptedOut && record.slot.as_ref() == Some(&entry.slot));
    let to = lost.next().map(|entry| format!("the upgrade to {}", entry.to));
    let version = || {
        matches!(Declines::parse(&record.value), Some(Declines::Version(_))).then(|| format!("the upgrade to {}", record.value))
    };
    let what = to.or_else(version).unwrap_or_else(|| "the upgrade".into());
    record.slot.as_ref().map_or_else(|| what.clone(), |slot| format!("{what} on {slot}"))
}

/// What is planned now.
fn next(tenant: &TenantInstance) -> String {
    let planned = upgrade(tenant);
    if let Some((upgrade, slot)) = slot(tenant) {
        return format!("The next date is {}, to {}.", slot.opens, upgrade.to);
    }
    if let Some((upgrade, at)) = planned.and_then(|upgrade| Some((upgrade, upgrade.expected_at?))) {
        return format!("The next date is expected around {at}, to {}; it is told when it is certain.", upgrade.to);
    }
    let state = tenant.status.as_ref().and_then(|status| condition::get(&status.conditions, condition::UP_TO_DATE));
    let why = state.map(|state| format!(": {}", state.message.trim_end_matches('.'))).unwrap_or_default();
    format!("There is no next date yet{why}.")
}

/// A date that the opt-out does not touch.
fn stands(tenant: &TenantInstance) -> String {
    slot(tenant).map_or_else(String::new, |(upgrade, slot)| {
        let (name, namespace) = (tenant.name_any(), namespace(tenant));
        format!(
            " The upgrade to {} on {} stands. To decline it: kubectl uplift opt-out {name} -n {namespace}",
            upgrade.to, slot.opens
        )
    })
}

/// The upgrade takes place against an opt-out: how the opt-out can be honoured all the same.
fn goes_ahead(tenant: &TenantInstance) -> String {
    let what = slot(tenant).map_or_else(|| "The upgrade".into(), |(u, s)| format!("The upgrade to {} on {}", u.to, s.opens));
    let (name, namespace) = (tenant.name_any(), namespace(tenant));
    format!("{what} goes ahead. To stop it all the same: kubectl uplift suspend tenant {name} -n {namespace} --reason ...")
}

fn cut_off(tenant: &TenantInstance, record: &OptOutRecord) -> String {
    let this = slot(tenant).filter(|(_, slot)| record.slot.as_ref() == Some(&slot.opens));
    this.map(|(_, slot)| format!(" {}", slot.opt_out_until)).unwrap_or_default()
}

fn namespace(tenant: &TenantInstance) -> String {
    tenant.namespace().unwrap_or_default()
}
