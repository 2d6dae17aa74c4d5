//! What the gate holds: Uplift against the loops next to it, and its writes for each tenant. Others' speed is their own business.

use std::collections::BTreeMap;

use super::{Report, Setting};
use crate::bench::figure::Figure;
use crate::bench::play::Round;
use crate::bench::program::Who;
use crate::bench::stats::{self, Played, Summary};

/// Against the raw loop.
const AGAINST_RAW: [Figure; 2] = [Figure::Seconds, Figure::ControlPlaneCpu];
/// For each tenant, which is a ratio as it is.
const FOR_EACH: [Figure; 3] = [Figure::Writes, Figure::Events, Figure::CycleWrites];

/// By a name that is the same in each run.
pub fn ratios(rounds: &[Round]) -> BTreeMap<String, Summary> {
    let mut all = BTreeMap::new();
    for round in rounds.iter().filter(|round| round.who == Who::Uplift) {
        let setting = round.setting();
        let of = || rounds.iter().filter(move |other| other.setting() == setting);
        let name = |figure: Figure| format!("{}: {}", setting.title(), figure.title());
        let own = |figure: Figure| {
            of().filter(|round| round.who == Who::Uplift).filter_map(move |round| round.figures.get(&figure).copied())
        };
        all.extend(FOR_EACH.iter().filter_map(|figure| Some((name(*figure), Summary::of(own(*figure))?))));
        let to_raw = |figure: Figure| Some((name(figure) + ", x raw", against_raw(of(), Who::Uplift, figure)?));
        all.extend(AGAINST_RAW.iter().filter_map(|figure| to_raw(*figure)));
    }
    all
}

/// A contestant's figure over that of the raw rounds next to it.
fn against_raw<'a>(rounds: impl Iterator<Item = &'a Round>, who: Who, figure: Figure) -> Option<Summary> {
    let played = rounds.filter(|round| round.who == who || round.who == Who::Raw);
    let values: Vec<_> =
        played.filter_map(|round| Some(Played { raw: round.who == Who::Raw, value: *round.figures.get(&figure)? })).collect();
    Summary::of(stats::ratios(&values))
}

impl Report {
    /// A figure of a contestant in a setting.
    pub(super) fn summary(&self, setting: Setting, who: Who, figure: Figure) -> Option<Summary> {
        let rounds = self.rounds_of(setting).filter(|round| round.who == who);
        Summary::of(rounds.filter_map(|round| round.figures.get(&figure).copied()))
    }

    /// The same over that of the raw rounds next to it.
    pub(super) fn against_raw(&self, setting: Setting, who: Who, figure: Figure) -> Option<Summary> {
        against_raw(self.rounds_of(setting), who, figure)
    }
}
