//! R19: whether what a probe measured after the upgrade agrees with what it measured before. Numbers are decimals, compared exactly.

use crate::{
    api::{
        hook::Compare,
        tenant::{JobPhase, UpgradeJob},
    },
    plan::record::steps::{LONG, SHORT, clip},
};

/// Digits after the point that count; a number with more of them, or with more than 18 before it, is none.
const FRACTION: usize = 12;
const WHOLE: usize = 18;

/// What the value after must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The same text.
    Equal,
    /// A number that is not lower.
    NotLess,
    /// A number that differs by at most so many hundredths of a percent of the one before.
    Within(u32),
}

impl Rule {
    /// That of a probe. Admission lets no other stand; what nobody can read is the strictest.
    pub fn of(probe: &UpgradeJob) -> Self {
        match (probe.compare, probe.within.as_deref().and_then(hundredths)) {
            (Some(Compare::NotLess), _) => Self::NotLess,
            (None, Some(part)) => Self::Within(part),
            _ => Self::Equal,
        }
    }

    /// What is wrong with a value, whatever it is compared with.
    pub fn wrong(self, value: &str) -> Option<String> {
        let value = value.trim();
        if value.is_empty() {
            return Some("it printed nothing; let its container write the value as its termination message".into());
        }
        (self != Self::Equal && number(value).is_none()).then(|| format!("it printed {value:?}, which is no number"))
    }

    /// Whether both agree. Where a number is needed and one is none, they do not.
    pub fn agrees(self, before: &str, after: &str) -> bool {
        let numbers = || Some((number(before.trim())?, number(after.trim())?));
        match self {
            Self::Equal => before.trim() == after.trim(),
            Self::NotLess => numbers().is_some_and(|(before, after)| after >= before),
            Self::Within(part) => numbers().is_some_and(|(before, after)| {
                // At most 30 digits each, so neither side leaves its type.
                (after - before).abs() * 10_000 <= before.abs() * i128::from(part)
            }),
        }
    }

    /// After "they must".
    pub fn words(self) -> String {
        match self {
            Self::Equal => "be equal".into(),
            Self::NotLess => "not get less".into(),
            Self::Within(part) => format!("lie within {}.{:02}% of each other", part / 100, part % 100),
        }
    }
}

/// Compares what the probes of this phase measured with what they measured before, and notes it; what does not agree.
pub fn differ(jobs: &mut [UpgradeJob], phase: JobPhase) -> Option<String> {
    let value = |job: &UpgradeJob| job.message.clone().unwrap_or_default();
    let measured = |job: &&UpgradeJob| job.phase == JobPhase::ProbeBefore;
    let before: Vec<_> = jobs.iter().filter(measured).map(|job| (job.name.clone(), value(job))).collect();
    let when = if phase.is_back() { "after the restore" } else { "after" };
    let mut wrong = vec![];
    for job in jobs.iter_mut().filter(|job| job.phase == phase) {
        let (rule, after) = (Rule::of(job), value(job));
        let known = before.iter().find(|(name, _)| *name == job.name).map(|(_, value)| value.as_str());
        let holds = known.is_some_and(|known| rule.agrees(known, &after));
        job.holds = Some(holds);
        if !holds {
            let [known, after] = [known.unwrap_or_default(), &after].map(|value| clip(value, SHORT));
            wrong.push(format!("probe {:?}: {known:?} before and {after:?} {when}; they must {}", job.name, rule.words()));
        }
    }
    (!wrong.is_empty()).then(|| clip(&wrong.join("; "), LONG))
}

/// `1%` and `0.25%` in hundredths of a percent.
fn hundredths(text: &str) -> Option<u32> {
    let (whole, fraction) = split(text.strip_suffix('%')?)?;
    let fraction = format!("{fraction:0<2}");
    if fraction.len() > 2 || whole.len() > 3 {
        return None;
    }
    format!("{whole}{fraction}").parse().ok()
}

/// A decimal, scaled to whole numbers.
fn number(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = split(digits)?;
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    if whole.len() > WHOLE || fraction.len() > FRACTION {
        return None;
    }
    let scaled: i128 = format!("{whole}{fraction:0<FRACTION$}").parse().ok()?;
    Some(if negative { -scaled } else { scaled })
}

