//! The release of a version that runs.

use jiff::civil::Date;

use crate::{
    api::Version,
    plan::pass::{Pass, qualified::Qualified},
};

/// The release that runs: of its own channel where that has it, the one that ends first where two have one version.
pub fn runs<'p, 'a>(pass: &'p Pass<'a>, channel: &str, running: &Version) -> Option<&'p Qualified<'a>> {
    let runs = |release: &&Qualified| release.version == running;
    let end = |release: &&Qualified| release.spec.end_of_life.unwrap_or(Date::MAX);
    let own = pass.channel(channel).iter().filter(runs).min_by_key(end);
    own.or_else(|| pass.releases().filter(runs).min_by_key(end))
}
