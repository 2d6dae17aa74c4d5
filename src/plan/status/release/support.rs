//! Whether a release and what its images contain are supported (R27), in UTC. For people: no rule reads it.

use jiff::civil::Date;

use crate::{
    api::{DashboardReleaseSpec, DashboardReleaseStatus, condition, reason::Reason, release::Contained},
    fleet::Release,
    plan::{pass::Pass, software::cycle, status::some::some},
};

/// The condition; absent where nothing is known to end.
pub fn tell(pass: &mut Pass, release: &Release, status: &mut DashboardReleaseStatus) {
    let said = release.spec.as_ref().ok().and_then(|spec| supported(pass, spec));
    match said {
        None => condition::clear(&mut status.conditions, condition::SUPPORTED),
        Some((is, reason, message)) => {
            let generation = release.meta.generation;
            condition::set(&mut status.conditions, condition::SUPPORTED, is, reason, &message, generation, pass.now);
        }
    }
}

fn supported(pass: &mut Pass, spec: &DashboardReleaseSpec) -> Option<(bool, Reason, String)> {
    // Texts are made of what is shown only: every pass comes by here.
    let (mut ends, mut unknown): (Vec<(Date, Option<&Contained>)>, Vec<String>) = (vec![], vec![]);
    ends.extend(spec.end_of_life.map(|on| (on, None)));
    for contained in &spec.contains {
        match cycle::end(pass.fleet, &contained.product, &contained.version) {
            Ok(end) => ends.extend(end.map(|on| (on, Some(contained)))),
            Err(wrong) => unknown.push(wrong),
        }
    }
    ends.sort_by_key(|(on, _)| *on);
    let over = |(on, _): &(Date, _)| cycle::first_instant(None, *on) <= pass.now;
    let (ended, to_come) = ends.split_at(ends.partition_point(over));
    if let Some((on, _)) = to_come.first() {
        pass.wake.at(cycle::first_instant(None, *on));
    }
    let what = |contained: Option<&Contained>| match contained {
        Some(contained) => format!("{} {}", contained.product, contained.version),
        None => format!("version {}", spec.version),
    };
    match (ended, unknown.is_empty()) {
        ([], true) => {
            to_come.first().map(|(on, of)| (true, Reason::Supported, format!("the first to end is {}, on {on}", what(*of))))
        }
        ([], false) => Some((false, Reason::Unknown, some(&unknown, unknown.len(), "; "))),
        (ended, _) => {
            let since = ended.iter().map(|(on, of)| format!("{} since {on}", what(*of)));
            let ended = some(since, ended.len(), ", ");
            let unknown = if unknown.is_empty() { String::new() } else { format!("; {}", some(&unknown, unknown.len(), "; ")) };
            Some((false, Reason::Ended, format!("not supported any more: {ended}{unknown}")))
        }
    }
}