/// The digits before and after the point: at least one before it, and one after it if it is there.
fn split(text: &str) -> Option<(&str, &str)> {
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    (!whole.is_empty() && digits(whole) && digits(fraction)).then_some((whole, fraction))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_compares_texts_without_the_space_around_them() {
        for (before, after, agrees) in
            [("12", "12", true), (" 12\n", "12", true), ("12", "12.0", false), ("a", "A", false), ("ok 3", "ok 3", true)]
        {
            assert_eq!(Rule::Equal.agrees(before, after), agrees, "{before:?} {after:?}");
        }
    }

    #[test]
    fn not_less_compares_numbers() {
        for (before, after, agrees) in [
            ("12", "12", true),
            ("12", "12.000", true),
            ("9", "10", true),
            ("10", "9", false),
            ("-3", "-2.5", true),
            ("-2.5", "-3", false),
            ("0.1", "0.09", false),
            ("+1", "1", true),
            ("007", "7", true),
        ] {
            assert_eq!(Rule::NotLess.agrees(before, after), agrees, "{before} {after}");
        }
    }

    /// Inclusive; of the value before; of zero it means equal.
    #[test]
    fn within_is_a_part_of_the_value_before_and_inclusive() {
        for (part, before, after, agrees) in [
            ("1%", "100", "101", true),
            ("1%", "100", "99", true),
            ("1%", "100", "101.000000000001", false),
            ("1%", "101", "100", true),
            ("0.5%", "1000", "1005", true),
            ("0.5%", "1000", "1006", false),
            ("0.05%", "10000", "10005", true),
            ("0.05%", "10000", "10006", false),
            ("50%", "0", "0", true),
            ("50%", "0", "0.000000000001", false),
            ("10%", "-100", "-110", true),
            ("10%", "-100", "-89", false),
            ("10%", "-1", "1", false),
            ("0%", "5", "5", true),
            ("0%", "5", "6", false),
            ("200%", "5", "-5", true),
        ] {
            let rule = Rule::Within(hundredths(part).unwrap());
            assert_eq!(rule.agrees(before, after), agrees, "{part} {before} {after}");
        }
    }

    #[test]
    fn a_part_is_a_percentage_with_two_digits_behind_the_point_at_most() {
        for (part, is) in [("0.25%", Some(25)), ("1%", Some(100)), ("1.5%", Some(150)), ("999.99%", Some(99_999))] {
            assert_eq!(hundredths(part), is, "{part}");
        }
        for part in ["0.125%", "1000%", "1", "%", "1.%", ".5%", "-1%", ""] {
            assert_eq!(hundredths(part), None, "{part}");
        }
    }

    #[test]
    fn what_is_no_number_is_broken_where_one_is_needed() {
        for value in ["many", "1e3", "1.", ".5", "--1", "1 2", "1,000", "١", "1234567890123456789", "0.1234567890123"] {
            assert!(Rule::NotLess.wrong(value).is_some(), "{value}");
            assert!(Rule::Equal.wrong(value).is_none(), "{value}");
            assert!(!Rule::Within(100).agrees(value, value), "{value}");
        }
        for rule in [Rule::Equal, Rule::NotLess, Rule::Within(1)] {
            assert!(rule.wrong(" \n").is_some_and(|wrong| wrong.contains("nothing")));
            assert_eq!(rule.wrong("-0.50"), None);
        }
    }

    proptest! {
        #[test]
        fn any_number_agrees_with_itself(whole in -999_999_999_999_999_999i64..=999_999_999_999_999_999, fraction in 0u64..1_000_000_000_000) {
            let text = format!("{whole}.{fraction:012}");
            for rule in [Rule::Equal, Rule::NotLess, Rule::Within(0), Rule::Within(99_999)] {
                prop_assert!(rule.wrong(&text).is_none() && rule.agrees(&text, &text));
            }
        }

        /// Against whole numbers, whose arithmetic is another.
        #[test]
        fn within_is_what_arithmetic_says(before in -100_000i64..100_000, after in -100_000i64..100_000, part in 0u32..20_000) {
            let agrees = i128::from((after - before).abs()) * 10_000 <= i128::from(before.abs()) * i128::from(part);
            prop_assert_eq!(Rule::Within(part).agrees(&before.to_string(), &after.to_string()), agrees);
        }

        #[test]
        fn no_text_breaks_it(before in ".*", after in ".*") {
            for rule in [Rule::Equal, Rule::NotLess, Rule::Within(100)] {
                let _ = (rule.agrees(&before, &after), rule.wrong(&before));
            }
        }
    }
}
