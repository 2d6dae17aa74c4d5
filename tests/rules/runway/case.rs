//! One case: a window, an end of life, and a way out of it. As a line for Python, and answered by the planner.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use serde_json::{Value, json};
use uplift::{
    api::{
        TenantInstanceStatus,
        tenant::{Deferrals, WorkloadKind},
    },
    fleet::{Container, Fleet, Meta, Release, Rollout, Tenant, TenantKey, Window as WindowFacts, Workload, WorkloadKey},
    plan::{Change, plan},
};

use crate::{
    histories::chance::Chance,
    zones::{
        draw,
        edges::Edge,
        window::{Question, Window, instant},
    },
};

const DAY: i64 = 86_400;

/// Instants are seconds since 1970.
pub struct Case {
    window: Window,
    now: i64,
    end: Date,
    /// The change window of each upgrade, in their order; -1: that end is open.
    hops: Vec<(i64, i64)>,
    /// How many dates may still be declined.
    deferrals: u32,
    /// How many were; none: the window has no limit, and one counts.
    declined: Option<u32>,
    unmanaged: bool,
}

impl Case {
    pub fn draw(edge: &Edge, chance: &mut Chance) -> Self {
        let mut window = draw::window(edge, chance);
        let day = edge.zone.to_datetime(instant(edge.at)).date();
        if chance.percent(60) {
            often(&mut window, chance);
        }
        let now = edge.at - chance.between(0, 40 * DAY);
        let end = day + jiff::Span::new().days(chance.pick(&[-50, -1, 0, 0, 1, 1, 2, 5, 12, 30, 90, 200]));
        let hops = (0..chance.pick(&[0, 1, 1, 1, 2, 2, 3, 4, 6])).map(|_| span(edge, chance)).collect();
        let declined = chance.pick(&[None, Some(0), Some(0), Some(2)]);
        let deferrals = if declined.is_some() { u32::try_from(chance.between(0, 3)).unwrap() } else { 1 };
        let mut case = Self { window, now, end, hops, deferrals, declined, unmanaged: chance.percent(50) };
        case.window.questions = vec![Question::Runway(case.words())];
        case
    }

    fn words(&self) -> String {
        let days = (self.end - Date::constant(1970, 1, 1)).get_days();
        let spans = self.hops.iter().flat_map(|(first, last)| [first, last]).map(ToString::to_string);
        let words = ["runway".into(), self.now.to_string(), days.to_string(), self.deferrals.to_string()];
        words.into_iter().chain(spans).collect::<Vec<_>>().join(" ")
    }

    pub fn line(&self) -> String {
        self.window.line()
    }

    /// What the planner says of a tenant that it sees for the first time.
    pub fn answer(&self) -> String {
        let plan = plan(&self.fleet(), instant(self.now));
        let status = plan.writes.into_iter().find_map(|write| match write.change {
            Change::TenantStatus { status, .. } => Some(status),
            _ => None,
        });
        let status = status.unwrap_or_else(|| panic!("nothing is said of the tenant\n{self}"));
        let [support] = &status.support[..] else { panic!("{:?}\n{self}", status.support) };
        let or = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        let (hops, by) = (support.hops.map(|n| n.to_string()), support.must_start_by.map(|at| at.as_second().to_string()));
        format!("{} {} {}", support.state, or(hops), or(by))
    }

