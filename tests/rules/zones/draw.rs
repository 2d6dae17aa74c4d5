//! Windows by chance, with their times where the clocks change.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::Offset,
};

use super::{
    Chance,
    edges::Edge,
    window::{Question, Window},
};

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const WEEKDAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/// A window whose times lie around this change of the clocks.
pub fn window(edge: &Edge, chance: &mut Chance) -> Window {
    let opens = around(edge, chance);
    let (schedule, duration) = schedule(opens, edge, chance);
    let days_before = chance.pick(&[0, 0, 0, 1, 1, 2, 7]);
    // An occurrence is refused when its cut-off leaves less than half of the notice, so the notice is long enough.
    let notice = 2 * (days_before + 1) * DAY + 8 * HOUR + chance.between(0, DAY);
    let opt_out = opt_out(opens, edge, chance).strftime("%H:%M").to_string();
    let first = opens.date() + chance.between(-2, 2).days();
    let freeze = (first, first + chance.pick(&[0, 0, 1, 3]).days());
    let questions = questions(opens, duration, freeze, edge, chance);
    Window { zone: edge.name.clone(), schedule, duration, notice, opt_out, days_before, freeze, questions }
}

/// The first local time that the clocks skip or repeat.
fn face(edge: &Edge) -> DateTime {
    let low = Offset::from_seconds(edge.before.min(edge.after)).unwrap();
    low.to_datetime(Timestamp::from_second(edge.at).unwrap())
}

/// A local time in whole minutes: an edge of the gap or fold, a minute beside it, within it, near it; most on the very day.
fn around(edge: &Edge, chance: &mut Chance) -> DateTime {
    let width = i64::from((edge.after - edge.before).abs()) / MINUTE;
    let minutes = match chance.below(6) {
        0 | 1 => chance.pick(&[0, 0, width]),
        2 => chance.pick(&[-1, 1, width - 1, width + 1]),
        3 | 4 => chance.between(0, width),
        _ => chance.between(-180, width + 180),
    };
    face(edge) + minutes.minutes() + chance.pick(&[0, 0, 0, 0, 0, 0, -2, -1, 1, 2]).days()
}

/// A schedule that matches this local time, and a length with which its occurrences cannot overlap.
fn schedule(opens: DateTime, edge: &Edge, chance: &mut Chance) -> (String, i64) {
    let (minute, hour, day, month) = (opens.minute(), opens.hour(), opens.day(), opens.month());
    match chance.below(12) {
        0 => (format!("{minute} {hour} * * *"), length(opens, 20 * HOUR, chance)),
        1 => (format!("{minute} {hour} * {month} *"), length(opens, 20 * HOUR, chance)),
        2 | 3 => (format!("{minute} {hour} * * {}", weekday(opens.date(), chance)), length(opens, 2 * DAY, chance)),
        // Times of which the clocks may change the order, or make two to one.
        4..=6 => {
            let other = around(edge, chance);
            let (minutes, hours) = (list(minute, other.minute()), list(hour, other.hour()));
            let (days, months) = (list(day, other.day()), list(month, other.month()));
            (format!("{minutes} {hours} {days} {months} *"), chance.pick(&[1, 30, 60]))
        }
        7 => {
            let next = opens.date().tomorrow().unwrap();
            let (days, months) = (list(day, next.day()), list(month, next.month()));
            (format!("{minute} {hour} {days} {months} *"), length(opens, 20 * HOUR, chance))
        }
        _ => (format!("{minute} {hour} {day} {month} *"), length(opens, 3 * DAY, chance)),
    }
}

fn list(one: i8, other: i8) -> String {
    if one == other { one.to_string() } else { format!("{one},{other}") }
}

/// The weekday of this date, or as its n-th or last of the month.
fn weekday(date: Date, chance: &mut Chance) -> String {
    let name = WEEKDAYS[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap()];
    let (nth, last) = ((date.day() - 1) / 7 + 1, date.day() + 7 > date.days_in_month());
    match chance.below(3) {
        0 => name.into(),
        1 if last => format!("{name}L"),
        _ => format!("{name}#{nth}"),
    }
}

/// Some length; often one that ends about midnight, where freezes begin.
fn length(opens: DateTime, most: i64, chance: &mut Chance) -> i64 {
    let to_midnight = DAY - opens.duration_since(opens.date().to_datetime(jiff::civil::Time::midnight())).as_secs();
    let length = match chance.below(4) {
        0 => to_midnight + chance.pick(&[-1, 0, 1]),
        1 => to_midnight + chance.pick(&[-HOUR, HOUR, -HOUR / 2, HOUR / 2]) + chance.pick(&[-1, 0, 1]),
        2 => chance.between(1, most),
        _ => chance.pick(&[5 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR]),
    };
    length.clamp(1, most)
}

/// About the least lead before the opening, or where the clocks change, or at any time.
fn opt_out(opens: DateTime, edge: &Edge, chance: &mut Chance) -> DateTime {
    match chance.below(5) {
        0 | 1 => opens - chance.pick(&[0i64, 4, 5, 6, 65, 64, 66, 35, 34]).minutes(),
        2 | 3 => around(edge, chance),
        _ => opens + chance.between(0, 1439).minutes(),
    }
}

fn questions(opens: DateTime, duration: i64, freeze: (Date, Date), edge: &Edge, chance: &mut Chance) -> Vec<Question> {
    let opens_at = edge.zone.to_zoned(opens).unwrap().timestamp().as_second();
    let start = if chance.percent(30) { second(edge, chance) } else { edge.at - chance.between(0, 5 * DAY) };
    let frozen_at = second(edge, chance);
    vec![
        Question::Between(start, edge.at + chance.between(0, 5 * DAY)),
        Question::Between(opens_at + chance.between(-1, 1), opens_at + chance.between(0, 1)),
        Question::Open(opens_at + chance.pick(&[-1, 0, duration - 1, duration])),
        Question::Open(second(edge, chance)),
        Question::First(chance.pick(&[opens.date(), opens.date(), freeze.0, freeze.1.tomorrow().unwrap()])),
        Question::Date(second(edge, chance)),
        Question::Frozen(frozen_at, frozen_at + chance.pick(&[1, 2, HOUR, DAY])),
    ]
}

/// A second beside the change, so much before or after it as it shifts the clocks, or near it.
fn second(edge: &Edge, chance: &mut Chance) -> i64 {
    let shift = i64::from(edge.after - edge.before);
    let about = edge.at + chance.pick(&[0, 0, shift, -shift]);
    about + if chance.percent(60) { chance.between(-1, 1) } else { chance.between(-2 * DAY, 2 * DAY) }
}
