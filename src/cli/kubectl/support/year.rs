//! Twelve months of a fleet, as a picture shows them: what ends when, and when windows open before.

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::line::{Line, WORST_FIRST, summary};
use crate::{
    api::{Many, tenant::Runway, window::Freeze},
    calendar::Schedule,
    fleet::{Fleet, Window},
};

/// So many months are shown.
pub const MONTHS: i32 = 12;

/// Twelve months from the first of this one on. Dates of tenants and windows are local, today is that of UTC.
#[derive(Debug, PartialEq)]
pub struct Year {
    /// When the fleet was read.
    pub today: Date,
    /// The first day that is shown.
    pub from: Date,
    /// The first day that is not shown any more.
    pub until: Date,
    /// Of whom it is.
    pub asked: String,
    /// How many ends are in which state.
    pub summary: String,
    /// The windows of the tenants, by name.
    pub windows: Vec<Openings>,
    /// What ends, the most urgent first.
    pub ends: Vec<End>,
}

/// When a window opens.
#[derive(Debug, PartialEq)]
pub struct Openings {
    /// Its name, with its zone and what is wrong with it.
    pub name: String,
    /// The days on which it opens: not those that are frozen.
    pub days: Vec<Date>,
    /// When nothing is upgraded.
    pub freezes: Vec<Freeze>,
}

/// The end of a version, of all who run or use it.
#[derive(Debug, PartialEq)]
pub struct End {
    /// What ends: `postgresql/13.14`.
    pub what: String,
    /// The first day without support; none: not known.
    pub ends_on: Option<Date>,
    /// When the first upgrade out of it must start, of whoever must be first.
    pub must_start_on: Option<Date>,
    /// The worst of them.
    pub state: Runway,
    tenants: BTreeSet<String>,
    customers: BTreeSet<String>,
    services: BTreeSet<String>,
}

impl Year {
    /// Of the tenants that were read, what of them was asked for.
    pub fn of(fleet: &Fleet, lines: &[Line], now: Timestamp, asked: String) -> Self {
        let today = TimeZone::UTC.to_datetime(now).date();
        let from = today.first_of_month();
        let until = from.saturating_add(MONTHS.months());
        let used = fleet.tenants.values().filter_map(|tenant| Some(&tenant.spec.as_ref().ok()?.window_ref.name));
        let used: BTreeSet<_> = used.collect();
        let windows = used.into_iter().filter_map(|name| Some(openings(name, fleet.windows.get(name)?, from, until)));
        Self { today, from, until, asked, summary: summary(lines), windows: windows.collect(), ends: ends(lines) }
    }
}

fn openings(name: &str, window: &Window, from: Date, until: Date) -> Openings {
    let spec = window.spec.as_ref().ok();
    let freezes = spec.iter().flat_map(|spec| &spec.freezes).filter(|freeze| freeze.from < until && freeze.to >= from);
    let note = match (&window.schedule, spec) {
        (Ok(schedule), Some(spec)) if spec.suspend.is_some() => format!("{}, suspended", schedule.zone_name()),
        (Ok(schedule), _) => schedule.zone_name().to_owned(),
        (Err(_), _) => "makes no sense".to_owned(),
    };
    Openings {
        name: format!("{name} ({note})"),
        days: window.schedule.as_ref().map(|schedule| days(schedule, from, until)).unwrap_or_default(),
        freezes: freezes.cloned().collect(),
    }
}

/// Each day once, however often it opens on it.
fn days(schedule: &Schedule, from: Date, until: Date) -> Vec<Date> {
    let on_or_after = |day: Date| {
        let next = schedule.occurrences(schedule.first_instant(day)).find(|occurrence| occurrence.frozen.is_none())?;
        Some(schedule.date(next.opens_at)).filter(|opens| *opens < until)
    };
    std::iter::successors(on_or_after(from), |day| on_or_after(day.saturating_add(1.day()))).collect()
}

/// In the order of the lines.
fn ends(lines: &[Line]) -> Vec<End> {
    let mut ends: Vec<End> = vec![];
    for line in lines {
        let (what, ends_on) = (line.what(), line.support.ends_on);
        let known = ends.iter().position(|end| end.what == what && end.ends_on == ends_on);
        let at = known.unwrap_or_else(|| {
            ends.push(End::new(what, ends_on, line.support.state));
            ends.len() - 1
        });
        ends[at].take(line);
    }
    ends
}

