//! The schedule: five fields of cron in local time.
//!
//! croner reads more dialects than people may write here: seconds and years, `@daily`, `?`, `W`, a leading `+`, and names in
//! any field (`0 18 * * MAR` would be a Wednesday). What could be read in two ways is refused.

use std::{borrow::Cow, fmt};

use croner::parser::{CronParser, Seconds, Year};
use jiff::{ToSpan, civil::DateTime};

use super::InvalidWindow;

/// A schedule without a match in so many years is taken to have ended.
pub(super) const YEARS_WITHOUT_MATCH: i64 = 5;

const FIELDS: [&str; 5] = ["minute", "hour", "day of month", "month", "weekday"];
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const FORM: &str = "write five fields, minute hour day-of-month month weekday, like \"0 18 * * TUE#3\" or \"30 22 L * *\"";

/// Local times that repeat.
#[derive(Clone)]
pub(super) struct Cron(croner::Cron);

impl Cron {
    /// Reads five fields.
    pub fn parse(text: &str) -> Result<Self, InvalidWindow> {
        let refused = |message: Cow<'static, str>| InvalidWindow::new("spec.schedule", text, message);
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let fields: [&str; 5] = fields.try_into().map_err(|_| refused(FORM.into()))?;
        if let Some(i) = (0..5).find(|i| !plain(*i, fields[*i]) || !parses(*i, fields[*i])) {
            return Err(refused(format!("the {} {:?} is not understood; {FORM}", FIELDS[i], fields[i]).into()));
        }
        if two_meanings(fields[2], fields[4]) {
            return Err(refused(TWO_MEANINGS.into()));
        }
        parser().parse(&fields.join(" ")).map(Self).map_err(|error| refused(format!("{error}; {FORM}").into()))
    }

    /// The first match after this local time (or at it); none when the next is years away.
    pub fn next(&self, local: DateTime, inclusive: bool) -> Option<DateTime> {
        let limit = local.saturating_add(YEARS_WITHOUT_MATCH.years());
        self.0.find_next_occurrence(&local, inclusive).ok().filter(|found| *found <= limit)
    }
}

impl fmt::Debug for Cron {
    // croner's own holds a flag for each of 5,000 years
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({})", self.0)
    }
}

fn parser() -> CronParser {
    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build()
}

/// Whether croner can read this field on its own: its errors don't say which field they mean.
fn parses(field: usize, text: &str) -> bool {
    let mut fields = ["*"; 5];
    fields[field] = text;
    parser().parse(&fields.join(" ")).is_ok()
}

/// Whether the field holds nothing but numbers, `*`, and the words that belong to it.
fn plain(field: usize, text: &str) -> bool {
    text.split([',', '-', '/', '#']).all(|atom| atom == "*" || is_number(atom) || is_word(field, atom))
}

fn is_number(atom: &str) -> bool {
    !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_digit())
}

fn is_word(field: usize, atom: &str) -> bool {
    let one_of = |words: &[&str], atom: &str| words.iter().any(|word| word.eq_ignore_ascii_case(atom));
    match field {
        2 => atom.eq_ignore_ascii_case("L"),
        3 => one_of(&MONTHS, atom),
        4 => {
            let day = atom.strip_suffix(['L', 'l']).unwrap_or(atom); // FRIL, 5L: the last Friday
            is_number(day) || one_of(&WEEKDAYS, day)
        }
        _ => false,
    }
}

const TWO_MEANINGS: &str = "a step like \"*/2\" in one of day of month and weekday while the other is set means either day in \
                            some crons and both in others; write * in one of them";

/// Vixie cron wants both fields to match when one begins with `*`, croner wants either.
fn two_meanings(day: &str, weekday: &str) -> bool {
    day != "*" && weekday != "*" && (day.starts_with("*/") || weekday.starts_with("*/"))
}
