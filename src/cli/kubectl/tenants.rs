//! Tenants as lines: where each stands, read off its status. What it means was decided by the rules that wrote it.

use jiff::Timestamp;
use serde::Serialize;

use super::output::{self, Colour, Mark};
use crate::{
    api::{
        Many, TenantInstanceStatus, condition,
        reason::Reason,
        shared::Shared,
        tenant::{Blocker, Slot, Upgrade, Verdict},
    },
    fleet::{Fleet, Tenant, TenantKey},
};

/// In which pile a tenant lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Pile {
    /// It runs the newest version that it may run.
    UpToDate,
    /// It has a date, or will get one.
    Waiting,
    /// Its upgrade runs.
    Upgrading,
    /// Something holds it that somebody has to mend.
    Blocked,
    /// The operator has said nothing of it yet.
    Unseen,
}

impl Pile {
    const ALL: [Self; 5] = [Self::UpToDate, Self::Waiting, Self::Upgrading, Self::Blocked, Self::Unseen];

    fn words(self) -> &'static str {
        match self {
            Self::UpToDate => "up to date",
            Self::Waiting => "waiting",
            Self::Upgrading => "upgrading",
            Self::Blocked => "blocked",
            Self::Unseen => "not seen by the operator yet",
        }
    }
}

/// A tenant as a line of a table, and as an item of `-o json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The customer's name.
    pub customer: String,
    /// Its window.
    pub window: String,
    /// Its channel.
    pub channel: String,
    /// What it runs.
    pub version: Option<String>,
    /// What is planned or runs.
    pub upgrade: Option<Upgrade>,
    /// When a slot is expected, in the window's time as far as that is known.
    pub expected: Option<String>,
    /// In which pile it lies.
    #[serde(rename = "state")]
    pub pile: Pile,
    /// The reason of its condition `UpToDate`.
    pub reason: String,
    /// The message of its condition `UpToDate`.
    pub message: String,
    /// The verdict of its last opt-out.
    pub opt_out: Option<Verdict>,
    /// What holds it.
    pub blockers: Shared<Blocker>,
    /// What holds nothing, and should be looked at before it does.
    pub warnings: Vec<Warning>,
}

/// What its status warns of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Warning {
    /// The type of the condition.
    #[serde(rename = "type")]
    pub type_: String,
    /// Its message.
    pub message: String,
}

impl Line {
    /// The line of a tenant; its window is looked up in the fleet.
    pub fn of(fleet: &Fleet, key: &TenantKey, tenant: &Tenant) -> Self {
        let unread = TenantInstanceStatus::default();
        let status = tenant.status.as_ref().unwrap_or(&unread);
        let spec = tenant.spec.as_ref().ok();
        let window = spec.map(|spec| spec.window_ref.name.clone()).unwrap_or_default();
        let (reason, message) = told(tenant, status);
        Self {
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            customer: spec.map(|spec| spec.customer.display_name.clone()).unwrap_or_default(),
            channel: spec.map(|spec| spec.channel.clone()).unwrap_or_default(),
            version: status.version.clone(),
            upgrade: status.upgrade.clone(),
            expected: status.upgrade.as_ref().and_then(|u| u.expected_at).map(|at| opening(fleet, &window, at)),
            pile: pile(status, &reason),
            reason,
            message,
            opt_out: status.opt_outs.first().map(|record| record.verdict),
            blockers: status.blockers.clone(),
            warnings: warnings(status),
            window,
        }
    }

    /// `namespace/name`, as other commands take it.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
    /// The version that it goes to.
    pub fn target(&self) -> Option<&str> {
        self.upgrade.as_ref().map(|upgrade| upgrade.to.as_str())
    }
    /// The announced slot.
    pub fn slot(&self) -> Option<&Slot> {
        self.upgrade.as_ref()?.slot.as_ref()
    }
    /// The slot, or with a tilde when one is expected.
    pub fn date(&self) -> String {
        let expected = || self.expected.as_ref().map(|at| format!("~{at}"));
        self.slot().map(|slot| slot.opens.clone()).or_else(expected).unwrap_or_default()
    }
    /// The state in a word or two: with what holds it, and how much else does.
    pub fn state(&self) -> String {
        let more = || match self.blockers.len() {
            0 | 1 => String::new(),
            n => format!(" +{}", n - 1),
        };
        match self.pile {
            Pile::Blocked => {
                format!("Blocked: {}{}", self.blockers.first().map_or(self.reason.as_str(), |b| b.reason.word()), more())
            }
            _ => self.reason.clone(),
        }
    }
}

