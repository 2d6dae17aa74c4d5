//! What is wrong with a history once it was played.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::SignedDuration;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use uplift::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus, annotations, condition,
        reason::Reason,
        release::Halt,
        stored_reason::StoredReason,
        tenant::{HistoryEntry, Management, Upgrade},
    },
    fleet::{Fleet, ObjectKey},
    plan::{Change, Write, plan},
    simulate::{
        Simulation,
        engine::{RunError, Trouble},
        world::{Content, Object, What, World},
    },
};
use uplift_testbed::judge::{Evidence, judge};

use super::{contacts, guards::Guard, history::History, intents, places, recalled::OPERATOR, told, trials, turns};
use crate::oracle::{customer, leeway, world};

pub use uplift::simulate::engine::Rules;

/// An upgrade ends within this time, whatever becomes of it: three workloads with their deadlines, there and back; and one with hooks.
const LONGEST: SignedDuration = SignedDuration::from_hours(3);
const WITH_HOOKS: SignedDuration = SignedDuration::from_hours(24);

/// Everything that is wrong with a history under these rules.
pub fn wrong(history: &History, rules: Rules) -> Vec<String> {
    caught(|| {
        let mut run = history.simulation().with_rules(rules);
        let outcome = history.play(&mut run);
        judged(history, &run, outcome)
    })
}

/// Everything that is wrong with the history of a seed, which is judged as it was drawn.
pub fn wrong_with(seed: u64, rules: Rules) -> Vec<String> {
    caught(|| {
        let (history, run, outcome) = History::draw_and_play(seed, rules);
        judged(&history, &run, outcome)
    })
}

fn caught(judge: impl FnOnce() -> Vec<String>) -> Vec<String> {
    catch_unwind(AssertUnwindSafe(judge)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        vec![format!("panic: {}", text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default())]
    })
}

fn judged(history: &History, run: &Simulation, outcome: Result<(), RunError>) -> Vec<String> {
    let leeway = leeway::of(&history.faults, &history.trouble, &history.replicas);
    let evidence = world::evidence(run.world().log(), leeway);
    let stuck = outcome.err().map(|error| format!("stuck: {error}"));
    let mut wrong: Vec<String> = judge(&evidence).broken.iter().map(ToString::to_string).collect();
    wrong.extend(places::judge(run.world().log(), leeway));
    wrong.extend(told::judge(run.world(), history));
    wrong.extend(customers(run, history, &evidence));
    if Guard::Turns.on() {
        wrong.extend(turns::judge(run.world().log()));
    }
    if stuck.is_none() {
        wrong.extend(unfinished(run.world()));
        wrong.extend(intents::judge(run.world()));
        wrong.extend(trials::judge(run.world()));
        wrong.extend(contacts::untold(run.world()));
        wrong.extend(restless(run, history));
    }
    stuck.into_iter().chain(wrong).collect()
}

/// What customers would complain of.
fn customers(run: &Simulation, history: &History, evidence: &Evidence) -> Vec<String> {
    if !Guard::Customer.on() {
        return vec![];
    }
    let broken = customer::judge(run.world().log(), evidence, &history.unreachable(), history.until);
    broken.iter().map(ToString::to_string).collect()
}

fn statuses(world: &World) -> impl Iterator<Item = (String, &TenantInstanceSpec, &TenantInstanceStatus)> {
    world.objects().filter_map(|object| object.tenant().map(|(spec, status)| (object.key.to_string(), spec, status)))
}

/// I5, I10: upgrades that never end, and tenants that wait for nothing.
fn unfinished(world: &World) -> Vec<String> {
    let hangs = |status: &TenantInstanceStatus| {
        let longest = |jobs: bool| if jobs { WITH_HOOKS } else { LONGEST };
        let since = |up: &Upgrade| up.started_at.map(|at| world.now().duration_since(at));
        status.upgrade.as_ref().is_some_and(|up| since(up).is_some_and(|since| since > longest(!up.jobs.is_empty())))
    };
    let silent = |status: &TenantInstanceStatus| {
        let planned = status.upgrade.as_ref().is_some_and(|up| up.slot.is_some() || up.expected_at.is_some());
        let says = [Reason::UpgradeFailed, Reason::Declined].map(Some);
        let waits = |c: &Condition| c.status == "False" && !says.contains(&Reason::named(&c.reason));
        let behind = status.conditions.iter().any(|c| c.type_ == condition::UP_TO_DATE && waits(c));
        behind && !planned && status.blockers.is_empty()
    };
    let starves = |spec: &TenantInstanceSpec, status: &TenantInstanceStatus| {
        let long_ago = world.now() - SignedDuration::from_hours(24 * 65);
        let moved = status.history.first().is_some_and(|entry| entry.finished_at > long_ago);
        // Where windows are rare and one was declined, the next date may lie far ahead.
        let ahead = status.upgrade.as_ref().and_then(|up| up.slot.as_ref()).is_some_and(|slot| slot.opens_at > world.now());
        status.upgrade.is_some()
            && !moved
            && !ahead
            && !waits_for_a_ring(world, spec, status)
            && status.blockers.iter().all(|blocker| only_waits(&blocker.reason))
    };
    let mut wrong = vec![];
    for (name, spec, status) in statuses(world) {
        let window = world.get(&ObjectKey::Window(spec.window_ref.name.clone()));
        let suspended = window.and_then(|w| w.window()).is_some_and(|(w, _)| w.suspend.is_some());
        if !suspended && starves(spec, status) && !busy(world, &spec.window_ref.name) {
            wrong.push(format!("I5 at the end: {name} could be upgraded for two months, and nothing happens"));
        }
        if hangs(status) {
            wrong.push(format!("I5 at the end: {name} has an upgrade in flight that never ends"));
        }
        if silent(status) {
            wrong.push(format!("I10 at the end: {name} is behind, has no date, and nothing says why"));
        }
    }
    wrong.extend(world.objects().filter_map(|tenant| unanswered(tenant)));
    wrong.extend(world.objects().filter_map(|release| rolled_out(world, release)));
    wrong.extend(world.objects().filter_map(|release| unhalted(world, release)));
    wrong.extend(world.objects().filter_map(|product| miscounted(world, product)));
    wrong
}

