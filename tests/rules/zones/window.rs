//! A window with questions: as a line for Python, and answered by the calendar.

use std::fmt::Write;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::json;
use uplift::{
    api::UpgradeWindowSpec,
    calendar::{Occurrence, Schedule},
};

/// Instants are seconds since 1970, lengths are seconds.
#[derive(Clone)]
pub struct Window {
    pub zone: String,
    pub schedule: String,
    pub duration: i64,
    pub notice: i64,
    pub opt_out: String,
    pub days_before: i64,
    pub freeze: (Date, Date),
    pub questions: Vec<Question>,
}

#[derive(Clone)]
pub enum Question {
    /// The occurrences that open from one second to another, both included.
    Between(i64, i64),
    /// The opening of what is open.
    Open(i64),
    /// The first instant of a local date.
    First(Date),
    /// The local date.
    Date(i64),
    /// Whether a span touches the freeze.
    Frozen(i64, i64),
    /// What fits before an end (R28): asked in words, and answered by the planner.
    Runway(String),
}

impl Question {
    fn words(&self) -> String {
        match self {
            Self::Between(first, last) => format!("between {first} {last}"),
            Self::Open(at) => format!("open {at}"),
            Self::First(date) => format!("first {date}"),
            Self::Date(at) => format!("date {at}"),
            Self::Frozen(opens, closes) => format!("frozen {opens} {closes}"),
            Self::Runway(words) => words.clone(),
        }
    }
}

impl Window {
    /// What the Python program reads.
    pub fn line(&self) -> String {
        let Self { zone, schedule, duration, notice, opt_out, days_before, freeze: (from, to), .. } = self;
        let mut line = format!("{zone}\t{schedule}\t{duration}\t{notice}\t{opt_out}\t{days_before}\t{from}\t{to}");
        self.questions.iter().for_each(|question| write!(line, "\t{}", question.words()).unwrap());
        line
    }

    /// The answers of the calendar, in the form of the Python program.
    pub fn answers(&self) -> Vec<String> {
        let schedule = Schedule::compile(&self.spec()).unwrap_or_else(|error| panic!("{self}\n{error}"));
        self.questions.iter().map(|question| answer(&schedule, question)).collect()
    }

    pub fn spec(&self) -> UpgradeWindowSpec {
        let (from, to) = self.freeze;
        let spec = json!({
            "schedule": self.schedule, "timeZone": self.zone, "duration": format!("{}s", self.duration),
            "notice": format!("{}s", self.notice), "announceAhead": format!("{}s", self.notice + 86_400),
            "optOut": {"time": self.opt_out, "daysBefore": self.days_before},
            "freezes": [{"from": from, "to": to, "reason": "frozen"}],
        });
        serde_json::from_value(spec).unwrap()
    }

    /// A question and its two answers as people read them: with local times, and without what is the same in both.
    pub fn difference(&self, index: usize, rust: &str, python: &str) -> String {
        let zone = uplift::calendar::zone(&self.zone).unwrap();
        let readable = |text: &str| with_local_times(text, &zone);
        let (question, ours, theirs) = (self.questions[index].words(), without(rust, python), without(python, rust));
        format!("{self}\n  asked:  {}\n  Rust:   {}\n  Python: {}\n", readable(&question), readable(&ours), readable(&theirs))
    }
}

/// The parts of an answer that the other one does not have.
fn without(one: &str, other: &str) -> String {
    let parts: Vec<_> = one.split("; ").filter(|part| !other.split("; ").any(|same| same == *part)).collect();
    parts.join("\n          ")
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { zone, schedule, duration, notice, opt_out, days_before, freeze: (from, to), .. } = self;
        write!(f, "{zone}, schedule {schedule:?}, open for {duration} s, notice {notice} s, ")?;
        write!(f, "opt-out until {opt_out} {days_before} days before, frozen from {from} to {to}")
    }
}

fn answer(schedule: &Schedule, question: &Question) -> String {
    match question {
        Question::Between(first, last) => {
            let found = schedule.occurrences(instant(*first)).take_while(|o| o.opens_at <= instant(*last));
            found.map(|o| occurrence(&o)).collect::<Vec<_>>().join("; ")
        }
        Question::Open(at) => schedule.open_at(instant(*at)).map_or("-".into(), |o| o.opens_at.as_second().to_string()),
        Question::First(date) => schedule.first_instant(*date).as_second().to_string(),
        Question::Date(at) => schedule.date(instant(*at)).to_string(),
        Question::Frozen(opens, closes) => schedule.frozen(instant(*opens), instant(*closes)).unwrap_or("-").into(),
        Question::Runway(_) => panic!("the planner answers that"),
    }
}

fn occurrence(o: &Occurrence) -> String {
    let [opens, closes, cut_off, notice] = [o.opens_at, o.closes_at, o.opt_out_until, o.notice_until].map(Timestamp::as_second);
    let frozen = o.frozen.as_deref().unwrap_or("-");
    format!("{} opens {opens} closes {closes} cut-off {cut_off} notice {notice} {frozen}", o.opens)
}

pub fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn with_local_times(text: &str, zone: &TimeZone) -> String {
    let readable = |word: &str| match word.parse() {
        Ok(second) => instant(second).to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        Err(_) => word.to_string(),
    };
    text.split(' ').map(readable).collect::<Vec<_>>().join(" ")
}
