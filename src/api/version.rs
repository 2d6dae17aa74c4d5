//! Versions of the product and the ranges that people write over them (rules R4 and R6).

use std::{cmp::Ordering, fmt, str::FromStr};

/// A product version: dot-separated numbers and an optional SemVer pre-release.
///
/// CalVer and SemVer both fit: `2026.12`, `2026.09.1`, `1.2.3-rc.1`. Missing parts are zero, so `2026.10` equals
/// `2026.10.0`; leading zeros mean nothing. A pre-release comes before its release. Build data (`+…`) is ignored.
#[derive(Clone, Debug)]
pub struct Version {
    text: String,
    parts: [u64; MOST_PARTS], // missing parts are zero
    pre: Vec<Identifier>,
}

const MOST_PARTS: usize = 6;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64), // before Text: SemVer ranks numbers below words
    Text(String),
}

/// The text is not a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a version; write numbers joined by dots like \"2026.12.0\", \"2026.12\" or \"1.2.3-rc.1\"")]
pub struct InvalidVersion(String);

impl Version {
    fn key(&self) -> (&[u64], bool, &[Identifier]) {
        (&self.parts, self.pre.is_empty(), &self.pre)
    }

    /// Whether a text is this version, as it was written or in another way.
    pub fn is(&self, text: &str) -> bool {
        self.text == text || text.parse().is_ok_and(|version: Self| version == *self)
    }

    /// The version of a software, of which only the numbers count that it begins with: `15.4-1.pgdg120` is 15.4, and `15` is 15.0. The epoch of a
    /// package (`1:15.4`) and the `v` of a tag say nothing. None: it begins with none, or with too many.
    pub fn of_software(text: &str) -> Option<Self> {
        let is_epoch = |epoch: &str| epoch.bytes().all(|b| b.is_ascii_digit());
        let bare = text.split_once(':').filter(|(epoch, _)| is_epoch(epoch)).map_or(text, |(_, version)| version);
        let bare = bare.strip_prefix('v').unwrap_or(bare);
        let end = bare.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bare.len());
        let numbers = bare[..end].trim_end_matches('.');
        let numbers = if numbers.contains('.') { numbers.to_owned() } else { format!("{numbers}.0") };
        Some(Self { text: text.into(), parts: parts(&numbers)?, pre: vec![] })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| InvalidVersion(text.into()))
    }
}

fn parse(text: &str) -> Option<Version> {
    let plain = text.split('+').next()?;
    let (numbers, pre) = plain.split_once('-').map_or((plain, None), |(n, p)| (n, Some(p)));
    let pre = match pre {
        None => vec![],
        Some(pre) => pre.split('.').map(identifier).collect::<Option<Vec<_>>>()?,
    };
    Some(Version { text: text.into(), parts: parts(numbers)?, pre })
}