/// R31: a product that says of fewer or more tenants that a planned version leaves them behind than say so themselves.
fn miscounted(world: &World, object: &Object) -> Option<String> {
    let Content::Product(_, said) = &object.content else { return None };
    let behind = |name: &str| {
        statuses(world).filter(|(_, _, status)| status.issues.iter().any(|issue| issue.moves() == Some(name))).count()
    };
    let planned = said.installations.iter().filter_map(|one| Some((&one.name, one.planned.as_ref()?.left_behind)));
    let (name, said) = planned.into_iter().find(|(name, said)| behind(name) != *said as usize)?;
    Some(format!("R31 at the end: {} says that {name} leaves {said} behind, and they are {}", object.key, behind(name)))
}

/// An earlier ring of its release has not proved it, or did so in the last months: what that ring waits for stands at its tenants.
fn waits_for_a_ring(world: &World, spec: &TenantInstanceSpec, status: &TenantInstanceStatus) -> bool {
    let planned = status.upgrade.as_ref().and_then(|up| world.get(&ObjectKey::Release(up.release.clone())));
    let Some((release, written)) = planned.and_then(|object| object.release()) else { return false };
    let rollout = &release.rollout;
    let before = rollout.rings.iter().take(rollout.rings.len().saturating_sub(1)).take_while(|ring| ring.name != spec.ring);
    let proven = |name: &String| {
        let long_ago = world.now() - SignedDuration::from_hours(24 * 65);
        written.rings.iter().any(|ring| ring.name == *name && ring.proven_at.is_some_and(|at| at <= long_ago))
    };
    before.map(|ring| &ring.name).any(|name| !proven(name) && !rollout.proven_rings.contains(name))
}

/// I10: an opt-out that stands, and nothing says what became of it.
fn unanswered(tenant: &Object) -> Option<String> {
    let (no, (spec, status)) = (tenant.annotation(annotations::OPT_OUT)?, tenant.tenant()?);
    let answered = status.opt_outs.iter().any(|record| record.value == no);
    let refused = status.blockers.iter().any(|blocker| blocker.reason == Reason::InvalidOptOut);
    let silent = spec.management == Management::Managed && !answered && !refused;
    silent.then(|| format!("I10 at the end: nothing says what became of the opt-out {no:?} of {}", tenant.key))
}

/// A release that is said to be rolled out, and somebody waits for it.
fn rolled_out(world: &World, object: &Object) -> Option<String> {
    let (spec, status) = object.release()?;
    let waits = |tenant: &TenantInstanceSpec, status: &TenantInstanceStatus| {
        let ours = tenant.channel == spec.channel && tenant.management == Management::Managed;
        ours && status.upgrade.as_ref().is_some_and(|up| up.to == spec.version)
    };
    let one = statuses(world).find(|(_, tenant, status)| waits(tenant, status))?.0;
    let says = condition::is_true(&status.conditions, condition::ROLLED_OUT);
    says.then(|| format!("A11 at the end: {} is said to be rolled out, and {one} waits for it", object.key))
}

