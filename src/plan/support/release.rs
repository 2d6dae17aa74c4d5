//! Rule R28: until when the release that a tenant runs is supported, and by when it must have left it.

use jiff::{Timestamp, civil};

use crate::{
    api::{
        Version,
        release::Contained,
        tenant::{Runway, Support, Verdict},
    },
    calendar::{DELIVERY, Schedule},
    plan::{
        consent::deferral::{agreed_left, until_end_of_life},
        pass::{
            Pass,
            qualified::Qualified,
            runways::{NoWay, Opening, Way},
            wake::{earlier, later},
        },
        record::draft::Draft,
        release::change::Span,
        software::{
            cycle::{self, DASHBOARD},
            runs::runs,
        },
        support::runway::Need,
        target::route,
    },
};

/// Where the window has no limit, that many dates may be declined before it is too late.
const UNLIMITED: u32 = 1;

/// What ends of a release that runs: its version, or a software in its images.
#[derive(Clone, Copy)]
pub struct Ending<'a> {
    subject: &'a str,
    uid: &'a str,
    version: &'a str,
    /// The first day without support.
    pub on: civil::Date,
}

/// What is known of one end.
pub struct Known<'a> {
    /// What the status says.
    pub support: Support,
    /// What ends, and how many dates before the first upgrade out of it may be declined; none: nothing leads out of it in time.
    pub spare: Option<(Ending<'a>, usize)>,
}

impl From<Support> for Known<'_> {
    fn from(support: Support) -> Self {
        Self { support, spare: None }
    }
}

/// What ends of the release that runs, and of what its images contain.
pub fn support<'a>(pass: &mut Pass<'a>, draft: &Draft<'a>) -> Vec<Known<'a>> {
    let running = draft.running.as_ref().ok();
    let found = running.and_then(|running| runs(pass, &draft.spec.channel, running));
    let Some((uid, spec)) = found.map(|release| (release.uid, release.spec)) else { return vec![] };
    let own = spec.end_of_life.map(|on| Ending { subject: DASHBOARD, uid, version: &spec.version, on });
    let mut support: Vec<_> = own.iter().map(|ending| of(pass, draft, ending)).collect();
    for Contained { product, version } in &spec.contains {
        match cycle::end(pass.fleet, product, version) {
            Ok(None) => {}
            Ok(Some(on)) => support.push(of(pass, draft, &Ending { subject: product, uid, version, on })),
            Err(wrong) => support.push(Support { message: Some(wrong), ..unknown(pass, draft, product, version) }.into()),
        }
    }
    support
}

fn unknown(pass: &Pass, draft: &Draft, subject: &str, version: &str) -> Support {
    let left = agreed_left(pass, &draft.spec.window_ref.name, draft.status.deferrals.as_ref());
    Support {
        subject: subject.into(),
        version: version.into(),
        dependency: None,
        responsibility: None,
        ends_on: None,
        hops: None,
        deferrals: Some(left.unwrap_or(UNLIMITED)),
        must_start_by: None,
        state: Runway::Unknown,
        message: None,
    }
}

fn of<'a>(pass: &mut Pass<'a>, draft: &Draft<'a>, ending: &Ending<'a>) -> Known<'a> {
    let window = draft.spec.window_ref.name.as_str();
    let support = Support { ends_on: Some(ending.on), ..unknown(pass, draft, ending.subject, ending.version) };
    let schedule = pass.schedule(window);
    let end = cycle::first_instant(schedule, ending.on);
    pass.wake.at(end);
    if end <= pass.now {
        return Support { state: Runway::Ended, ..support }.into();
    }
    let (Some(schedule), Some(notice)) = (schedule, notice(pass, window)) else { return support.into() };
    let way = match way_out(pass, &draft.spec.channel, ending) {
        Ok(way) => way,
        Err(NoWay { state, message }) => return Support { state, message, ..support }.into(),
    };
    let own = own(draft, &way);
    let deferrals = support.deferrals.unwrap_or_default() as usize;
    let need = Need { end, apart: notice + DELIVERY.as_secs(), hops: way.hops, deferrals };
    // What opens before can be announced to nobody any more.
    let from = later(pass.now, need.apart);
    let asked = (window, end, need.hops.clone(), need.dates());
    let taken = pass.runways.dates.entry(asked).or_insert_with(|| need.take(schedule, from)).clone();
    if let Some((opens_at, _)) = taken.last() {
        pass.wake.at(later(earlier(*opens_at, need.apart), 1));
    }
    let spare = if until_end_of_life(pass, window) { spare(pass, draft, &need, schedule, own) } else { None };
    let taken = need.with_own(taken, own);
    let state = need.state(taken.len());
    let must_start_by = taken.last().map(|(opens_at, _)| *opens_at).filter(|_| state != Runway::Unreachable);
    let support = Support { hops: u32::try_from(need.hops.len()).ok(), must_start_by, state, ..support };
    let Some(spare) = spare.filter(|_| state != Runway::Unreachable) else { return support.into() };
    // R15: where only so many dates can be declined as leave the way out, all that may be declined fit.
    let support = Support { state: Runway::InTime, deferrals: u32::try_from(spare).ok(), ..support };
    Known { support, spare: Some((*ending, spare)) }
}

