//! What people have before them at the end of a scenario: the letters that customers got, and what `kubectl` shows.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use uplift::{
    api::{
        DashboardReleaseStatus, SoftwareProductStatus, TenantInstanceStatus, UpgradeTrialStatus, UpgradeWindowStatus,
        release::{CheckRun, CountedIssue},
        tenant::{HistoryEntry, HookEntry, NoticeRecord, OptOutRecord, ProbeEntry, Step, SupersededBy, Upgrade},
        trial::{TrialEnd, TrialStep},
    },
    letters::Outgoing,
    simulate::world::{Content, Object, What, World},
};

/// Every notice that a contact accepted, as it reads.
pub fn letters(world: &World) -> Vec<String> {
    let letter = |at: Timestamp, notice: &Outgoing| {
        let (message, slot) = (&notice.message, notice.message.slot.as_ref());
        let about = words([
            Some(format!("{:?}", message.kind)),
            Some(format!("{} -> {}", message.from.as_deref().unwrap_or("?"), message.to.as_deref().unwrap_or("?"))),
            slot.map(|s| format!("{} until {}, a no until {}", s.opens, s.closes_at, s.opt_out_until)),
            message.refusals_left.map(|n| format!("refusals left {n}")),
            message.verdict.map(|v| format!("{v:?}")),
            message.reason.as_ref().map(ToString::to_string),
        ]);
        format!("{at} to {} of {}: {about}\n{}\n\n{}", notice.contact, notice.tenant, message.subject, message.text)
    };
    let accepted = world.log().iter().filter_map(|record| match &record.what {
        What::Accepted(notice) => Some(letter(record.at, notice)),
        _ => None,
    });
    accepted.collect()
}

/// What stands in each status.
pub fn shows(world: &World) -> Vec<String> {
    world.objects().filter_map(|object| Some(format!("{}\n{}", object.key, lines(object)?.join("\n")))).collect()
}

fn lines(object: &Object) -> Option<Vec<String>> {
    match &object.content {
        Content::Tenant(_, status) => Some(tenant(status)),
        Content::Release(_, status) => Some(release(status)),
        Content::Window(_, status) => Some(window(status)),
        Content::Product(_, status) => Some(product(status)),
        Content::Trial(_, status) => Some(trial(status)),
        Content::Workload(_) | Content::Template(_) | Content::Job(_) => None,
    }
}

fn tenant(status: &TenantInstanceStatus) -> Vec<String> {
    let mut lines = vec![format!("runs {}", status.version.as_deref().unwrap_or("?"))];
    lines.extend(status.upgrade.as_ref().map(upgrade));
    lines.extend(conditions(&status.conditions));
    lines.extend(status.blockers.iter().map(|b| {
        let until = b.until.map(|at| format!(" until {at}")).unwrap_or_default();
        format!("blocked: {} holds {:?}{until}: {}: {}", b.gate, b.holds, b.reason, b.message)
    }));
    lines.extend(status.issues.iter().map(|issue| {
        let of = issue.release.as_ref().map(|release| format!(" of {release}")).unwrap_or_default();
        format!("issue{of}: {}: {}", issue.issue, issue.message)
    }));
    lines.extend(status.support.iter().map(|support| format!("support: {}: {support}", support.state)));
    lines.extend(status.deferrals.as_ref().map(|d| format!("deferrals: {} since {}", d.count, d.since)));
    lines.extend(status.opt_outs.iter().map(opt_out));
    lines.extend(status.history.iter().flat_map(|entry| std::iter::once(ended(entry)).chain(steps(entry))));
    lines.extend(status.notices.iter().map(notice));
    lines
}

fn upgrade(upgrade: &Upgrade) -> String {
    let text = words([
        Some(format!("upgrade: {} -> {} ({}, try {})", upgrade.from, upgrade.to, upgrade.release, upgrade.attempt)),
        (!upgrade.route.is_empty()).then(|| format!("by {}", upgrade.route.join(", "))),
        upgrade.slot.as_ref().map(|s| format!("at {} in {}, closes {}", s.opens, s.window, s.closes_at)),
        upgrade.expected_at.map(|at| format!("expected {at}")),
        (upgrade.replans > 0).then(|| format!("replanned {} times", upgrade.replans)),
        upgrade.consent.as_ref().map(|c| format!("{:?} since {}", c.answer, c.frozen_at)),
        upgrade.started_at.map(|at| format!("started {at}")),
    ]);
    let back = if upgrade.failure.is_some() { ", back" } else { "" };
    let at = |s: &Step| s.workload.as_ref().map(|on| on.name.clone()).or(s.name.clone()).unwrap_or_default();
    let step = upgrade.step.as_ref().map(|s| format!(", at {} after {} others", at(s), s.before)).unwrap_or_default();
    text + back + &step
}

