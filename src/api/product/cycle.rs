//! A life cycle of a software, and which of its dates ends it (R27).

use jiff::civil::Date;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A life cycle: the versions whose names begin with its name. From the first instant of a date on it is over: in the zone of each tenant's
/// window, and in UTC for the platform.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.releaseDate) || !has(self.eolFrom) || self.releaseDate <= self.eolFrom")
        .message("releaseDate must not be after eolFrom").field_path(".releaseDate"),
    validation = Rule::new("!has(self.eoasFrom) || !has(self.eolFrom) || self.eoasFrom <= self.eolFrom")
        .message("eoasFrom must not be after eolFrom: active support ends first").field_path(".eoasFrom"),
    validation = Rule::new("!has(self.eoesFrom) || has(self.eolFrom) && self.eolFrom <= self.eoesFrom")
        .message("eoesFrom needs an eolFrom, and must not be before it: extended support comes after").field_path(".eoesFrom")
)]
pub struct Cycle {
    /// Its name, like `15` or `22.04`.
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[0-9A-Za-z][0-9A-Za-z.+~:_-]*$"))]
    pub name: String,
    /// When its first version appeared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10), regex(pattern = "^(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$"))]
    pub release_date: Option<Date>,
    /// The first date without active support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10), regex(pattern = "^(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$"))]
    pub eoas_from: Option<Date>,
    /// The first date without support. Absent: supported, with no end known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10), regex(pattern = "^(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$"))]
    pub eol_from: Option<Date>,
    /// The first date without extended support, which is paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10), regex(pattern = "^(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$"))]
    pub eoes_from: Option<Date>,
}

/// A date of a cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Milestone {
    /// The end of support.
    #[default]
    EolFrom,
    /// The end of active support: for whoever wants to be on what still gets mended.
    EoasFrom,
    /// The end of extended support: for whoever pays for it.
    EoesFrom,
}

/// What is wrong with the dates of a cycle: what the definition refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disorder {
    /// `releaseDate` is after `eolFrom`.
    ReleaseAfterEnd,
    /// `eoasFrom` is after `eolFrom`.
    ActiveAfterEnd,
    /// `eoesFrom` stands there without `eolFrom`.
    ExtendedWithoutEnd,
    /// `eolFrom` is after `eoesFrom`.
    EndAfterExtended,
}

impl Cycle {
    /// The first thing that is wrong with its dates, as the rules of the definition say it.
    pub fn disorder(&self) -> Option<Disorder> {
        let after = |first: Option<Date>, then: Option<Date>| first.zip(then).is_some_and(|(first, then)| first > then);
        let Self { release_date, eoas_from, eol_from, eoes_from, .. } = *self;
        match () {
            () if after(release_date, eol_from) => Some(Disorder::ReleaseAfterEnd),
            () if after(eoas_from, eol_from) => Some(Disorder::ActiveAfterEnd),
            () if eoes_from.is_some() && eol_from.is_none() => Some(Disorder::ExtendedWithoutEnd),
            () if after(eol_from, eoes_from) => Some(Disorder::EndAfterExtended),
            () => None,
        }
    }

    /// The first date without support; none: no end is known.
    pub fn end(&self, until: Milestone) -> Option<Date> {
        let named = match until {
            Milestone::EolFrom => None,
            Milestone::EoasFrom => self.eoas_from,
            Milestone::EoesFrom => self.eoes_from,
        };
        named.or(self.eol_from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_ends_by_the_date_that_was_paid_for_and_else_by_its_end_of_life() {
        let date = |text: &str| Some(text.parse().unwrap());
        let all = Cycle {
            eoas_from: date("2026-01-01"),
            eol_from: date("2027-01-01"),
            eoes_from: date("2029-01-01"),
            ..Cycle::default()
        };
        let ends = |cycle: &Cycle| [Milestone::EoasFrom, Milestone::EolFrom, Milestone::EoesFrom].map(|until| cycle.end(until));
        assert_eq!(ends(&all), [date("2026-01-01"), date("2027-01-01"), date("2029-01-01")]);
        assert_eq!(ends(&Cycle { eol_from: date("2027-01-01"), ..Cycle::default() }), [date("2027-01-01"); 3]);
        assert_eq!(ends(&Cycle::default()), [None; 3]);
    }
}