impl End {
    fn new(what: String, ends_on: Option<Date>, state: Runway) -> Self {
        let nobody = BTreeSet::new;
        Self { what, ends_on, must_start_on: None, state, tenants: nobody(), customers: nobody(), services: nobody() }
    }
    /// One that nobody uses.
    #[cfg(test)]
    pub fn of(what: &str, ends_on: Option<Date>, must_start_on: Option<Date>) -> Self {
        Self { must_start_on, ..Self::new(what.into(), ends_on, Runway::InTime) }
    }
    fn take(&mut self, line: &Line) {
        let whose = if line.namespace.is_some() { &mut self.tenants } else { &mut self.services };
        whose.insert(line.full_name());
        self.customers.extend(line.customer.clone());
        self.must_start_on = [self.must_start_on, line.must_start_on()].into_iter().flatten().min();
        let both = [self.state, line.support.state];
        self.state = WORST_FIRST.into_iter().find(|state| both.contains(state)).unwrap_or(self.state);
    }
    /// Who runs or uses it: `3 tenants of 2 customers, 1 shared service`.
    pub fn whose(&self) -> String {
        let (tenants, services) = (self.tenants.len(), self.services.len());
        let of = format!("{} of {}", Many(tenants, "tenant"), Many(self.customers.len(), "customer"));
        let all = [(tenants, of), (services, Many(services, "shared service").to_string())];
        all.into_iter().filter(|(n, _)| *n > 0).map(|(_, words)| words).collect::<Vec<_>>().join(", ")
    }
    /// All that the picture says of it.
    pub fn sentence(&self) -> String {
        let ends = self.ends_on.map_or_else(|| "nobody knows until when".to_owned(), |on| format!("unsupported from {on} on"));
        let by = self.must_start_on.map(|on| format!(", must start by {on}")).unwrap_or_default();
        format!("{}: {ends}{by}, {}; {}", self.what, self.state, self.whose())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;
    use crate::{
        api::{UpgradeWindowSpec, UpgradeWindowStatus, tenant::Support},
        fleet::Meta,
    };

    fn line(name: &str, ends_on: &str, by: Option<&str>, state: Runway) -> Line {
        Line {
            namespace: by.is_some().then(|| name.to_owned()),
            name: name.into(),
            customer: by.is_some().then(|| "Acme Ltd".to_owned()),
            support: Support {
                subject: "postgresql".into(),
                version: "13".into(),
                dependency: None,
                responsibility: None,
                ends_on: ends_on.parse().ok(),
                hops: None,
                deferrals: None,
                must_start_by: None,
                state,
                message: None,
            },
            must_start_by_local: by.map(Into::into),
        }
    }

    #[test]
    fn all_who_use_a_version_are_one_end_with_the_worst_state_and_the_first_day() {
        let lines = [
            line("a", "2027-04-30", Some("2027-03-16T18:00+00:00"), Runway::InTime),
            line("b", "2027-04-30", Some("2027-02-16T18:00Z"), Runway::NoRoomForDeferral),
            line("b", "2027-04-30", Some("2027-04-20T18:00+01:00"), Runway::InTime),
            line("pg-eu-1", "2027-04-30", None, Runway::Supported),
            line("c", "2029-04-30", None, Runway::Supported),
            line("d", "", None, Runway::Unknown),
        ];
        let told: Vec<_> = ends(&lines).iter().map(End::sentence).collect();
        let first = "postgresql/13: unsupported from 2027-04-30 on, must start by 2027-02-16, NoRoomForDeferral; \
                     2 tenants of 1 customer, 1 shared service";
        assert_eq!(
            told,
            [
                first,
                "postgresql/13: unsupported from 2029-04-30 on, Supported; 1 shared service",
                "postgresql/13: nobody knows until when, Unknown; 1 shared service"
            ]
        );
    }

    fn window(spec: Value) -> Window {
        let spec: UpgradeWindowSpec = from_value(spec).unwrap();
        let meta = Meta { uid: "1".into(), resource_version: "1".into(), generation: 1, created_at: Timestamp::UNIX_EPOCH };
        Window::new(meta, Ok(spec), Ok(UpgradeWindowStatus::default()))
    }

    #[test]
    fn a_window_opens_once_a_day_and_on_no_day_that_is_frozen() {
        let (from, until) = ("2027-03-01".parse().unwrap(), "2027-03-06".parse().unwrap());
        let hourly = window(json!({
            "schedule": "0 */2 * * *", "timeZone": "Asia/Tokyo", "duration": "1h",
            "freezes": [
                {"from": "2026-12-01", "to": "2027-02-28", "reason": "over"},
                {"from": "2027-03-02", "to": "2027-03-04", "reason": "stocktaking"},
            ],
        }));
        let openings = openings("nights", &hourly, from, until);
        assert_eq!(openings.name, "nights (Asia/Tokyo)");
        assert_eq!(openings.days.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2027-03-01", "2027-03-05"]);
        assert_eq!(openings.freezes.iter().map(|freeze| freeze.reason.as_str()).collect::<Vec<_>>(), ["stocktaking"]);
    }

    #[test]
    fn a_window_that_does_not_open_says_why() {
        let (from, until) = ("2027-03-01".parse().unwrap(), "2028-03-01".parse().unwrap());
        let of = |schedule: &str| {
            let spec = json!({
                "schedule": schedule, "timeZone": "UTC", "duration": "4h", "suspend": {"reason": "moving"},
            });
            openings("w", &window(spec), from, until)
        };
        assert_eq!(of("0 18 * * TUE#3").name, "w (UTC, suspended)");
        assert_eq!((of("nonsense").name.as_str(), of("nonsense").days.len()), ("w (makes no sense)", 0));
    }
}
