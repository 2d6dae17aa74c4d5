//! Rule R28: until when what a tenant runs is supported, and by when it must have left it.

pub mod runway;

use jiff::{Timestamp, civil, tz::TimeZone};

use crate::{
    api::{
        reason::Reason,
        release::Decision,
        tenant::{Runway, Support},
    },
    calendar::DELIVERY,
    plan::{
        consent::deferral::refusals_left,
        output::story::{Story, StoryEvent},
        pass::{
            Pass,
            qualified::Qualified,
            runways::{Date, Way},
            wake::{earlier, later},
        },
        record::draft::Draft,
        release::change::Span,
        target::route,
    },
};
use runway::Need;

/// What the product itself is called.
const DASHBOARD: &str = "dashboard";

/// Where the window has no limit, that many dates may be declined before it is too late.
const UNLIMITED: u32 = 1;

/// A release that runs, and ends.
struct Ending<'a> {
    uid: &'a str,
    version: &'a str,
    on: civil::Date,
}

/// Says of what the tenant runs until when it is supported. While an upgrade runs, or while nobody knows what runs, what was said stands.
pub fn tell<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) {
    if draft.in_flight() || draft.running.is_err() {
        return;
    }
    let support: Vec<_> = ending(pass, draft).map(|ending| support(pass, draft, &ending)).into_iter().collect();
    if support == *draft.status.support {
        return;
    }
    let before = std::mem::take(&mut draft.status.support);
    let told = |said: &Support| (said.subject.clone(), said.version.clone(), said.ends_on, said.state);
    for new in support.iter().filter(|now| !before.iter().any(|before| told(before) == told(now))) {
        let story = story(draft, new);
        draft.tell(story);
    }
    draft.status.support = support.into();
}

fn story(draft: &Draft, support: &Support) -> Story {
    let (release, message) = (Some(support.version.clone()), Some(support.to_string()));
    Story { release, slot: None, reason: Some(support.state.reason().into()), message, ..draft.story(StoryEvent::RunwayChanged) }
}

/// The end of the version that runs: of its own channel where that has it, the earliest where two releases have one version.
fn ending<'a>(pass: &Pass<'a>, draft: &Draft) -> Option<Ending<'a>> {
    let running = draft.running.as_ref().ok()?;
    let runs = |release: &&Qualified| release.version == running;
    let ends = |release: &Qualified<'a>| {
        let on = release.spec.end_of_life?;
        Some(Ending { uid: release.uid, version: &release.spec.version, on })
    };
    let own = pass.channel(&draft.spec.channel);
    if own.iter().any(|release| runs(&release)) {
        return own.iter().filter(runs).filter_map(ends).min_by_key(|ending| ending.on);
    }
    pass.releases().filter(runs).filter_map(ends).min_by_key(|ending| ending.on)
}

fn support<'a>(pass: &mut Pass<'a>, draft: &Draft<'a>, ending: &Ending<'a>) -> Support {
    let window = draft.spec.window_ref.name.as_str();
    let support = Support {
        subject: DASHBOARD.into(),
        version: ending.version.into(),
        ends_on: ending.on,
        hops: None,
        deferrals: refusals_left(pass, window, draft.status.deferrals.as_ref()).unwrap_or(UNLIMITED),
        must_start_by: None,
        state: Runway::Unknown,
    };
    let schedule = pass.schedule(window);
    let end = schedule.map_or_else(|| in_utc(ending.on), |schedule| schedule.first_instant(ending.on));
    pass.wake.at(end);
    if end <= pass.now {
        return Support { state: Runway::Ended, ..support };
    }
    let (Some(schedule), Some(notice)) = (schedule, notice(pass, window)) else { return support };
    let way = match way_out(pass, &draft.spec.channel, ending) {
        Ok(way) => way,
        Err(state) => return Support { state, ..support },
    };
    let own = own(draft, &way);
    let need = Need { end, apart: notice + DELIVERY.as_secs(), hops: way.hops, deferrals: support.deferrals as usize };
    // What opens before can be announced to nobody any more.
    let from = later(pass.now, need.apart);
    let asked = (window, end, need.hops.clone(), need.dates());
    let taken = pass.runways.dates.entry(asked).or_insert_with(|| need.take(schedule, from)).clone();
    if let Some((opens_at, _)) = taken.last() {
        pass.wake.at(later(earlier(*opens_at, need.apart), 1));
    }
    let taken = need.with_own(taken, own);
    let state = need.state(taken.len());
    let must_start_by = taken.last().map(|(opens_at, _)| *opens_at).filter(|_| state != Runway::Unreachable);
    Support { hops: u32::try_from(need.hops.len()).ok(), must_start_by, state, ..support }
}

fn in_utc(date: civil::Date) -> Timestamp {
    date.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

/// The way out of a release that ends: found once a pass.
fn way_out<'a>(pass: &mut Pass<'a>, channel: &'a str, ending: &Ending<'a>) -> Result<Way<'a>, Runway> {
    let asked = (channel, ending.uid);
    if let Some(known) = pass.runways.ways.get(&asked) {
        return known.clone();
    }
    let way = find(pass, channel, ending);
    pass.runways.ways.insert(asked, way.clone());
    way
}

/// R4 goes to the newest release in the fewest upgrades: as far as the first that is supported on that day. Where none of those is, another
/// one may be.
fn find<'a>(pass: &Pass<'a>, channel: &str, ending: &Ending) -> Result<Way<'a>, Runway> {
    let Some(running) = pass.releases().find(|release| release.uid == ending.uid) else { return Err(Runway::Unknown) };
    let newer: Vec<_> =
        pass.channel(channel).iter().filter(|release| release.version > running.version && may_come(release)).collect();
    let outlives = |release: &Qualified| release.spec.end_of_life.is_none_or(|on| on > ending.on);
    if !newer.iter().any(|release| outlives(release)) {
        return Err(Runway::NoSupportedRelease);
    }
    let mut way = route::to_newest(running.version, &newer).ok_or(Runway::Unreachable)?;
    match way.iter().position(|release| outlives(release)) {
        Some(last) => way.truncate(last + 1),
        None => way = route::to_any(running.version, &newer, outlives).ok_or(Runway::Unreachable)?,
    }
    let first = way.first().map(|release| release.uid).unwrap_or_default();
    let span = |release: &&Qualified| Span::of(release.spec).map(Span::ends).unwrap_or_default();
    Ok(Way { hops: way.iter().map(span).collect(), first })
}

/// It may be accepted and approved yet.
fn may_come(release: &Qualified) -> bool {
    let rejected = release.spec.approval.as_ref().is_some_and(|approval| approval.decision == Decision::Rejected);
    let twice = release.brake.as_ref().is_err_and(|held| held.reason == Reason::DuplicateVersion);
    release.spec.withdrawn.is_none() && !rejected && !twice
}

fn notice(pass: &Pass, window: &str) -> Option<i64> {
    let spec = pass.window(window)?.spec.as_ref().ok()?;
    Some(spec.notice.as_secs())
}

/// The date that is announced for the first upgrade of that way.
fn own(draft: &Draft, way: &Way) -> Option<Date> {
    let own = draft.slot().filter(|(upgrade, _)| upgrade.release_uid == way.first);
    own.map(|(_, slot)| (slot.opens_at, slot.closes_at))
}
