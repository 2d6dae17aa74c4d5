//! Ranges of versions, read by the judge itself.

use super::read::numbers;

/// `>=2, <3`: each part with its numbers.
pub struct Range(Vec<(String, Vec<u64>)>);

/// The numbers that a version begins with; none: it begins with none.
pub fn leading(version: &str) -> Option<Vec<u64>> {
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    let plain = version[..end].trim_end_matches('.');
    plain.starts_with(|c: char| c.is_ascii_digit()).then(|| numbers(plain))
}

impl Range {
    pub fn read(text: &str) -> Self {
        let part = |part: &str| {
            let part = part.trim();
            let end = part.find(|c: char| c.is_ascii_digit()).unwrap_or_default();
            (part[..end].trim().to_owned(), numbers(part[end..].trim()))
        };
        Self(text.split(',').map(part).collect())
    }

    pub fn has(&self, version: &[u64]) -> bool {
        self.0.iter().all(|(sign, bound)| match sign.as_str() {
            ">=" => version >= bound.as_slice(),
            "<=" => version <= bound.as_slice(),
            ">" => version > bound.as_slice(),
            "<" => version < bound.as_slice(),
            _ => version == bound.as_slice(),
        })
    }

    /// Whether nothing lies in it: one of its parts is below another that it must not be below.
    pub fn is_nothing(&self) -> bool {
        let below = |(low, from): &(String, Vec<u64>), (high, to): &(String, Vec<u64>)| {
            from > to || from == to && (low == ">" || high == "<")
        };
        self.bounds([">", ">=", "="]).any(|low| self.bounds(["<", "<=", "="]).any(|high| below(low, high)))
    }

    fn bounds(&self, signs: [&'static str; 3]) -> impl Iterator<Item = &(String, Vec<u64>)> {
        self.0.iter().filter(move |(sign, _)| signs.contains(&sign.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_a_range_and_what_in_none() {
        let range = Range::read(">= 1.2, <2.1");
        let has = |version: &str| range.has(&leading(version).unwrap());
        assert!(has("1.2") && has("1.20-3.pg") && has("2.0.9") && !has("1.1.9") && !has("2.1") && !has("22.04"));
        assert!(Range::read(">=3, <2").is_nothing() && Range::read("=1, =2").is_nothing() && Range::read(">2, <=2").is_nothing());
        assert!(!Range::read("=2, >=2").is_nothing() && !Range::read(">1").is_nothing());
        assert_eq!((leading("latest"), leading("15")), (None, Some(vec![15])));
    }
}
