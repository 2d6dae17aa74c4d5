//! Whether a ratio got worse than the stored one by more than noise.
//!
//! Ratios, not times: a slower machine is slower for the raw loop too. Times of one machine mean nothing on another.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::stats::Summary;

/// A ratio is worse when it lies above the stored one by more than so many times the spread.
const SPREADS: f64 = 2.0;

/// The ratios that were accepted, with where they come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Baseline {
    /// What it was measured on, in words.
    pub machine: String,
    pub date: String,
    /// The share of the machine that others used meanwhile. High: measure it again on a quiet machine.
    pub foreign_share: f64,
    /// By name, as in the report.
    pub ratios: BTreeMap<String, Summary>,
}

/// What the gate says of one ratio.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    pub name: String,
    pub verdict: Verdict,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It is what it was, within noise, or better.
    Held { was: f64, is: f64 },
    /// It got worse, and the limit says from where on it counts.
    Worse { was: f64, is: f64, limit: f64 },
    /// It was measured once, and this run has no such figure.
    Missing { was: f64 },
}

/// Judges each ratio of the baseline. A new ratio without one is nobody's business yet.
///
/// The spread is the larger of both: few rounds often lie together by chance, and then noise would look like a loss.
pub fn judge(baseline: &Baseline, measured: &BTreeMap<String, Summary>) -> Vec<Ruling> {
    let ruling = |(name, was): (&String, &Summary)| Ruling { name: name.clone(), verdict: verdict(was, measured.get(name)) };
    baseline.ratios.iter().map(ruling).collect()
}

fn verdict(was: &Summary, is: Option<&Summary>) -> Verdict {
    let Some(is) = is else { return Verdict::Missing { was: was.median } };
    let limit = was.median + SPREADS * was.spread().max(is.spread());
    // What is counted has no spread at all, and the last digit of a division is no loss.
    if is.median > limit + 1e-6 {
        Verdict::Worse { was: was.median, is: is.median, limit }
    } else {
        Verdict::Held { was: was.median, is: is.median }
    }
}

impl Ruling {
    pub fn passes(&self) -> bool {
        matches!(self.verdict, Verdict::Held { .. })
    }
}

impl fmt::Display for Ruling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.verdict {
            Verdict::Held { was, is } => write!(f, "held     {name}: {is:.2} (stored {was:.2})"),
            Verdict::Worse { was, is, limit } => {
                write!(f, "WORSE    {name}: {is:.2} (stored {was:.2}, worse from {limit:.2} on)")
            }
            Verdict::Missing { was } => write!(f, "MISSING  {name}: not measured (stored {was:.2})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> BTreeMap<String, Summary> {
        BTreeMap::from([("time".to_owned(), Summary::of(values.iter().copied()).expect("there are rounds"))])
    }

    fn passes(stored: &[f64], measured: &[f64]) -> bool {
        let baseline =
            Baseline { machine: "two cores".into(), date: "2026-11-26".into(), foreign_share: 0.0, ratios: of(stored) };
        judge(&baseline, &of(measured)).iter().all(Ruling::passes)
    }

    #[test]
    fn a_worse_ratio_fails() {
        assert!(!passes(&[1.3, 1.4, 1.5], &[1.8, 1.85, 1.9]));
    }

    #[test]
    fn noise_passes() {
        assert!(passes(&[1.3, 1.4, 1.5], &[1.6, 1.7, 1.8]));
        assert!(passes(&[1.4, 1.4, 1.4], &[1.4, 1.5, 1.9]), "this run is noisy: it can't tell");
    }

    #[test]
    fn a_better_ratio_passes() {
        assert!(passes(&[1.4, 1.4, 1.4], &[1.1, 1.1, 1.1]));
    }

    #[test]
    fn what_is_counted_may_not_grow_at_all() {
        assert!(passes(&[4.0, 4.0], &[4.0, 4.0]));
        assert!(!passes(&[4.0, 4.0], &[4.1, 4.1]));
    }

    #[test]
    fn a_ratio_that_is_not_measured_any_more_fails() {
        let baseline = Baseline { machine: String::new(), date: String::new(), foreign_share: 0.0, ratios: of(&[1.0]) };
        let rulings = judge(&baseline, &BTreeMap::new());
        assert_eq!(rulings[0].verdict, Verdict::Missing { was: 1.0 });
        assert!(!rulings[0].passes());
    }

    #[test]
    fn a_ratio_that_was_never_stored_is_not_judged() {
        let baseline = Baseline { machine: String::new(), date: String::new(), foreign_share: 0.0, ratios: BTreeMap::new() };
        assert!(judge(&baseline, &of(&[9.0])).is_empty());
    }
}
