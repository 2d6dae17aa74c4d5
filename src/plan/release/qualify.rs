//! Rules R1 to R3, R33: which releases may go to tenants.

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    api::{
        DashboardReleaseSpec,
        reason::Reason,
        release::{AcceptedIssue, Approval, Decision},
    },
    fleet::{Fleet, Ranges, Release},
    plan::{
        output::held::Held,
        pass::{
            qualified::{Channels, Qualified},
            wake::{Wake, later},
        },
        release::{
            brake::brake,
            change::change,
            checks::{Checks, Open},
            halt, rings,
        },
    },
};

static NO_RANGES: Ranges = Ranges { requires: vec![], risks: vec![] };

/// Judges every release.
pub fn qualify<'a>(fleet: &'a Fleet, now: Timestamp, wake: &mut Wake) -> Channels<'a> {
    let mut channels = Channels::new();
    for (name, release) in &fleet.releases {
        if let Some(qualified) = judge(fleet, name, release, now, wake) {
            channels.entry(&qualified.spec.channel).or_default().push(qualified);
        }
    }
    for releases in channels.values_mut() {
        releases.sort_by(|a, b| a.version.cmp(b.version).then(a.name.cmp(b.name)));
        brake_twins(releases);
    }
    channels
}

fn judge<'a>(fleet: &'a Fleet, name: &'a str, release: &'a Release, now: Timestamp, wake: &mut Wake) -> Option<Qualified<'a>> {
    let (Ok(spec), Ok(version), Ok(upgrades_from)) = (&release.spec, &release.version, &release.upgrades_from) else {
        return None;
    };
    let accepted = acceptance(fleet, name, release, spec, now);
    if let Err(Held { until: Some(until), .. }) = &accepted {
        wake.at(*until);
    }
    let upgrades_from = upgrades_from.as_ref();
    let (uid, created_at) = (&release.meta.uid, release.meta.created_at);
    let status = release.status.as_ref().ok();
    let seen = status.and_then(|status| status.halt.as_ref());
    // A resume counts once it is written: until then nothing starts.
    let created_by = release.created_by.as_deref();
    let (approved, change) = (approval(spec, created_by), change(spec, now, wake));
    let (ranges, brake) = match &release.ranges {
        Ok(ranges) => (ranges, brake(spec, seen)),
        // Whoever runs it runs it still: it stays known, and nobody goes there.
        Err(wrong) => (&NO_RANGES, Err(Held::new(Reason::Malformed, format!("{wrong}; correct the manifest")))),
    };
    let halt = seen.map(|halt| halt::next(spec, halt, now));
    let rings = rings::of(&spec.rollout, status);
    Some(Qualified {
        name,
        uid,
        created_at,
        created_by,
        spec,
        version,
        upgrades_from,
        ranges,
        accepted_issues: accepted_issues(spec, now, wake),
        accepted,
        approved,
        change,
        brake,
        halt,
        usual_minutes: None,
        rings,
    })
}

/// R31: the issues that somebody accepted, and whose day has not come.
fn accepted_issues<'a>(spec: &'a DashboardReleaseSpec, now: Timestamp, wake: &mut Wake) -> Vec<&'a AcceptedIssue> {
    let until = |accepted: &AcceptedIssue| accepted.until.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |day| day.timestamp());
    spec.accepted_issues.iter().for_each(|accepted| wake.at(until(accepted)));
    spec.accepted_issues.iter().filter(|accepted| now < until(accepted)).collect()
}

/// R1: every check passed on exactly these images, and the soak is over. Failed checks are named before those that cannot run, and these
/// before missing ones.
fn acceptance(fleet: &Fleet, name: &str, release: &Release, spec: &DashboardReleaseSpec, now: Timestamp) -> Result<(), Held> {
    let checks = Checks::of(fleet, name, release);
    let open: Vec<_> = spec.acceptance.checks.iter().filter_map(|check| checks?.open(check)).collect();
    match open.into_iter().min_by_key(Open::rank) {
        Some(Open::Failed(held) | Open::Held(held) | Open::Pending(held)) => return Err(held),
        None if checks.is_none() && !spec.acceptance.checks.is_empty() => {
            return Err(Held::new(Reason::CheckPending, "its status does not parse: results of checks are not known"));
        }
        None => {}
    }
    let over = later(soak_start(release, spec), spec.acceptance.minimum_soak.as_secs());
    if now < over {
        return Err(Held { until: Some(over), ..Held::new(Reason::Soaking, format!("soaks until {over}")) });
    }
    Ok(())
}

/// `soakFrom` is a UTC date; absent, the soak began when the object was created.
fn soak_start(release: &Release, spec: &DashboardReleaseSpec) -> Timestamp {
    let date = spec.acceptance.soak_from.and_then(|date| date.to_zoned(TimeZone::UTC).ok());
    date.map_or(release.meta.created_at, |start| start.timestamp())
}

/// R2: the decision of change management, and R1: not by whoever created the release, where it asks for four eyes. Who may write the
/// decision, and that it is in one's own name, is admission's matter.
fn approval(spec: &DashboardReleaseSpec, created_by: Option<&str>) -> Result<(), Held> {
    match &spec.approval {
        Some(Approval { decision: Decision::Approved, by, .. }) => {
            let by_creator = spec.acceptance.four_eyes && created_by == Some(by.as_str());
            if by_creator { Err(Held::new(Reason::ApprovedByCreator, four_eyes(by))) } else { Ok(()) }
        }
        Some(Approval { by, .. }) => Err(Held::new(Reason::Rejected, format!("rejected by {by}"))),
        None => Err(Held::new(Reason::PendingApproval, "waits for spec.approval by someone who holds the verb approve")),
    }
}

fn four_eyes(by: &str) -> String {
    format!(
        "approved by {by}, who created it, and spec.acceptance.fourEyes asks for two people: \
         somebody else who holds the verb approve must decide"
    )
}

/// R4: two releases of one channel with equal versions block each other.
fn brake_twins(releases: &mut [Qualified]) {
    for i in 1..releases.len() {
        if releases[i].version != releases[i - 1].version {
            continue;
        }
        for (one, other) in [(i, i - 1), (i - 1, i)] {
            let message =
                format!("DashboardRelease {:?} has the same version in this channel; delete one of them", releases[other].name);
            // What people said of it is told before what it clashes with.
            if releases[one].brake.is_err() {
                continue;
            }
            releases[one].brake = Err(Held::new(Reason::DuplicateVersion, message));
        }
    }
}
