//! I7: never more upgrades in flight than the cap.

use super::{
    evidence::{Leeway, Record},
    object::{Kind, Object},
    past::Past,
    read::text,
    verdict::Verdict,
};

/// What a window's cap is when nothing is said.
const CAP: u64 = 10;

pub fn judge(past: &Past, record: &Record, leeway: Leeway, verdict: &mut Verdict) {
    let Some((tenant, up)) = record.start() else { return };
    let window = text(&up["slot"]["window"]);
    let runs = |other: &&Object| other.name != tenant.name && other.started().is_some_and(|up| up["slot"]["window"] == *window);
    let running = 1 + past.all(Kind::Tenant).filter(runs).count();
    let windows = past.since(Kind::Window, window, leeway.since(record.from));
    let cap = |window: Option<&Object>| window.map_or(0, |window| window.spec["maxConcurrent"].as_u64().unwrap_or(CAP));
    let cap = windows.map(cap).max().unwrap_or_default();
    let over = u64::try_from(running).is_ok_and(|running| running > cap);
    verdict.note("I7", over.then(|| format!("{tenant} starts: {running} upgrades run in {window}, whose cap is {cap}")));
}
