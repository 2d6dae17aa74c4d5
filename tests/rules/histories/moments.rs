//! When things happen: mostly around the instants that matter.

use jiff::{SignedDuration, Timestamp};
use uplift::simulate::world::{Object, World};

use super::chance::Chance;

const OFFSETS: [i64; 14] = [-1, 0, 1, -1, 0, 1, -5, 4, 5, 6, -60, 60, -3600, 1800];

/// The next event's instant, not before now.
pub fn next(chance: &mut Chance, world: &World) -> Timestamp {
    let now = world.now();
    if chance.percent(8) {
        return now;
    }
    if chance.percent(20) {
        return now + SignedDuration::from_secs(chance.between(1, 240) * 3600);
    }
    let slots = chance.percent(65);
    let seen = |object: &&std::sync::Arc<Object>| !slots || object.window().is_none();
    let all = world.objects().filter(seen).flat_map(|object| moments(object));
    let mut moments: Vec<Timestamp> = all.filter(|at| *at > now).collect();
    moments.sort();
    moments.dedup();
    let first = moments.iter().take(24).copied().collect::<Vec<_>>();
    let soon = now + SignedDuration::from_hours(chance.between(1, 72));
    let at = chance.early(&first).unwrap_or(soon) + SignedDuration::from_secs(chance.pick(&OFFSETS));
    at.max(now)
}

/// A few hours later: soon enough to answer every letter.
pub fn soon(chance: &mut Chance, world: &World) -> Timestamp {
    world.now() + SignedDuration::from_hours(chance.between(6, 40))
}

/// What a status says will come.
fn moments(object: &Object) -> Vec<Timestamp> {
    let mut all = vec![];
    if let Some((spec, status)) = object.window() {
        let (notice, ahead) = (SignedDuration::from(spec.notice), SignedDuration::from(spec.announce_ahead));
        for o in &status.occurrences {
            let delivery = notice + SignedDuration::from_mins(15);
            all.extend([
                o.opens_at,
                o.closes_at,
                o.opt_out_until,
                o.opens_at - notice,
                o.opens_at - delivery,
                o.opens_at - ahead,
            ]);
        }
    }
    if let Some(up) = object.tenant().and_then(|(_, status)| status.upgrade.as_ref()) {
        all.extend(up.slot.iter().flat_map(|s| [s.opens_at, s.closes_at, s.opt_out_until, s.notice_until]));
        all.extend(up.started_at.map(|at| at + SignedDuration::from_secs(30)));
        let steps = up.step.iter().filter(|_| !up.jobs.is_empty());
        all.extend(steps.flat_map(|step| [20, 90].map(|secs| step.at + SignedDuration::from_secs(secs))));
    }
    all
}
