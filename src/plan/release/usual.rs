//! Rule R32: how long upgrades to a release usually take.

use std::collections::BTreeMap;

use crate::plan::pass::{Pass, share::Took};

/// Fewer tenants say nothing.
const TENANTS: u32 = 5;
/// Of so many in a hundred an upgrade took no longer.
const PERCENTILE: u32 = 95;

/// Takes stock of what upgrades took, where a window asks for it.
pub fn learn(pass: &mut Pass) {
    let asks =
        |window: &crate::fleet::Window| window.spec.as_ref().is_ok_and(|spec| spec.reserve.as_ref().is_some_and(|r| r.learn));
    if !pass.fleet.windows.values().any(asks) {
        return;
    }
    let mut took: BTreeMap<(&str, &str), BTreeMap<u32, u32>> = BTreeMap::new();
    for (share, n) in pass.stock.alike() {
        let Some(((channel, _), Took { to, minutes })) =
            share.follows.as_ref().zip(share.seen.as_ref().and_then(|seen| seen.took.as_ref()))
        else {
            continue;
        };
        *took.entry((channel, to)).or_default().entry(*minutes).or_default() += n;
    }
    for release in pass.releases_mut() {
        let spec = release.spec;
        release.usual_minutes = took.get(&(spec.channel.as_str(), spec.version.as_str())).and_then(percentile);
    }
}

/// By nearest rank.
fn percentile(tenants: &BTreeMap<u32, u32>) -> Option<u32> {
    let all: u32 = tenants.values().sum();
    if all < TENANTS {
        return None;
    }
    let (rank, mut seen) = ((all * PERCENTILE).div_ceil(100), 0);
    tenants.iter().find_map(|(minutes, n)| {
        seen += n;
        (seen >= rank).then_some(*minutes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_tenants_say_nothing() {
        assert_eq!(percentile(&BTreeMap::from([(1, 4)])), None);
        assert_eq!(percentile(&BTreeMap::from([(1, 4), (9, 1)])), Some(9));
    }

    #[test]
    fn one_slow_upgrade_in_twenty_is_not_usual() {
        assert_eq!(percentile(&BTreeMap::from([(1, 19), (9, 1)])), Some(1));
        assert_eq!(percentile(&BTreeMap::from([(1, 18), (9, 2)])), Some(9));
    }
}
