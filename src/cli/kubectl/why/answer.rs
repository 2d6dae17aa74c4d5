//! What is told of one tenant. Serialized it is the object of `-o json`.

use jiff::Timestamp;
use serde::Serialize;

use super::images::{self, SetBy};
use crate::{
    api::{
        TenantInstanceStatus,
        reason::Reason,
        shared::Shared,
        tenant::{Blocker, HistoryEntry, Issue, NoticeRecord, OptOutRecord, Slot, Support, Upgrade},
    },
    calendar::Schedule,
    cli::kubectl::tenants::Line,
    fleet::{Fleet, Tenant, TenantKey, Window},
    plan::{self, Held, Newer},
};

/// Everything that is known of one tenant.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Where it stands.
    #[serde(flatten)]
    pub line: Line,
    /// The window's zone, if the window is known.
    pub time_zone: Option<String>,
    /// What is told although it is no part of the answer.
    pub remarks: Vec<String>,
    /// The times of the slot.
    pub slot_times: Option<SlotTimes>,
    /// What it runs that will not be supported for ever.
    pub support: Shared<Support>,
    /// What people should look at before it goes to the planned release.
    pub issues: Shared<Issue>,
    /// Every gate that holds, waiting ones too; none: the status does not parse, and nothing is known.
    pub held: Option<Vec<Hold>>,
    /// Newer releases that it is not planned for.
    pub newer: Vec<NewerRelease>,
    /// Who wrote the images last that an upgrade changes.
    pub images: Vec<SetBy>,
    /// Notices, newest first.
    pub notices: Shared<NoticeRecord>,
    /// Opt-outs, newest first.
    pub opt_outs: Shared<OptOutRecord>,
    /// Opt-outs that counted since the last success, and how many may.
    pub deferrals: Deferrals,
    /// Slots that ended, newest first.
    pub history: Shared<HistoryEntry>,
    #[serde(skip)]
    zone: Option<Schedule>,
}

/// An instant for people, and for programs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Instant {
    /// In the window's zone, if the window is known.
    pub local: Option<String>,
    /// The same in UTC.
    pub utc: Timestamp,
}

/// The times of a slot.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SlotTimes {
    /// It opens.
    pub opens: Instant,
    /// It closes.
    pub closes: Instant,
    /// The last second in which an opt-out counts.
    pub cut_off: Instant,
    /// The last second in which the notice may be delivered.
    pub notice_by: Instant,
}

/// A gate that holds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// Gate, what it holds, reason, message, until.
    #[serde(flatten)]
    pub blocker: Blocker,
    /// Time or the plan lifts it.
    pub waiting: bool,
    /// Only an edit of the tenant's manifest mends it.
    pub stalled: bool,
    /// Only the operator can know it: it stood in the status.
    pub said_by_operator: bool,
}

/// A newer release, with what holds it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewerRelease {
    /// Its version.
    pub version: String,
    /// What holds it; nothing: it waits for what is planned.
    pub held: Vec<Hold>,
}

/// How often the customer put the upgrade off.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deferrals {
    /// Since the last success.
    pub count: u32,
    /// How often it may; none: no limit.
    pub limit: Option<u32>,
    /// Nothing is declined without which the way out of what runs would not fit before its support ends.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub until_end_of_life: bool,
    /// When the first was said.
    pub since: Option<Timestamp>,
}

impl Answer {
    /// What was read and what the rules say of it; none where there is no such tenant. `whole`: every tenant that counts was read.
    pub fn of(fleet: &Fleet, now: Timestamp, key: &TenantKey, whole: bool) -> Option<Self> {
        let seen = fleet.tenants.get(key)?;
        let explained = plan::explain(fleet, now, key);
        // What the rules say now, since the operator may be behind; but it sees everyone, and knows best who has which place.
        let operators = explained.as_ref().map(|e| operators(seen, &e.status)).unwrap_or_default();
        let current = explained.as_ref().filter(|_| whole).map(|e| held_by(&operators, seen, e.status.clone()));
        let mut status = current.unwrap_or_else(|| seen.status.clone().unwrap_or_default());
        // As the operator said it: an end of support is no part of what holds it.
        status.support = seen.status.as_ref().map(|status| status.support.clone()).unwrap_or_default();
        let tenant = Tenant { status: Ok(status.clone()), ..seen.clone() };
        let shown = if seen.status.is_ok() { &tenant } else { seen };
        let line = Line::of(fleet, key, shown);
        let slot = status.upgrade.as_ref().and_then(|upgrade| upgrade.slot.as_ref());
        let window = fleet.windows.get(slot.map_or(&line.window, |slot| &slot.window));
        let zone = window.and_then(|window| window.schedule.as_ref().ok()).cloned();
        Some(Self {
            time_zone: window.and_then(|window| window.spec.as_ref().ok()).map(|spec| spec.time_zone.clone()),
            remarks: remarks(seen, &status, whole),
            slot_times: slot.map(|slot| times(zone.as_ref(), slot)),
            held: explained.as_ref().map(|e| operators.into_iter().chain(holds(&e.held)).collect()),
            newer: explained.as_ref().map(|e| newer(&e.newer)).unwrap_or_default(),
            images: images::of(fleet, key),
            deferrals: deferrals(&status, window),
            support: status.support,
            issues: status.issues,
            notices: status.notices,
            opt_outs: status.opt_outs,
            history: status.history,
            line,
            zone,
        })
    }

