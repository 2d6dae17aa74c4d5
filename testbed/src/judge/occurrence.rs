//! Windows, computed anew in the simplest way: enough for the examples (`minute hour * * WEEKDAY[#n]`, or `*` for every day), and nothing of the operator's.

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use serde_json::Value;

use super::read::{duration, list, text, time};

/// What a window's spec says, as far as slots go.
pub struct Occurrence {
    zone: TimeZone,
    opens: Time,
    /// None: every day.
    weekday: Option<Weekday>,
    nth: Option<i8>,
    duration: SignedDuration,
    notice: SignedDuration,
    cut_off: Time,
    days_before: i64,
    freezes: Vec<(Date, Date)>,
}

impl Occurrence {
    pub fn of(spec: &Value) -> Option<Self> {
        let cron: Vec<&str> = text(&spec["schedule"]).split_whitespace().collect();
        let [minute, hour, "*", "*", day] = cron[..] else { return None };
        let (day, nth) = day.split_once('#').map_or((day, None), |(day, nth)| (day, nth.parse().ok()));
        let cut_off = spec["optOut"]["time"].as_str().unwrap_or("13:00");
        let freeze = |freeze: &Value| Some((text(&freeze["from"]).parse().ok()?, text(&freeze["to"]).parse().ok()?));
        Some(Self {
            zone: TimeZone::get(text(&spec["timeZone"])).ok()?,
            opens: Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?,
            weekday: if day == "*" { None } else { Some(weekday(day)?) },
            nth,
            duration: duration(text(&spec["duration"]))?,
            notice: duration(spec["notice"].as_str().unwrap_or("48h"))?,
            cut_off: format!("{cut_off}:00").parse().ok()?,
            days_before: spec["optOut"]["daysBefore"].as_i64().unwrap_or(0),
            freezes: list(&spec["freezes"]).iter().filter_map(freeze).collect(),
        })
    }

    /// When the date after one that closes then may open: it is to be announced.
    pub fn next_after(&self, closes: Timestamp) -> Timestamp {
        closes + self.notice + SignedDuration::from_mins(15)
    }

    /// How many dates, each announced after the one before, open from then on and are over before a day begins: the first that can be is taken.
    pub fn dates(&self, from: Timestamp, ends: Date) -> u64 {
        let (mut from, mut dates) = (from, 0);
        let first = from.to_zoned(self.zone.clone()).date();
        for day in first.series(1.day()).take_while(|day| *day <= ends) {
            let Ok(opens) = day.to_datetime(self.opens).to_zoned(self.zone.clone()).map(|opens| opens.timestamp()) else {
                continue;
            };
            if opens >= from && self.is_over_before(opens, ends) {
                (from, dates) = (self.next_after(opens + self.duration), dates + 1);
            }
        }
        dates
    }

    /// What is wrong with a slot of this window; nothing when it is one.
    pub fn wrong(&self, slot: &Value) -> Option<&'static str> {
        let times = ["opensAt", "closesAt", "optOutUntil", "noticeUntil"].map(|field| time(&slot[field]));
        let [Some(opens), Some(closes), Some(cut_off), Some(notice)] = times else { return Some("it has no times") };
        let local = opens.to_zoned(self.zone.clone()).date();
        [
            (!self.opens_at(local, opens), "no occurrence opens then"),
            (closes != opens + self.duration, "the occurrence closes at another time"),
            (notice != opens - self.notice, "the notice must come earlier or may come later"),
            (self.cut_off_of(local, opens) != Some(cut_off), "the cut-off is another one"),
            (self.frozen(opens, closes), "the occurrence is frozen"),
        ]
        .into_iter()
        .find_map(|(wrong, why)| wrong.then_some(why))
    }

    /// The first instant of a local date.
    pub fn begins(&self, date: Date) -> Option<Timestamp> {
        Some(date.to_zoned(self.zone.clone()).ok()?.timestamp())
    }

    /// Whether an occurrence that no freeze touches opens then, and is closed before a local date begins.
    pub fn is_over_before(&self, opens: Timestamp, date: Date) -> bool {
        let (local, closes) = (opens.to_zoned(self.zone.clone()).date(), opens + self.duration);
        self.opens_at(local, opens) && !self.frozen(opens, closes) && self.begins(date).is_some_and(|begins| closes <= begins)
    }

    /// Whether an occurrence opens then. What the clocks skip comes as much later, maybe on the next day.
    fn opens_at(&self, local: Date, opens: Timestamp) -> bool {
        let of_week = |day: &Date| self.weekday.is_none_or(|weekday| day.weekday() == weekday);
        let right = |day: &Date| of_week(day) && self.nth.is_none_or(|nth| (day.day() - 1) / 7 + 1 == nth);
        let mut days = [Some(local), local.yesterday().ok()].into_iter().flatten().filter(right);
        days.any(|day| day.to_datetime(self.opens).to_zoned(self.zone.clone()).is_ok_and(|at| at.timestamp() == opens))
    }

    /// The last such wall-clock time at least five minutes before the opening, so many days earlier.
    fn cut_off_of(&self, day: Date, opens: Timestamp) -> Option<Timestamp> {
        let at = |day: Date| Some(day.to_datetime(self.cut_off).to_zoned(self.zone.clone()).ok()?.timestamp());
        let same_day = at(day)? <= opens - SignedDuration::from_mins(5);
        let back = self.days_before + i64::from(!same_day);
        at(day.checked_sub(back.days()).ok()?)
    }

    fn frozen(&self, opens: Timestamp, closes: Timestamp) -> bool {
        let last = closes - SignedDuration::from_secs(1);
        let [first, last] = [opens, last].map(|at| at.to_zoned(self.zone.clone()).date());
        self.freezes.iter().any(|(from, to)| *from <= last && first <= *to)
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let days = [
        ("MON", Monday),
        ("TUE", Tuesday),
        ("WED", Wednesday),
        ("THU", Thursday),
        ("FRI", Friday),
        ("SAT", Saturday),
        ("SUN", Sunday),
    ];
    days.into_iter().find_map(|(short, day)| (short == name).then_some(day))
}