/// R22: as many tenants failed as may, and the release goes on.
fn unhalted(world: &World, object: &Object) -> Option<String> {
    let (spec, status) = object.release()?;
    let resumed = status.halt.as_ref().and_then(|halt| halt.resumed_at);
    let theirs = [
        Reason::OwnershipConflict,
        Reason::WorkloadGone,
        Reason::Paused,
        Reason::NoReplicas,
        Reason::UnknownComponent,
        Reason::NoComponent,
        Reason::ProbeBroken,
        Reason::BackupFailed,
    ];
    let counts = |entry: &HistoryEntry| {
        let own = entry.started_at.is_some_and(|at| at >= object.created_at && resumed.is_none_or(|resumed| at > resumed));
        let excused = entry.reason.as_ref().is_some_and(|reason| theirs.iter().any(|known| reason == known));
        own && entry.result.is_failure() && entry.to == spec.version && !excused && !entry.own_hook
    };
    let fails = |tenant: &TenantInstanceSpec, status: &TenantInstanceStatus| {
        tenant.channel == spec.channel && status.history.iter().any(counts)
    };
    let failed = statuses(world).filter(|(_, tenant, status)| fails(tenant, status)).count();
    let over = u32::try_from(failed).is_ok_and(|failed| failed >= spec.rollout.max_failures);
    let stopped = spec.withdrawn.is_some() || status.halt.as_ref().is_some_and(Halt::stands);
    (over && !stopped).then(|| format!("R22 at the end: {} failed on {failed} tenants, and nothing halts it", object.key))
}

/// Reasons that time alone lifts.
fn only_waits(reason: &StoredReason) -> bool {
    let waits = [Reason::NoticePending, Reason::ConsentPending, Reason::WindowClosed, Reason::Concurrency];
    waits.iter().any(|known| reason == known)
}

/// Whether others of a window were upgraded in the last months, had a date that something of their own took, or have the next date:
/// then this one waits for its turn.
fn busy(world: &World, window: &str) -> bool {
    let long_ago = world.now() - SignedDuration::from_hours(24 * 65);
    let had_a_place = |entry: &HistoryEntry| {
        let held = entry.reason.as_ref().is_some_and(|reason| !only_waits(reason));
        entry.started_at.is_some_and(|at| at > long_ago) || held && entry.finished_at > long_ago
    };
    let upgraded = |status: &TenantInstanceStatus| status.history.iter().any(had_a_place);
    let next = |status: &TenantInstanceStatus| {
        status.upgrade.as_ref().and_then(|up| up.slot.as_ref()).is_some_and(|slot| slot.opens_at > world.now())
    };
    let mut ours = statuses(world).filter(|(_, spec, _)| spec.window_ref.name == window);
    ours.any(|(_, _, status)| upgraded(status) || next(status))
}

/// I5: writes although nothing happens. A fresh process sees nothing to do either.
fn restless(run: &Simulation, history: &History) -> Vec<String> {
    let world = run.world();
    let mut wrong = vec![];
    // A window says when it is open: that is due, and often, where it opens several times a day.
    // So does a trial, which is proved to be cut off every hour.
    let counts = |what: &What| matches!(what, What::Write(_, after) if after.window().is_none() && after.trial().is_none());
    let writes = world.log().iter().filter(|r| r.at > history.quiet && counts(&r.what)).count();
    if writes > 600 {
        wrong.push(format!("I5 at the end: {writes} writes in the quiet months"));
    }
    let late = |act: usize| act + 60 > run.acts();
    let written = world.log().len();
    let late_event = |trouble: &Trouble| trouble.events.iter().any(|event| event.record + 30 > written);
    if history.faults.iter().any(|fault| late(fault.at_act)) || late_event(&history.trouble) {
        return wrong; // the last faults may still be felt
    }
    let mut fleet = Fleet::fresh();
    fleet.settings = run.settings().clone();
    let now = run.clock();
    world.objects().for_each(|object| object.fold_into(&mut fleet, now, false));
    let plan = plan(&fleet, now);
    // What it is not granted a fresh process tries, and hears of anew.
    let asks = |write: &&Write| matches!(write.change, Change::AskJob { .. });
    if world.refuses_jobs() {
        return wrong;
    }
    for write in plan.writes.iter().filter(|write| !asks(write)) {
        wrong.push(format!("I5 at the end: a fresh process writes {}", write.object()));
    }
    if let Some(at) = plan.wake_at.filter(|at| *at <= now) {
        wrong.push(format!("I5 at the end: a fresh process wants to be woken at {at}"));
    }
    wrong
}

/// What became of slots and opt-outs, as words: what the histories reach.
pub fn endings(seed: u64) -> Vec<String> {
    let (_, mut run, _) = History::draw_and_play(seed, OPERATOR);
    let told = run
        .take_told()
        .into_iter()
        .map(|told| format!("{:?} {}", told.story.event, told.story.reason.map(|reason| reason.to_string()).unwrap_or_default()));
    told.collect()
}

/// What a failure is about, so that a smaller history fails for the same reason.
pub fn kind(wrong: &str) -> String {
    let wrong = wrong.lines().next().unwrap_or_default();
    let words = wrong.split(": ").next().unwrap_or_default();
    let head = words.split(" at ").next().unwrap_or_default().to_owned();
    let tail: String = wrong.split(": ").skip(1).collect::<Vec<_>>().join(" ");
    let plain = tail.split_whitespace().filter(|w| w.chars().all(|c| c.is_ascii_lowercase() || "',".contains(c)));
    format!("{head} {}", plain.take(14).collect::<Vec<_>>().join(" "))
}