/// How many dates may still be declined; none: nothing leads out any more. Dates before the one that is announced, or up to the last that was
/// declined, are none that this tenant could have.
fn spare(pass: &Pass, draft: &Draft, need: &Need, schedule: &Schedule, own: Option<Opening>) -> Option<usize> {
    let lost = draft.status.opt_outs.iter().filter(|record| record.verdict == Verdict::Accepted);
    let declined = lost.filter_map(|record| record.lost.as_ref()).map(|slot| slot.closes_at).max();
    let next = draft.slot().map(|(_, slot)| slot.opens_at).or(declined).unwrap_or(Timestamp::MIN);
    let taken = need.with_own(need.take(schedule, later(pass.now, need.apart).max(next)), own);
    taken.len().checked_sub(need.hops.len())
}

/// Whether a way that does not touch this version leads out of what ends, in time.
pub fn leads_past<'a>(pass: &Pass<'a>, draft: &Draft<'a>, ending: &Ending<'a>, version: &Version) -> bool {
    let window = draft.spec.window_ref.name.as_str();
    let (Some(schedule), Some(notice)) = (pass.schedule(window), notice(pass, window)) else { return true };
    let Ok(way) = find(pass, &draft.spec.channel, ending, Some(version)) else { return false };
    let (own, end) = (own(draft, &way), cycle::first_instant(Some(schedule), ending.on));
    let need = Need { end, apart: notice + DELIVERY.as_secs(), hops: way.hops, deferrals: 0 };
    spare(pass, draft, &need, schedule, own).is_some()
}

/// The way out of a release that ends: found once a pass.
fn way_out<'a>(pass: &mut Pass<'a>, channel: &'a str, ending: &Ending<'a>) -> Result<Way<'a>, NoWay> {
    let asked = (channel, ending.uid, ending.subject, ending.on);
    if let Some(known) = pass.runways.ways.get(&asked) {
        return known.clone();
    }
    let way = find(pass, channel, ending, None);
    pass.runways.ways.insert(asked, way.clone());
    way
}

/// R4 goes to the newest release in the fewest upgrades: as far as the first that is supported on that day. Where none of those is, another
/// one may be.
fn find<'a>(pass: &Pass<'a>, channel: &str, ending: &Ending, without: Option<&Version>) -> Result<Way<'a>, NoWay> {
    let Some(running) = pass.releases().find(|release| release.uid == ending.uid) else { return Err(Runway::Unknown.into()) };
    let leads = |release: &&Qualified| {
        release.version > running.version && release.may_come() && without.is_none_or(|without| release.version != without)
    };
    let newer: Vec<_> = pass.channel(channel).iter().filter(leads).collect();
    let outlives = |release: &Qualified| outlives(pass, release, ending) == Ok(true);
    if !newer.iter().any(|release| outlives(release)) {
        let unknown = newer.iter().find_map(|release| self::outlives(pass, release, ending).err());
        return Err(match unknown {
            Some(message) => NoWay { state: Runway::Unknown, message: Some(message) },
            None => Runway::NoSupportedRelease.into(),
        });
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

/// Whether on the first day without support the release still has some, and so has what it contains of the same software; an error: nobody can say.
fn outlives(pass: &Pass, release: &Qualified, ending: &Ending) -> Result<bool, String> {
    let later = |on: Option<civil::Date>| on.is_none_or(|on| on > ending.on);
    if !later(release.spec.end_of_life) {
        return Ok(false);
    }
    let same = release.spec.contains.iter().filter(|contained| contained.product == ending.subject);
    let ends = same.map(|contained| cycle::end(pass.fleet, &contained.product, &contained.version));
    ends.map(|end| end.map(later)).try_fold(true, |all, later| Ok(all && later?))
}

fn notice(pass: &Pass, window: &str) -> Option<i64> {
    let spec = pass.window(window)?.spec.as_ref().ok()?;
    Some(spec.notice.as_secs())
}

/// The date that is announced for the first upgrade of that way.
fn own(draft: &Draft, way: &Way) -> Option<Opening> {
    let own = draft.slot().filter(|(upgrade, _)| upgrade.release_uid == way.first);
    own.map(|(_, slot)| (slot.opens_at, slot.closes_at))
}