fn opt_out(record: &OptOutRecord) -> String {
    words([
        Some(format!("opt-out {:?} {:?} at {}", record.value, record.verdict, record.at)),
        record.slot.as_ref().map(|slot| format!("of {slot}")),
        record.by.as_ref().map(|by| format!("by {by}")),
        record.reason.as_ref().map(|reason| format!("because {reason}")),
    ])
}

/// What became of hooks and probes.
fn steps(entry: &HistoryEntry) -> Vec<String> {
    let hook = |hook: &HookEntry| {
        let took = hook.took.map(|took| format!("took {took}"));
        words([Some(format!("hook: {} {:?}", hook.name, hook.result)), took, hook.message.clone()])
    };
    let probe = |probe: &ProbeEntry| {
        let value = |value: &Option<String>| value.as_ref().map_or("nothing".into(), |value| format!("{value:?}"));
        let holds = probe.holds.map(|holds| if holds { "holds" } else { "does not hold" }.to_owned());
        let restored = probe.restored.as_ref().map(|value| format!("{value:?} restored"));
        words([
            Some(format!("probe: {} {} before, {} after", probe.name, value(&probe.before), value(&probe.after))),
            holds,
            restored,
        ])
    };
    let own = entry.own_hook.then(|| "a hook of the tenant's own failed".to_owned());
    entry.steps.iter().flatten().map(hook).chain(entry.probes.iter().flatten().map(probe)).chain(own).collect()
}

fn ended(entry: &HistoryEntry) -> String {
    words([
        Some(format!("history: {:?} {} -> {} at {}", entry.result, entry.from, entry.to, entry.slot)),
        (!entry.noticed).then(|| "not noticed".into()),
        entry.by.as_ref().map(|by| format!("by {by}")),
        entry.change_ref.clone(),
        entry.started_at.map(|at| format!("started {at}")),
        Some(format!("ended {}", entry.finished_at)),
        entry.reason.as_ref().map(ToString::to_string),
        entry.message.clone(),
        entry.restored_to.map(|at| format!("data of {at}")),
    ])
}

fn notice(record: &NoticeRecord) -> String {
    words([
        Some(format!("notice: {:?} {} to {} until {}", record.kind, record.release, record.contact, record.deliver_by)),
        record.slot.as_ref().map(|slot| format!("of {slot}")),
        (!record.required).then(|| "not required".into()),
        record.reason.as_ref().map(ToString::to_string),
        record.delivered_at.map(|at| format!("delivered {at}")),
        record.last_error.as_ref().map(|error| format!("failed {} times: {error}", record.attempts)),
        record.superseded_by.as_ref().map(|by| match by {
            SupersededBy::Notice(_) => "void: a newer notice".into(),
            SupersededBy::Reason(reason) => format!("void: {reason}"),
        }),
    ])
}

fn release(status: &DashboardReleaseStatus) -> Vec<String> {
    let mut lines = conditions(&status.conditions);
    lines.extend(status.halt.as_ref().map(|halt| {
        let resumed = halt.resumed_at.map(|at| format!(", resumed {at}")).unwrap_or_default();
        format!("halt {} at {}: {} ({}){resumed}", halt.id, halt.at, halt.message, halt.failures.join(", "))
    }));
    lines.extend(status.checks.iter().map(check));
    lines.extend(status.tenants.as_ref().map(|t| {
        let at = t.at.map(|at| at.to_string()).unwrap_or_default();
        format!("tenants: {} running, {} pending, {} upgrading, {} failed at {at}", t.running, t.pending, t.upgrading, t.failed)
    }));
    lines.extend(status.rings.iter().map(|ring| {
        let (t, proven) = (&ring.tenants, ring.proven_at.map(|at| format!(", proven at {at}")).unwrap_or_default());
        let counts = format!("{} running, {} pending, {} upgrading, {} failed", t.running, t.pending, t.upgrading, t.failed);
        format!("ring {}: {counts}{proven}", ring.name)
    }));
    lines.extend(status.issues.iter().map(issue));
    lines
}

