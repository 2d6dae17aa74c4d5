//! Medians and ranges, and ratios of neighbours.

use serde::{Deserialize, Serialize};

/// What repeated rounds say: no mean, since one disturbed round would move it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub median: f64,
    pub least: f64,
    pub most: f64,
    pub rounds: usize,
}

impl Summary {
    /// Of these values; none of none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        Some(Self { median: middle(&sorted), least, most, rounds: sorted.len() })
    }

    /// How far the rounds lie apart.
    pub fn spread(&self) -> f64 {
        self.most - self.least
    }
}

fn middle(sorted: &[f64]) -> f64 {
    let (left, right) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    f64::midpoint(left, right)
}

/// A round in the order of play: of the limit that everything is held against, or of somebody else.
#[derive(Clone, Copy, Debug)]
pub struct Played {
    pub raw: bool,
    pub value: f64,
}

/// Each value over the mean of the raw rounds next to it: the speed of a machine drifts, and neighbours drift together.
pub fn ratios(rounds: &[Played]) -> Vec<f64> {
    let others = rounds.iter().enumerate().filter(|(_, round)| !round.raw);
    others.filter_map(|(at, round)| Some(round.value / around(rounds, at)?)).collect()
}

fn around(rounds: &[Played], at: usize) -> Option<f64> {
    let before = rounds[..at].iter().rev().find(|round| round.raw).map(|round| round.value);
    let after = rounds[at..].iter().find(|round| round.raw).map(|round| round.value);
    match (before, after) {
        (Some(before), Some(after)) => Some(f64::midpoint(before, after)),
        (one, other) => one.or(other),
    }
    .filter(|raw| *raw > 0.0)
}

/// The value below which this part of the values lies, by nearest rank.
pub fn quantile(values: impl IntoIterator<Item = f64>, part: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a rank of a list")]
    let rank = ((sorted.len() as f64 * part).ceil() as usize).clamp(1, sorted.len().max(1));
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(values: &[(bool, f64)]) -> Vec<Played> {
        values.iter().map(|(raw, value)| Played { raw: *raw, value: *value }).collect()
    }

    #[test]
    fn one_disturbed_round_does_not_move_the_median() {
        let summary = Summary::of([3.0, 1.0, 40.0]).expect("there are rounds");
        assert_eq!(summary, Summary { median: 3.0, least: 1.0, most: 40.0, rounds: 3 });
        assert_eq!(Summary::of([1.0, 2.0]).map(|two| two.median), Some(1.5));
        assert_eq!(Summary::of([]), None);
    }

    #[test]
    fn a_machine_that_slows_down_evenly_changes_no_ratio() {
        let rounds = played(&[(true, 10.0), (false, 22.0), (true, 12.0), (false, 26.0), (true, 14.0)]);
        assert_eq!(ratios(&rounds), [2.0, 2.0]);
    }

    #[test]
    fn at_an_end_the_one_neighbour_counts_and_without_any_there_is_no_ratio() {
        assert_eq!(ratios(&played(&[(false, 6.0), (true, 2.0)])), [3.0]);
        assert_eq!(ratios(&played(&[(false, 6.0)])), Vec::<f64>::new());
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values = || (1..=200).map(f64::from);
        assert_eq!(quantile(values(), 0.99), Some(198.0));
        assert_eq!(quantile(values(), 0.5), Some(100.0));
        assert_eq!(quantile([7.0], 0.99), Some(7.0));
        assert_eq!(quantile([], 0.5), None);
    }
}