    fn fleet(&self) -> Fleet {
        let mut fleet = Fleet::fresh();
        let version = |n: usize| format!("1.{n}.0");
        for n in 0..=self.hops.len() {
            let mut spec =
                json!({"version": version(n), "images": {"web": image(n)}, "approval": {"decision": "Approved", "by": "bob"}});
            if n < self.hops.len() || n == 0 {
                spec["endOfLife"] = json!(self.end);
            }
            if let Some((first, last)) = n.checked_sub(1).map(|hop| self.hops[hop]) {
                spec["upgradesFrom"] = json!(format!("={}", version(n - 1)));
                spec["approval"]["change"] = change(first, last);
            }
            fleet.releases.insert(version(n), Release::new(meta(&version(n)), Ok(read(spec)), Ok(read(json!({})))));
        }
        let mut spec = self.window.spec();
        spec.deferral = self.declined.map(|declined| read(json!({"max": declined + self.deferrals})));
        fleet.windows.insert("w".into(), WindowFacts::new(meta("w"), Ok(spec), Ok(read(json!({})))));
        let key = TenantKey::new("t", "t");
        fleet.workloads.insert(WorkloadKey::new(WorkloadKind::Deployment, "t", "web"), workload());
        fleet.tenants.insert(key, self.tenant());
        fleet
    }

    fn tenant(&self) -> Tenant {
        let spec = json!({
            "customer": {"displayName": "T"},
            "contacts": [{"name": "it", "webhook": "https://hooks.example.test/t"}],
            "management": if self.unmanaged { "Unmanaged" } else { "Managed" },
            "windowRef": {"name": "w"},
            "workloads": [{"kind": "Deployment", "name": "web"}],
        });
        let since = instant(self.now - 100);
        let deferrals = self.declined.filter(|count| *count > 0).map(|count| Deferrals { count, since });
        let status = Ok(TenantInstanceStatus { deferrals, ..TenantInstanceStatus::default() });
        Tenant {
            meta: meta("t"),
            spec: Ok(read(spec)),
            status,
            opt_out: None,
            opt_out_reason: None,
            opt_in: None,
            retry: None,
            trial: None,
        }
    }
}

/// A window that opens so often that its dates are closer than the notice.
fn often(window: &mut Window, chance: &mut Chance) {
    let mut fields: Vec<_> = window.schedule.split(' ').map(ToOwned::to_owned).collect();
    (fields[2], fields[3], fields[4]) = ("*".into(), "*".into(), chance.pick(&["*", "*", "TUE", "SUN", "WED#2", "FRIL"]).into());
    (fields[0], fields[1]) = (fields[0].split(',').next().unwrap().into(), fields[1].split(',').next().unwrap().into());
    window.schedule = fields.join(" ");
    window.duration = window.duration.min(20 * 3600);
}

/// Mostly none; else one that some dates fit into.
fn span(edge: &Edge, chance: &mut Chance) -> (i64, i64) {
    let at = |chance: &mut Chance| edge.at + chance.between(-20 * DAY, 60 * DAY);
    match chance.below(10) {
        0 => (at(chance), -1),
        1 => (-1, at(chance)),
        2 => {
            let first = at(chance);
            (first, first + chance.between(DAY, 60 * DAY))
        }
        _ => (-1, -1),
    }
}

fn change(first: i64, last: i64) -> Value {
    let mut change = json!({});
    for (name, at) in [("start", first), ("end", last)].into_iter().filter(|(_, at)| *at >= 0) {
        change[name] = json!(instant(at));
    }
    if change == json!({}) { Value::Null } else { change }
}

fn workload() -> Workload {
    Workload {
        meta: meta("web"),
        containers: vec![Container { name: "web".into(), image: image(0), init: false, image_manager: None }],
        rollout: Rollout { current: true, wanted: 1, updated: 1, available: 1, ..Rollout::default() },
        paused: false,
        keeps_old: None,
        progress_deadline: Some(600),
        last_set: None,
        version_label: None,
        intent: None,
    }
}

fn image(n: usize) -> String {
    format!("registry.example.test/web:1.{n}.0")
}

fn meta(uid: &str) -> Meta {
    Meta { uid: uid.into(), resource_version: "1".into(), generation: 1, created_at: Timestamp::UNIX_EPOCH }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (now, hops) = (instant(self.now), self.hops.len());
        write!(
            f,
            "{}\n  at {now}, an end on {}, {hops} upgrades, {} deferrals ({})",
            self.window,
            self.end,
            self.deferrals,
            self.words()
        )
    }
}
