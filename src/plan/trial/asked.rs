//! R34, R37: who asks for a run, and of which release: people by the annotation, or the policy of a tenant that must pass one.

use crate::{
    api::{
        DashboardReleaseSpec, TenantInstanceSpec, TenantInstanceStatus, UpgradeTrialSpec, Version,
        reason::Reason,
        trial::{NEXT, Purpose, TrialRun},
    },
    fleet::{Fleet, Tenant},
    plan::{
        output::held::Held,
        record::evidence::{self, Of, Proof},
        trial::turn::Turn,
    },
};

/// What is asked of whom: the trial's spec, the tenant, its spec and its status.
pub type Sides<'a> = (&'a UpgradeTrialSpec, &'a Tenant, &'a TenantInstanceSpec, &'a TenantInstanceStatus);

/// A run that is asked for.
pub struct Asked {
    /// The version, as it is written.
    pub version: String,
    /// Who asks.
    pub purpose: Purpose,
    /// The same in words.
    by: String,
}

impl Asked {
    /// What the story of its beginning says more.
    pub fn why(&self) -> &'static str {
        match self.purpose {
            Purpose::Trial => "",
            Purpose::Required => ", as spec.trials.policy of the tenant asks for",
        }
    }
}

/// What the annotation asks for, and has not had: once, until it is taken away or says another version.
pub fn by_people(turn: &mut Turn, tenant: &Tenant) -> Option<Asked> {
    let said = tenant.trial.as_deref();
    if turn.status.request.as_deref() != said {
        turn.status.request = None;
    }
    let version = said.filter(|said| turn.status.request.as_deref() != Some(said))?;
    let by = format!("the annotation uplift.dev/trial of TenantInstance {} is {version:?}", turn.tenant()?);
    Some(Asked { version: version.into(), purpose: Purpose::Trial, by })
}

/// What a tenant that must pass a trial would be upgraded to next, once for each release: what failed, or is of another production by now, is tried again
/// by itself only when the trial was edited since. What people rejected is not.
pub fn by_policy(turn: &Turn, (_, tenant, of, status): Sides) -> Option<Asked> {
    let next = status.upgrade.as_ref().filter(|next| next.started_at.is_none() && of.must_be_tried())?;
    let release = turn.fleet.releases.get(&next.release).filter(|release| release.meta.uid == next.release_uid)?;
    let (spec, to) = (release.spec.as_ref().ok()?, release.version.as_ref().ok()?);
    let running = status.version.as_ref().and_then(|version| version.parse::<Version>().ok());
    let newest = Of { tenant_uid: &tenant.meta.uid, release_uid: &next.release_uid }.newest(turn.seen);
    let due = newest.is_none_or(|newest| {
        let edited = newest.generation != turn.trial.meta.generation;
        let proof = newest.proves(running.as_ref(), to, &evidence::made_of(of, spec));
        edited && matches!(proof, Proof::Failed | Proof::Stale)
    });
    let by = format!("spec.trials.policy of TenantInstance {} asks for a trial of {}", turn.tenant()?, next.to);
    due.then(|| Asked { version: next.to.clone(), purpose: Purpose::Required, by })
}

/// Who asks for what is tried already gets this run, and no other after it.
pub fn serve(turn: &mut Turn, run: &TrialRun) {
    let said = turn.tenant().and_then(|tenant| turn.fleet.tenants.get(&tenant)?.trial.clone());
    let Some(said) = said.filter(|said| run.purpose == Purpose::Required && is_version(said, &run.version)) else { return };
    if turn.status.request.as_deref() != Some(&*said) {
        turn.status.request = Some(said.into());
    }
}

fn is_version(said: &str, version: &str) -> bool {
    said.parse::<Version>().is_ok_and(|said| said.is(version))
}

/// The version that the tenant is to be upgraded to instead of the one that this run tries.
pub fn other_target(tenant: &Tenant, run: &TrialRun) -> Option<String> {
    let next = tenant.status.as_ref().ok()?.upgrade.as_ref()?;
    (next.release_uid != run.release_uid).then(|| next.to.clone())
}

pub type Tried<'a> = (&'a str, &'a str, &'a DashboardReleaseSpec);

/// The release that is asked for: name, UID, spec.
pub fn tried<'a>(
    fleet: &'a Fleet,
    spec: &UpgradeTrialSpec,
    (of, status): (&TenantInstanceSpec, &TenantInstanceStatus),
    asked: &Asked,
    from: &str,
) -> Result<Tried<'a>, Held> {
    let annotation = &asked.by;
    let version: Version = asked
        .version
        .parse()
        .map_err(|wrong| Held::new(Reason::InvalidTrial, format!("{annotation}: {wrong}; write a version like 2026.12.0")))?;
    let not_next = |why: String| Held::new(Reason::TrialNotNext, format!("{annotation}, {why}"));
    let name = if spec.release == NEXT {
        let next = status
            .upgrade
            .as_ref()
            .ok_or_else(|| not_next("and no upgrade of it is planned; name a release in spec.release of the trial".into()))?;
        if !version.is(&next.to) {
            return Err(not_next(format!(
                "and the version that it would be upgraded to next is {}; ask for that one, or name a release in spec.release of the trial",
                next.to
            )));
        }
        &next.release
    } else {
        &spec.release
    };
    let found = fleet.releases.get_key_value(name).and_then(|(name, release)| Some((name, release, release.spec.as_ref().ok()?)));
    let (name, release, found) = found.ok_or_else(|| not_next(format!("and DashboardRelease {name:?} does not exist")))?;
    if release.version.as_ref() != Ok(&version) || found.channel != of.channel {
        return Err(not_next(format!(
            "and spec.release of the trial names {name:?}, which is version {} of channel {}",
            found.version, found.channel
        )));
    }
    if found.withdrawn.is_some() {
        return Err(Held::new(Reason::Withdrawn, format!("{annotation}, and release {name:?} was withdrawn")));
    }
    if from.parse::<Version>().is_ok_and(|from| version <= from) {
        return Err(not_next(format!("and {from} runs already; name a newer version")));
    }
    Ok((name, &release.meta.uid, found))
}
