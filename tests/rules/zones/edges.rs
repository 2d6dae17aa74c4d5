//! Where time is difficult: the changes of the clocks of every zone.

use jiff::{
    Timestamp,
    tz::{TimeZone, TimeZoneDatabase},
};
use uplift::calendar::zone;

/// 2024-01-01 and 2031-01-01, UTC.
pub const YEARS: (i64, i64) = (1_704_067_200, 1_924_992_000);
const FIRST_YEARS: i64 = -2_208_988_800; // 1900-01-01
const NEARLY_A_DAY: i32 = 20 * 3600;

/// A moment at which a zone's offset changes; or does not, for a zone without changes.
#[derive(Clone)]
pub struct Edge {
    pub name: String,
    pub zone: TimeZone,
    /// The first second of the new offset.
    pub at: i64,
    /// The offsets in seconds.
    pub before: i32,
    pub after: i32,
}

/// The names of all zones that are compiled in. `Etc/Unknown` is a name for having none.
pub fn zones() -> Vec<String> {
    let bundled = TimeZoneDatabase::bundled();
    let names = bundled.available().map(|name| name.to_string());
    names.filter(|name| name != "Etc/Unknown").collect()
}

/// The changes of this zone's offset from one second to before another.
pub fn changes(name: &str, (first, end): (i64, i64)) -> Vec<Edge> {
    let zone = zone(name).unwrap();
    let times = zone.following(Timestamp::from_second(first - 1).unwrap()).map(|change| change.timestamp().as_second());
    let edges = times.take_while(|at| *at < end).map(|at| edge(name, &zone, at));
    edges.filter(|edge| edge.before != edge.after).collect()
}

fn edge(name: &str, zone: &TimeZone, at: i64) -> Edge {
    let offset = |second| zone.to_offset(Timestamp::from_second(second).unwrap()).seconds();
    Edge { name: name.into(), zone: zone.clone(), at, before: offset(at - 1), after: offset(at) }
}

/// Each change in the years, a quiet moment of each zone without one, and the days that zones have skipped or repeated.
pub fn edges() -> Vec<Edge> {
    zones().iter().flat_map(|name| [of_the_years(name), days(name)].concat()).collect()
}

fn of_the_years(name: &str) -> Vec<Edge> {
    let found = changes(name, YEARS);
    let quiet = || vec![edge(name, &zone(name).unwrap(), YEARS.0 + 366 * 86_400)];
    if found.is_empty() { quiet() } else { found }
}

/// Since 1900: before it offsets have seconds, which no name of a slot can say.
fn days(name: &str) -> Vec<Edge> {
    let all = changes(name, (FIRST_YEARS, YEARS.0));
    all.into_iter().filter(|edge| (edge.after - edge.before).abs() >= NEARLY_A_DAY).collect()
}
