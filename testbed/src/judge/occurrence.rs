//! Windows, computed anew in the simplest way: enough for the examples (`minute hour * * WEEKDAY[#n]`), and nothing of the operator's.

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use serde_json::Value;

use super::facts::{list, text, time};

/// What a window's spec says, as far as slots go.
pub struct Occurrence {
    zone: TimeZone,
    opens: Time,
    weekday: Weekday,
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
            weekday: weekday(day)?,
            nth,
            duration: duration(text(&spec["duration"]))?,
            notice: duration(spec["notice"].as_str().unwrap_or("48h"))?,
            cut_off: format!("{cut_off}:00").parse().ok()?,
            days_before: spec["optOut"]["daysBefore"].as_i64().unwrap_or(0),
            freezes: list(&spec["freezes"]).iter().filter_map(freeze).collect(),
        })
    }

    /// What is wrong with a slot of this window; nothing when it is one.
    pub fn compare(spec: &Value, slot: &Value) -> Option<String> {
        let Some(window) = Self::of(spec) else { return Some("the judge can't read its window".into()) };
        let times = ["opensAt", "closesAt", "optOutUntil", "noticeUntil"].map(|field| time(&slot[field]));
        let [Some(opens), Some(closes), Some(cut_off), Some(notice)] = times else { return Some("its slot has no times".into()) };
        let local = opens.to_zoned(window.zone.clone());
        let right_day = local.weekday() == window.weekday && window.nth.is_none_or(|nth| (local.day() - 1) / 7 + 1 == nth);
        [
            (!right_day || local.time() != window.opens, "no occurrence opens then"),
            (closes != opens + window.duration, "the occurrence closes at another time"),
            (notice != opens - window.notice, "the notice must come earlier or may come later"),
            (window.cut_off_of(local.date(), opens) != Some(cut_off), "the cut-off is another one"),
            (window.frozen(opens, closes), "the occurrence is frozen"),
        ]
        .into_iter()
        .find_map(|(wrong, why)| wrong.then(|| why.to_owned()))
    }

    /// The length of notice before an opening.
    pub fn notice_until(&self, opens: Timestamp) -> Timestamp {
        opens - self.notice
    }

    /// The local days that a slot touches: cut-off, opening, close.
    pub fn days(&self, slot: &Value) -> Vec<String> {
        let times = ["optOutUntil", "opensAt", "closesAt"].map(|field| time(&slot[field]));
        times.into_iter().flatten().map(|at| at.to_zoned(self.zone.clone()).date().to_string()).collect()
    }

    /// The first instant of a local day.
    pub fn day_begins(&self, day: &str) -> Option<Timestamp> {
        let day: Date = day.parse().ok()?;
        Some(day.to_zoned(self.zone.clone()).ok()?.timestamp())
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

/// `336h`, `90m`, `1h30m`.
pub fn duration(text: &str) -> Option<SignedDuration> {
    text.parse().ok()
}

/// The beginning of a UTC date.
pub fn utc_day(day: &str) -> Option<Timestamp> {
    format!("{day}T00:00:00Z").parse().ok()
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