    /// What is planned.
    pub fn upgrade(&self) -> Option<&Upgrade> {
        self.line.upgrade.as_ref()
    }
    /// In the window's time.
    pub fn instant(&self, at: Timestamp) -> Instant {
        instant(self.zone.as_ref(), at)
    }
}

fn instant(zone: Option<&Schedule>, at: Timestamp) -> Instant {
    Instant { local: zone.map(|zone| zone.local(at)), utc: at }
}

fn times(zone: Option<&Schedule>, slot: &Slot) -> SlotTimes {
    let at = |at| instant(zone, at);
    SlotTimes {
        opens: at(slot.opens_at),
        closes: at(slot.closes_at),
        cut_off: at(slot.opt_out_until),
        notice_by: at(slot.notice_until),
    }
}

fn holds(held: &[Held]) -> Vec<Hold> {
    let by_rules =
        |h: &Held| Hold { blocker: h.blocker.clone(), waiting: h.waiting, stalled: h.stalled, said_by_operator: false };
    held.iter().map(by_rules).collect()
}

/// What the operator said of its own clock and watches: nobody else can know it. It holds the start of a slot, and nothing once
/// the rules say that this slot is gone.
fn operators(seen: &Tenant, now: &TenantInstanceStatus) -> Vec<Hold> {
    let slot = |status: &TenantInstanceStatus| status.upgrade.as_ref().and_then(|upgrade| upgrade.slot.clone());
    let own = |blocker: &&Blocker| matches!(blocker.reason.known(), Some(Reason::ClockSkew | Reason::StaleView));
    let hold = |blocker: &Blocker| Hold { blocker: blocker.clone(), waiting: false, stalled: false, said_by_operator: true };
    let seen = seen.status.iter().filter(|seen| slot(seen) == slot(now));
    seen.flat_map(|seen| &seen.blockers).filter(own).map(hold).collect()
}

/// What the rules say now, with what the operator said.
fn held_by(operators: &[Hold], seen: &Tenant, now: TenantInstanceStatus) -> TenantInstanceStatus {
    let own = operators.iter().map(|hold| hold.blocker.clone());
    let blockers: Vec<_> = own.chain(now.blockers.iter().cloned()).collect();
    let same = |seen: &&TenantInstanceStatus| {
        seen.blockers.len() == blockers.len() && seen.blockers.iter().all(|blocker| blockers.contains(blocker))
    };
    match seen.status.as_ref().ok().filter(same) {
        // Only then do the conditions tell of what holds it: the rules knew of less.
        Some(seen) if !operators.is_empty() => {
            TenantInstanceStatus { blockers: seen.blockers.clone(), conditions: seen.conditions.clone(), ..now }
        }
        _ => TenantInstanceStatus { blockers: blockers.into(), ..now },
    }
}

fn newer(releases: &[Newer]) -> Vec<NewerRelease> {
    releases.iter().map(|release| NewerRelease { version: release.version.clone(), held: holds(&release.held) }).collect()
}

fn deferrals(status: &TenantInstanceStatus, window: Option<&Window>) -> Deferrals {
    let agreed = window.and_then(|window| window.spec.as_ref().ok()?.deferral.as_ref());
    let (limit, until_end_of_life) = (agreed.map(|agreed| agreed.max), agreed.is_some_and(|agreed| agreed.until_end_of_life));
    let standing = status.deferrals.as_ref();
    Deferrals { count: standing.map_or(0, |d| d.count), limit, until_end_of_life, since: standing.map(|d| d.since) }
}

fn remarks(seen: &Tenant, now: &TenantInstanceStatus, whole: bool) -> Vec<String> {
    let behind = seen.status.as_ref().is_ok_and(|seen| seen != now);
    let behind = behind.then(|| "The operator has not written this to the status yet: it is behind, or does not run.".to_owned());
    let part = (!whole)
        .then(|| "Tenants in namespaces that you may not see are not counted: not their places, not their upgrades.".to_owned());
    behind.into_iter().chain(part).collect()
}