fn parts(numbers: &str) -> Option<[u64; MOST_PARTS]> {
    let mut parts = [0; MOST_PARTS];
    let mut count = 0;
    for text in numbers.split('.') {
        *parts.get_mut(count)? = number(text)?;
        count += 1;
    }
    (count >= 2).then_some(parts)
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

fn identifier(text: &str) -> Option<Identifier> {
    let legal = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    legal.then(|| number(text).map_or_else(|| Identifier::Text(text.into()), Identifier::Number))
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl Eq for Version {}
impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Comparators joined by commas in plain version order (`>=2026.9, <2027`): all must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionReq(Vec<(Comparator, Version)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparator {
    Greater,
    GreaterEq,
    Less,
    LessEq,
    Equal,
}

/// The text is not a range of versions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a range of versions; write comparators joined by commas like \">=2026.9, <2027.1\"")]
pub struct InvalidVersionReq(String);

impl VersionReq {
    /// Whether the version lies in the range. No hidden rule for pre-releases: plain order decides.
    pub fn matches(&self, version: &Version) -> bool {
        self.0.iter().all(|(comparator, bound)| match comparator {
            Comparator::Greater => version > bound,
            Comparator::GreaterEq => version >= bound,
            Comparator::Less => version < bound,
            Comparator::LessEq => version <= bound,
            Comparator::Equal => version == bound,
        })
    }

    /// Whether its comparators contradict each other: a lower bound lies above an upper one.
    pub fn is_empty(&self) -> bool {
        use Comparator::{Equal, Greater, GreaterEq, Less, LessEq};
        let lower = self.0.iter().filter(|(comparator, _)| matches!(comparator, Greater | GreaterEq | Equal));
        let upper = || self.0.iter().filter(|(comparator, _)| matches!(comparator, Less | LessEq | Equal));
        let contradict = |(low, from): &(Comparator, Version), (high, to): &(Comparator, Version)| {
            from > to || from == to && (*low == Greater || *high == Less)
        };
        lower.flat_map(|low| upper().map(move |high| (low, high))).any(|(low, high)| contradict(low, high))
    }
}

impl FromStr for VersionReq {
    type Err = InvalidVersionReq;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let one = |part: &str| comparator(part.trim());
        text.split(',').map(one).collect::<Option<Vec<_>>>().map(Self).ok_or_else(|| InvalidVersionReq(text.into()))
    }
}

fn comparator(text: &str) -> Option<(Comparator, Version)> {
    // Two-character operators first: ">=1.0" also begins with ">".
    let operators = [
        (">=", Comparator::GreaterEq),
        ("<=", Comparator::LessEq),
        (">", Comparator::Greater),
        ("<", Comparator::Less),
        ("=", Comparator::Equal),
    ];
    let (comparator, rest) = operators.into_iter().find_map(|(op, c)| Some((c, text.strip_prefix(op)?)))?;
    let rest = rest.trim();
    // A bound may be one number: ">=2027" is what people write.
    let version = rest.parse().ok().or_else(|| format!("{rest}.0").parse().ok())?;
    Some((comparator, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn missing_parts_are_zero_and_leading_zeros_mean_nothing() {
        assert_eq!(v("2026.10"), v("2026.10.0"));
        assert_eq!(v("2026.09.1"), v("2026.9.1"));
        assert_ne!(v("2026.1"), v("2026.10"));
    }

    #[test]
    fn versions_order_by_number_and_a_prerelease_comes_first() {
        let mut sorted = ["2026.9.0", "2026.12.0-rc.2", "2026.12.0-rc.10", "2026.12.0-beta", "2026.12", "2026.12.1"].map(v);
        sorted.sort();
        let order: Vec<_> = sorted.iter().map(ToString::to_string).collect();
        assert_eq!(order, ["2026.9.0", "2026.12.0-beta", "2026.12.0-rc.2", "2026.12.0-rc.10", "2026.12", "2026.12.1"]);
    }

    #[test]
    fn what_is_no_version_is_refused_with_the_right_form() {
        for text in ["", "latest", "v1.2.3", "2026", "1..2", "1.2-", "1.2-a..b", "-1.2", "2026.12.x"] {
            assert!(text.parse::<Version>().unwrap_err().to_string().contains("2026.12.0"), "{text}");
        }
    }

    #[test]
    fn a_range_is_comparators_joined_by_commas_in_plain_order() {
        let range: VersionReq = ">=2026.9, <2027".parse().unwrap();
        assert!(range.matches(&v("2026.9.0")) && range.matches(&v("2026.12.3")));
        assert!(!range.matches(&v("2026.8.9")) && !range.matches(&v("2027.0")));
        assert!(range.matches(&v("2026.10.0-rc.1")), "no hidden rule for pre-releases");
        for text in ["", "2026.9", "^1.2", ">=", ">=2026.9,"] {
            assert!(text.parse::<VersionReq>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_range_that_nothing_lies_in_is_seen() {
        for text in [">=3, <2", ">2, <2", ">=2, <2", ">2, <=2", "=1, =2", "=1.0, >1", ">=1, <5, >=6"] {
            assert!(text.parse::<VersionReq>().unwrap().is_empty(), "{text}");
        }
        for text in [">=2, <=2", "=2", "=2, >=2", ">1, <1.0.1", ">=1, >=2"] {
            assert!(!text.parse::<VersionReq>().unwrap().is_empty(), "{text}");
        }
    }

    #[test]
    fn of_the_version_of_a_software_the_numbers_count_that_it_begins_with() {
        let numbers = [
            ("15", "15.0"),
            ("15.4-1.pgdg120", "15.4"),
            ("8.0.36~rc1", "8.0.36"),
            ("22.04.3", "22.4.3"),
            ("2.", "2.0"),
            ("9p1", "9.0"),
            ("1:15.4-1", "15.4"),
            ("v13.4", "13.4"),
        ];
        for (text, version) in numbers {
            assert_eq!(Version::of_software(text), Some(v(version)), "{text}");
        }
        for text in ["", "latest", "version", "a:1.2", ".1", "1..2", "1.2.3.4.5.6.7", "99999999999999999999999"] {
            assert_eq!(Version::of_software(text), None, "{text}");
        }
    }
}
