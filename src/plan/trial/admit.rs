//! R34: whether a run begins: somebody asks for it, both sides say yes, nothing runs there, and it fits below the caps.

use std::collections::BTreeMap;

use crate::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus, UpgradeTrialSpec,
        reason::Reason,
        tenant::Management,
        trial::{Purpose, TrialRun},
        upgrade_id::{OF_TRIAL, Stem, UpgradeId},
    },
    fleet::{Fleet, Tenant, TenantKey, TrialKey, View},
    plan::{
        output::{
            held::Held,
            story::{Story, StoryEvent},
        },
        record::{evidence, ids::short},
        trial::{
            asked::{self, Asked, Sides},
            job,
            release::of_version,
            steps,
            turn::Turn,
            workload::{self, fits, is_down},
        },
    },
};

/// Begins the run that is asked for, or says why none begins.
pub fn take(turn: &mut Turn, running: usize) {
    let sides = match sides(turn) {
        Ok(sides) => sides,
        Err(held) => return turn.held = Some(held),
    };
    let Some(asked) = asked::by_people(turn, sides.1).or_else(|| asked::by_policy(turn, sides)) else { return };
    match begin(turn, (&asked, running), sides) {
        Err(held) => turn.held = Some(held),
        Ok(run) => {
            let message = format!("version {} is tried on the data of version {}{}", run.version, run.from, asked.why());
            turn.status.count += 1;
            if asked.purpose == Purpose::Trial {
                turn.status.request = Some(asked.version);
            }
            turn.status.run = Some(run);
            let story = Story { message: Some(message), ..turn.story(StoryEvent::TrialStarted) };
            turn.tell(story);
        }
    }
}

/// The tenant, if both sides name each other and the namespace is the trial's alone.
fn sides<'a>(turn: &Turn<'a>) -> Result<Sides<'a>, Held> {
    let malformed = |wrong: &String| Held::new(Reason::Malformed, format!("UpgradeTrial {}: {wrong}", turn.key));
    let asks = turn.trial.spec.as_ref().map_err(malformed)?;
    let key = TenantKey::new(&asks.tenant_ref.namespace, &asks.tenant_ref.name);
    let missing = || {
        let message = format!("spec.tenantRef names TenantInstance {key}, which does not exist; create it, or correct the name");
        Held::new(Reason::TenantMissing, message)
    };
    let tenant = turn.fleet.tenants.get(&key).ok_or_else(missing)?;
    self::named(turn.key, &key, tenant)?;
    namespace(turn.fleet, turn.key)?;
    let wrong = |wrong: &String| Held::new(Reason::TenantMissing, format!("TenantInstance {key} does not parse: {wrong}"));
    Ok((asks, tenant, tenant.spec.as_ref().map_err(wrong)?, tenant.status.as_ref().map_err(wrong)?))
}

/// Whether the tenant says that this is its trial.
pub fn named(trial: &TrialKey, key: &TenantKey, tenant: &Tenant) -> Result<(), Held> {
    // One that does not parse says nothing new.
    let Ok(spec) = &tenant.spec else { return Ok(()) };
    let there = spec.trials.as_ref().map(|trials| trials.namespace.as_str());
    if there == Some(&trial.namespace) {
        return Ok(());
    }
    let message = format!(
        "TenantInstance {key} names {} in spec.trials.namespace; both sides must say yes: write {:?} there, or correct spec.tenantRef",
        there.map_or("no namespace".into(), |there| format!("{there:?}")),
        trial.namespace
    );
    Err(Held::new(Reason::TrialNotNamed, message))
}

/// Whether the namespace is this trial's alone.
pub fn namespace(fleet: &Fleet, trial: &TrialKey) -> Result<(), Held> {
    if let Some(tenant) = fleet.tenant_in(&trial.namespace) {
        let name = &tenant.name;
        let message =
            format!("TenantInstance {name:?} is in the trial's own namespace {:?}; a trial has one to itself", trial.namespace);
        return Err(Held::new(Reason::TrialNamespaceTaken, message));
    }
    match fleet.trials_in(&trial.namespace).map(|(key, _)| key).find(|key| *key != trial) {
        None => Ok(()),
        Some(other) => {
            let message = format!("UpgradeTrial {:?} is in namespace {:?} too; delete one of them", other.name, trial.namespace);
            Err(Held::new(Reason::TrialNamespaceShared, message))
        }
    }
}

