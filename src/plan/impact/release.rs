//! Whom a release touches: who runs it, who goes there and when, who is held back from it, and who passes it by. It need not be accepted or
//! approved.

use crate::{
    api::{
        TenantInstanceSpec, Version,
        tenant::{Management, Upgrade},
    },
    fleet::{Tenant, TenantKey},
    plan::{
        impact::impacted::{Impacted, Issue, Standing, of, read, runs},
        interop::issues,
        pass::{Pass, qualified::Qualified},
        record::draft::Draft,
        target::choice::{Choice, choose},
    },
};

/// The release that is asked about.
struct Asked<'a> {
    uid: &'a str,
    channel: &'a str,
    version: &'a str,
    /// It can be accepted and approved yet.
    may_come: bool,
}

pub fn impacted(pass: &mut Pass, name: &str) -> Result<Vec<Impacted>, String> {
    let release = named(pass, name)?;
    let asked = Asked {
        uid: release.uid,
        channel: &release.spec.channel,
        version: release.version.as_str(),
        may_come: release.may_come(),
    };
    // As if it were accepted and approved, if it ever can be: then R4 says who goes there.
    for release in pass.channel_mut(asked.channel).iter_mut().filter(|release| release.uid == asked.uid && release.may_come()) {
        (release.accepted, release.approved, release.change, release.brake) = (Ok(()), Ok(()), Ok(()), Ok(()));
    }
    let fleet = pass.fleet;
    Ok(fleet.tenants.iter().filter_map(|(key, tenant)| one(pass, &asked, key, tenant)).collect())
}

/// By its name first.
fn named<'p, 'a>(pass: &'p Pass<'a>, name: &str) -> Result<&'p Qualified<'a>, String> {
    let by_name = pass.releases().find(|release| release.name == name);
    let by_version: Vec<_> = pass.releases().filter(|release| release.version.is(name)).collect();
    match (by_name, by_version.as_slice()) {
        (Some(release), _) => Ok(release),
        (None, [release]) => Ok(*release),
        (None, []) => Err(format!(
            "no DashboardRelease that makes sense has the name or the version {name:?}: kubectl uplift releases lists them"
        )),
        (None, several) => {
            let names: Vec<_> = several.iter().map(|release| release.name).collect();
            Err(format!("these have the version {name:?}; ask for one by its name: {}", names.join(", ")))
        }
    }
}

/// None: it is none of its channel, or beyond it.
fn one<'a>(pass: &mut Pass<'a>, asked: &Asked, key: &'a TenantKey, tenant: &'a Tenant) -> Option<Impacted> {
    let (spec, status) = match read(key, tenant) {
        Ok(read) => read,
        Err(unread) => return Some(*unread),
    };
    let running = runs(pass, key, spec, status);
    let said = Impacted {
        version: running.as_ref().ok().map(|version| version.as_str().to_owned()),
        services: spec.workloads.iter().map(|workload| format!("{}/{}", workload.kind, workload.name)).collect(),
        ..of(key, Some(spec))
    };
    let own = status.upgrade.as_ref().filter(|upgrade| upgrade.release_uid == asked.uid);
    if own.is_some_and(|upgrade| upgrade.started_at.is_some()) {
        return Some(with(said, own, Standing::Upgrading));
    }
    let runs = match &running {
        Ok(runs) if runs.is(asked.version) => return Some(Impacted { standing: Standing::Uses, ..said }),
        Ok(runs) => runs.clone(),
        Err(hold) => {
            let said = Impacted { message: Some(hold.message.clone()), ..said };
            return (spec.channel == asked.channel).then_some(said);
        }
    };
    if spec.channel != asked.channel || asked.version.parse().is_ok_and(|asked| runs > asked) {
        return None;
    }
    if spec.management == Management::Unmanaged {
        return Some(Impacted { standing: Standing::Unmanaged, ..said });
    }
    // A date that is announced stands, whatever else could be chosen (R5).
    let dated = status.upgrade.as_ref().filter(|upgrade| upgrade.slot.is_some());
    let mut draft = Draft::new(key, tenant, spec, status, running);
    let next = match dated {
        Some(upgrade) => Choice::Next(Box::new(upgrade.clone())),
        None => choose(pass, &mut draft),
    };
    let said = match next {
        Choice::Next(next) => goes(pass, asked, said, &mut draft, &next),
        other => kept(asked, said, &other),
    };
    Some(with_issues(pass, asked, (key, spec), said))
}

/// Who goes there by more upgrades than one is judged as it stands now: what it needs, others may have by then.
fn with_issues(pass: &Pass, asked: &Asked, (key, spec): (&TenantKey, &TenantInstanceSpec), said: Impacted) -> Impacted {
    let goes = said.standing != Standing::PassesBy;
    let Some(release) = pass.releases().find(|release| release.uid == asked.uid).filter(|_| goes) else { return said };
    let accepted = |name: &str| release.accepted_issues.iter().find(|one| one.issue == name).map(|one| one.until);
    let found = issues(pass, key, spec, release).into_iter().map(|found| Issue {
        accepted_until: accepted(&found.name()),
        issue: found.name(),
        others: found.others.iter().map(ToString::to_string).collect(),
        warns: !found.holds,
        message: found.message,
    });
    Impacted { issues: found.collect(), ..said }
}

/// Something keeps it from the release.
fn kept(asked: &Asked, said: Impacted, by: &Choice) -> Impacted {
    let message = match by {
        _ if !asked.may_come => "it was withdrawn or rejected, or another release has its version".into(),
        Choice::Held(hold) => hold.message.clone(),
        _ => "no release leads there".into(),
    };
    Impacted { standing: Standing::Held, message: Some(message), ..said }
}

fn goes<'a>(pass: &mut Pass<'a>, asked: &Asked, said: Impacted, draft: &mut Draft<'a>, next: &Upgrade) -> Impacted {
    let mut way = way(next);
    let last = way.last().and_then(|last| last.parse::<Version>().ok());
    // What is dated leads to an older release, or a pin ends there: from there on R4 chooses again.
    if let Some(last) = last.filter(|last| asked.version.parse().is_ok_and(|asked| *last < asked)) {
        draft.running = Ok(last);
        match choose(pass, draft) {
            Choice::Next(on) => way.extend(self::way(&on)),
            other => return kept(asked, Impacted { route: way, ..said }, &other),
        }
    }
    let is_asked = |version: &String| version.parse::<Version>().is_ok_and(|version| version.is(asked.version));
    let Some(at) = way.iter().position(is_asked) else {
        return Impacted { standing: Standing::PassesBy, route: way, ..said };
    };
    let own = (next.release_uid == asked.uid).then_some(next);
    let standing = match own {
        Some(upgrade) if upgrade.slot.is_some() => Standing::Announced,
        Some(upgrade) if upgrade.expected_at.is_some() => Standing::Expected,
        _ => Standing::Waiting,
    };
    with(Impacted { route: way[..=at].to_vec(), ..said }, own, standing)
}

/// The versions that it passes through.
fn way(upgrade: &Upgrade) -> Vec<String> {
    if upgrade.route.is_empty() { vec![upgrade.to.clone()] } else { upgrade.route.clone() }
}

fn with(said: Impacted, own: Option<&Upgrade>, standing: Standing) -> Impacted {
    let slot = own.and_then(|upgrade| upgrade.slot.as_ref());
    let expected_at = own.and_then(|upgrade| upgrade.expected_at).filter(|_| slot.is_none());
    Impacted { opens: slot.map(|slot| slot.opens.clone()), expected_at, standing, ..said }
}