/// What its condition says; a status that does not parse says so itself.
fn told(tenant: &Tenant, status: &TenantInstanceStatus) -> (String, String) {
    if let Err(wrong) = &tenant.status {
        return (Reason::Malformed.name().into(), format!("the status does not parse: {wrong}"));
    }
    let condition = condition::get(&status.conditions, condition::UP_TO_DATE);
    condition.map(|c| (c.reason.clone(), c.message.clone())).unwrap_or_default()
}

fn warnings(status: &TenantInstanceStatus) -> Vec<Warning> {
    let types = [condition::IMAGES_SET_ELSEWHERE, condition::FOREIGN_INTENT];
    let conditions = types.into_iter().filter_map(|type_| condition::get(&status.conditions, type_));
    conditions.map(|c| Warning { type_: c.type_.clone(), message: c.message.clone() }).collect()
}

fn pile(status: &TenantInstanceStatus, reason: &str) -> Pile {
    let in_flight = status.upgrade.as_ref().is_some_and(|upgrade| upgrade.started_at.is_some());
    match Reason::named(reason) {
        _ if in_flight => Pile::Upgrading,
        _ if !status.blockers.is_empty() => Pile::Blocked,
        Some(Reason::Malformed | Reason::UpgradeFailed) => Pile::Blocked,
        _ if condition::is_true(&status.conditions, condition::UP_TO_DATE) => Pile::UpToDate,
        None if reason.is_empty() => Pile::Unseen,
        _ => Pile::Waiting,
    }
}

/// An opening by its name, like `2026-12-15T18:00+00:00`; where the window is not known, in UTC.
pub fn opening(fleet: &Fleet, window: &str, at: Timestamp) -> String {
    let schedule = fleet.windows.get(window).and_then(|window| window.schedule.as_ref().ok());
    schedule.map_or_else(|| at.strftime("%Y-%m-%dT%H:%MZ").to_string(), |schedule| schedule.name(at))
}

/// How many tenants lie in which pile: `12 tenants: 5 up to date, 4 waiting, 3 blocked`.
pub fn summary(lines: &[Line]) -> String {
    let count = |pile| lines.iter().filter(|line| line.pile == pile).count();
    let piles = Pile::ALL.into_iter().map(|pile| (count(pile), pile)).filter(|(n, _)| *n > 0);
    let piles: Vec<_> = piles.map(|(n, pile)| format!("{n} {}", pile.words())).collect();
    format!("{}: {}", tenants(lines.len()), piles.join(", "))
}

/// So many tenants, in words.
pub fn tenants(n: usize) -> String {
    Many(n, "tenant").to_string()
}

impl output::Row for Line {
    const KIND: &'static str = "TenantInstance";
    const OBJECT: &'static str = "TenantInstance";
    const COLUMNS: &'static [&'static str] = &["TENANT", "VERSION", "TARGET", "SLOT", "STATE", "OPT-OUT"];
    const MORE: &'static [&'static str] = &["CUT-OFF", "WINDOW", "CHANNEL", "CUSTOMER", "WARNINGS", "MESSAGE"];
    const CUT: &'static [&'static str] = &["STATE"];

    fn name(&self) -> &str {
        &self.name
    }
    fn mark(&self) -> Option<Mark> {
        let colour = match self.pile {
            Pile::Blocked => Colour::Red,
            Pile::Upgrading => Colour::Yellow,
            Pile::UpToDate => Colour::Green,
            Pile::Waiting | Pile::Unseen => return None,
        };
        Some(Mark { column: "STATE", colour })
    }
    fn cells(&self) -> Vec<String> {
        vec![
            self.full_name(),
            self.version.clone().unwrap_or_default(),
            self.target().unwrap_or_default().into(),
            self.date(),
            self.state(),
            self.opt_out.map(|verdict| verdict.name().to_owned()).unwrap_or_default(),
        ]
    }
    fn more(&self) -> Vec<String> {
        vec![
            self.slot().map(|slot| slot.opt_out_until.to_string()).unwrap_or_default(),
            self.window.clone(),
            self.channel.clone(),
            self.customer.clone(),
            self.warnings.iter().map(|warning| warning.type_.as_str()).collect::<Vec<_>>().join(", "),
            self.message.clone(),
        ]
    }
}