fn begin(turn: &Turn, (asked, running): (&Asked, usize), (spec, tenant, of, status): Sides) -> Result<TrialRun, Held> {
    may_be_tried(spec, of)?;
    job::no_upgrade_runs(turn.fleet, &TenantKey::new(&spec.tenant_ref.namespace, &spec.tenant_ref.name))?;
    let (from, runs) = running_version(spec, turn.fleet, of, status)?;
    let (name, release_uid, release) = asked::tried(turn.fleet, spec, (of, status), asked, &from)?;
    workloads(turn, spec, [runs, &release.images])?;
    if turn.trial.answer.is_some() {
        let message =
            format!("the annotation uplift.dev/trial-answer of UpgradeTrial {} is that of a run before; take it away", turn.key);
        return Err(Held::new(Reason::TrialAnswered, message));
    }
    room(turn.fleet, running)?;
    let stem = Stem::from(&*format!("{OF_TRIAL}{}", short(&[&turn.trial.meta.uid])));
    Ok(TrialRun {
        id: UpgradeId::new(stem, turn.status.count + 1),
        purpose: asked.purpose,
        version: release.version.clone(),
        release: name.into(),
        release_uid: release_uid.into(),
        from,
        made_of: evidence::made_of(of, release),
        tenant_uid: tenant.meta.uid.clone(),
        generation: turn.trial.meta.generation,
        started_at: turn.now,
        steps: steps::of(spec, of, release),
        workloads: spec.workloads.clone(),
        watch: None,
        proven_at: None,
        ready_at: None,
        expires_at: None,
        ended: None,
        clean: None,
    })
}

fn may_be_tried(spec: &UpgradeTrialSpec, of: &TenantInstanceSpec) -> Result<(), Held> {
    let tenant = &spec.tenant_ref;
    if of.is_never_tried() {
        let message =
            format!("spec.trials.policy of TenantInstance {tenant} is None: nothing is tried; set it to Optional or Required");
        return Err(Held::new(Reason::TrialsOff, message));
    }
    if of.management == Management::Unmanaged {
        let message = format!("TenantInstance {tenant} has spec.management Unmanaged, and is not tried; set it to Managed");
        return Err(Held::new(Reason::Unmanaged, message));
    }
    Ok(())
}

type Images<'a> = &'a BTreeMap<String, String>;

/// The version that runs in production, with its images: the trial boots on it.
fn running_version<'a>(
    spec: &UpgradeTrialSpec,
    fleet: &'a Fleet,
    of: &TenantInstanceSpec,
    status: &TenantInstanceStatus,
) -> Result<(String, Images<'a>), Held> {
    let tenant = &spec.tenant_ref;
    let unknown =
        |why: &str| Held::new(Reason::UnknownVersion, format!("TenantInstance {tenant} {why}; the trial could not boot on it"));
    let version = status.version.as_deref().ok_or_else(|| unknown("runs a version that nobody knows"))?;
    let release = of_version(fleet, &of.channel, version);
    let (_, _, release) = release.ok_or_else(|| unknown(&format!("runs {version}, and no DashboardRelease has that version")))?;
    Ok((version.to_owned(), &release.images))
}

/// Whether every workload is there, at zero, and fits both versions.
fn workloads(turn: &Turn, spec: &UpgradeTrialSpec, versions: [Images; 2]) -> Result<(), Held> {
    for asked in &spec.workloads {
        let key = workload::key(turn, asked);
        let missing = || {
            Held::new(
                Reason::WorkloadMissing,
                format!("{key} does not exist; create it with 0 replicas, or correct spec.workloads"),
            )
        };
        let there = turn.fleet.workloads.get(&key).ok_or_else(missing)?;
        if let Some(keeps_old) = there.keeps_old {
            return Err(Held::new(
                keeps_old.reason(),
                format!("{key} {keeps_old}: in a trial its pods would stay on old images"),
            ));
        }
        if !is_down(there) {
            let message = format!("{key} has {} replicas although no run is on; scale it to 0", there.rollout.wanted);
            return Err(Held::new(Reason::TrialWorkloadsRun, message));
        }
        if versions.iter().any(|images| !fits(asked, there, images)) {
            let message =
                format!("no container of {key} runs a component of both versions; name them in spec.workloads[].containers");
            return Err(Held::new(Reason::NoComponent, message));
        }
    }
    Ok(())
}

/// The caps, and whether what is known is fresh.
fn room(fleet: &Fleet, running: usize) -> Result<(), Held> {
    let most = fleet.settings.trials.max_running;
    if running >= most {
        let message = format!(
            "{running} trials run, and trials.maxRunning of the operator's configuration is {most}; this one begins when one of them is cleaned"
        );
        return Err(Held::new(Reason::TrialsAtLimit, message));
    }
    let needed = [View::Trials, View::Jobs, View::Templates, View::Tenants, View::Releases];
    match needed.into_iter().find(|view| fleet.views.is_stale(*view)) {
        None => Ok(()),
        Some(view) => {
            Err(Held::new(Reason::StaleView, format!("the watch of {view:?} has shown no life; the run begins when it does")))
        }
    }
}