fn issue(one: &CountedIssue) -> String {
    words([
        Some(format!("issue: {} of {} tenants", one.issue, one.tenants)),
        (!one.first.is_empty()).then(|| one.first.join(" and ")),
        one.accepted_until.map(|until| format!("accepted until {until}")),
    ])
}

fn check(run: &CheckRun) -> String {
    words([
        Some(format!("check: {} attempt {} as {}, started {}", run.name, run.attempt, run.job, run.started_at)),
        run.result.map(|result| format!("{result:?}")),
        run.finished_at.map(|at| format!("ended {at}")),
        run.reason.as_ref().map(ToString::to_string),
        run.message.clone(),
    ])
}

fn window(status: &UpgradeWindowStatus) -> Vec<String> {
    let mut lines = conditions(&status.conditions);
    lines.extend(status.occurrences.iter().map(|o| {
        let frozen = o.frozen.as_ref().map(|why| format!(", frozen: {why}")).unwrap_or_default();
        format!("occurrence: {} until {}, a no until {}{frozen}", o.opens, o.closes_at, o.opt_out_until)
    }));
    lines
}

fn product(status: &SoftwareProductStatus) -> Vec<String> {
    let mut lines = conditions(&status.conditions);
    lines.extend(status.installations.iter().map(|one| {
        let until = one.ends_on.map(|on| format!(" until {on}")).unwrap_or_default();
        let planned = one.planned.as_ref().map(|next| {
            format!(
                ", then {} from {} on, which leaves {} behind at {}",
                next.version, next.not_before, next.left_behind, next.at
            )
        });
        format!("installation {}: {} {}{until}{}", one.name, one.version, one.state, planned.unwrap_or_default())
    }));
    lines.extend(status.notices.iter().filter(|told| !told.receipts.is_empty()).map(|told| {
        let when = told.before.map_or("when it had ended".into(), |before| format!("{before} before"));
        let heard: Vec<_> = told.receipts.iter().map(|receipt| format!("{} at {}", receipt.contact, receipt.at)).collect();
        format!("told: {} ends on {}, {when}: accepted by {}", told.subject, told.ends_on, heard.join(", "))
    }));
    lines
}

fn trial(status: &UpgradeTrialStatus) -> Vec<String> {
    let mut lines = conditions(&status.conditions);
    if let Some(run) = &status.run {
        let until = run.expires_at.map(|at| format!(", until {at}")).unwrap_or_default();
        lines.push(format!("run {}: {} -> {}, since {}{until}", run.id, run.from, run.version, run.started_at));
        lines.extend(run.steps.iter().chain(&run.watch).chain(&run.clean).map(trial_step));
        lines.extend(run.ended.as_ref().map(trial_end));
    }
    lines.extend(
        status
            .runs
            .iter()
            .map(|run| format!("past run {}: {} {}, cleaned {}", run.id, run.version, trial_end(&run.end), run.cleaned_at)),
    );
    lines
}

fn trial_step(step: &TrialStep) -> String {
    words([
        Some(format!("step {} attempt {}", step.word(), step.attempt)),
        step.job.clone(),
        step.started_at.map(|at| format!("from {at}")),
        step.result.map(|result| format!("{result:?}")),
        step.reason.as_ref().map(ToString::to_string),
        step.message.clone(),
    ])
}

fn trial_end(end: &TrialEnd) -> String {
    let answer = end.answer.map(|answer| format!(" {answer:?}")).unwrap_or_default();
    format!("{:?}{answer}, ended {}: {}: {}", end.verdict, end.at, end.reason, end.message)
}

fn conditions(conditions: &[Condition]) -> Vec<String> {
    conditions.iter().map(|c| format!("{}={} {}: {}", c.type_, c.status, c.reason, c.message)).collect()
}

fn words<const N: usize>(words: [Option<String>; N]) -> String {
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
