//! Rules that break a promise, each in one way: to see that it is noticed.

use jiff::{SignedDuration, Span, Timestamp, civil::Date};
use uplift::{
    api::{
        DashboardReleaseSpec, Duration, SoftwareProductSpec, TenantInstanceStatus,
        notice_key::NoticeKey,
        product::Milestone,
        tenant::{NoticeKind, Responsibility, Runway, SlotResult},
    },
    fleet::{Asked, Fleet, Rollout},
    plan::{Address, Change, Class, Notice, Plan, Write, plan},
};

/// Never hears an opt-out.
pub fn deaf(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for tenant in fleet.tenants.values_mut() {
        tenant.opt_out = None;
    }
    plan(&fleet, now)
}

/// Passes over suspensions.
pub fn early(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for tenant in fleet.tenants.values_mut() {
        if let Ok(spec) = &mut tenant.spec {
            spec.suspend = None;
        }
    }
    plan(&fleet, now)
}

/// Knows of no failure that would halt a release.
pub fn headlong(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for release in fleet.releases.values_mut() {
        if let Ok(spec) = &mut release.spec {
            spec.rollout.max_failures = 1000;
        }
    }
    plan(&fleet, now)
}

/// Forgets how many may run at the same time.
pub fn greedy(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for window in fleet.windows.values_mut() {
        if let Ok(spec) = &mut window.spec {
            spec.max_concurrent = 100;
        }
    }
    plan(&fleet, now)
}

/// Forgets how many places there are.
pub fn crowded(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for window in fleet.windows.values_mut() {
        if let Ok(spec) = &mut window.spec {
            spec.capacity = None;
        }
    }
    plan(&fleet, now)
}

/// Takes each notice for delivered.
pub fn unheard(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for tenant in fleet.tenants.values_mut() {
        for notice in tenant.status.iter_mut().flat_map(|status| &mut status.notices) {
            notice.delivered_at = Some(notice.created_at);
        }
    }
    plan(&fleet, now)
}

/// Asks to be woken at once, for ever.
pub fn sleepless(fleet: &Fleet, now: Timestamp) -> Plan {
    let plan = plan(fleet, now);
    let wake_at = plan.wake_at.map(|at| at.min(now + SignedDuration::from_hours(24 * 20)));
    Plan { wake_at: wake_at.filter(|at| *at > now).and(Some(now)), ..plan }
}

/// Puts images from before any that runs where the new ones belong.
pub fn backwards(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut plan = plan(fleet, now);
    for write in &mut plan.writes {
        let Change::Images { images, .. } = &mut write.change else { continue };
        for image in images.intent.images.values_mut() {
            let name = image.split(':').next().unwrap_or_default().to_owned();
            *image = format!("{name}:2026.8.0");
        }
    }
    plan
}

/// Believes that whatever was changed runs at once.
pub fn boastful(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for workload in fleet.workloads.values_mut() {
        let wanted = workload.rollout.wanted;
        let current = workload.rollout.current;
        workload.rollout = Rollout { current, wanted, updated: wanted, available: wanted, ..Rollout::default() };
    }
    plan(&fleet, now)
}

/// Takes for granted that every Job can be made.
pub fn presuming(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    let releases: Vec<_> = fleet.releases.values().map(|release| release.meta.uid.clone()).collect();
    for (template, version) in
        fleet.templates.iter().map(|(key, one)| (key.clone(), one.meta.resource_version.clone())).collect::<Vec<_>>()
    {
        for release in &releases {
            let (release, template_version) = (release.clone(), version.clone());
            fleet.heard(template.clone(), Asked { release, template_version, refused: None, at: now, noes: 0 });
        }
    }
    plan(&fleet, now)
}

/// Takes every Job that has ended for one that succeeded.
pub fn trusting(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for ended in fleet.jobs.values_mut().filter_map(|job| job.ended.as_mut()) {
        (ended.succeeded, ended.deadline_exceeded) = (true, false);
    }
    plan(&fleet, now)
}

/// Says that there is a day more than there is.
pub fn tardy(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut plan = plan(fleet, now);
    for write in &mut plan.writes {
        let Change::TenantStatus { status, .. } = &mut write.change else { continue };
        for said in &mut status.support {
            said.must_start_by = said.must_start_by.map(|at| at + SignedDuration::from_hours(25));
        }
    }
    plan
}

/// Takes every issue for accepted.
pub fn heedless(fleet: &Fleet, now: Timestamp) -> Plan {
    without_issues(fleet, now, |spec| spec.requires.clear())
}

/// Knows of nobody who uses an interface.
pub fn inconsiderate(fleet: &Fleet, now: Timestamp) -> Plan {
    without_issues(fleet, now, |spec| spec.interfaces.clear())
}

/// Whoever accepted an issue did so for ever.
pub fn indulgent(fleet: &Fleet, now: Timestamp) -> Plan {
    without_issues(fleet, now, |spec| spec.accepted_issues.iter_mut().for_each(|one| one.until = Date::MAX))
}

/// Lets customers decline what the way out of an end needs.
pub fn generous(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    let specs = fleet.windows.values_mut().filter_map(|window| window.spec.as_mut().ok());
    specs.filter_map(|spec| spec.deferral.as_mut()).for_each(|deferral| deferral.until_end_of_life = false);
    plan(&fleet, now)
}

/// Never says that a shared service moves.
pub fn unsuspecting(fleet: &Fleet, now: Timestamp) -> Plan {
    rewritten(fleet, now, |status| status.issues.retain(|issue| issue.moves().is_none()))
}

fn without_issues(fleet: &Fleet, now: Timestamp, change: impl Fn(&mut DashboardReleaseSpec)) -> Plan {
    let mut fleet = fleet.clone();
    fleet.releases.values_mut().filter_map(|release| release.spec.as_mut().ok()).for_each(change);
    plan(&fleet, now)
}

/// Says nothing of what it does not know.
pub fn unconcerned(fleet: &Fleet, now: Timestamp) -> Plan {
    rewritten(fleet, now, |status| status.support.retain(|said| said.state != Runway::Unknown))
}

/// Knows one date of a life cycle only.
pub fn stingy(fleet: &Fleet, now: Timestamp) -> Plan {
    of_other_products(fleet, now, |spec| spec.supported_until = Milestone::EolFrom)
}

/// Tells no customer of an end.
pub fn tacit(fleet: &Fleet, now: Timestamp) -> Plan {
    rewritten(fleet, now, |status| {
        status.support_notices.clear();
        status.notices.retain(|notice| !notice.kind.is_of_support());
    })
}

/// Lets customers replace what is the platform's.
pub fn blaming(fleet: &Fleet, now: Timestamp) -> Plan {
    of_other_products(fleet, now, |spec| {
        spec.installations.iter_mut().for_each(|one| one.responsibility = Responsibility::Customer);
    })
}

/// Tells of an end a day early.
pub fn hasty(fleet: &Fleet, now: Timestamp) -> Plan {
    of_other_products(fleet, now, |spec| {
        let longer = |before: &mut Duration| *before = Duration::from_secs(u32::try_from(before.as_secs()).unwrap() + 86_400);
        spec.notify_before.iter_mut().for_each(longer);
    })
}

fn of_other_products(fleet: &Fleet, now: Timestamp, change: impl Fn(&mut SoftwareProductSpec)) -> Plan {
    let mut fleet = fleet.clone();
    fleet.products.values_mut().filter_map(|product| product.spec.as_mut().ok()).for_each(change);
    plan(&fleet, now)
}

/// Takes whatever a probe wrote for the same.
pub fn indifferent(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    fleet.job_reads.values_mut().for_each(|read| read.message = "0".into());
    plan(&fleet, now)
}

/// Tells somebody else.
pub fn indiscreet(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut plan = plan(fleet, now);
    plan.notices.iter_mut().for_each(|notice| notice.address = Address::Webhook("https://elsewhere.example.test/".into()));
    plan
}

/// Gives a notice another key whenever it looks at it.
pub fn forgetful(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut plan = plan(fleet, now);
    plan.notices
        .iter_mut()
        .for_each(|notice| notice.record.key = NoticeKey::from(&*format!("{}-{}", notice.record.key, now.as_second())));
    plan
}

/// The statuses that it writes are changed; those that then say nothing new are not written.
fn rewritten(fleet: &Fleet, now: Timestamp, change: impl Fn(&mut TenantInstanceStatus)) -> Plan {
    let mut plan = plan(fleet, now);
    plan.writes.retain_mut(|write| {
        let Change::TenantStatus { tenant, status: new } = &mut write.change else { return true };
        change(new);
        fleet.tenants.get(tenant).is_none_or(|tenant| tenant.status.as_ref() != Ok(&**new))
    });
    plan
}

/// Keeps everything for ever.
pub fn hoarding(fleet: &Fleet, now: Timestamp) -> Plan {
    rewritten(fleet, now, |status| {
        let first = status.history.first().cloned();
        status.history.extend(first.into_iter().cycle().take(20));
    })
}

/// Never says why.
pub fn mute(fleet: &Fleet, now: Timestamp) -> Plan {
    rewritten(fleet, now, |status| status.blockers.clear())
}

/// Gives no verdict.
pub fn unanswering(fleet: &Fleet, now: Timestamp) -> Plan {
    rewritten(fleet, now, |status| status.opt_outs.clear())
}

/// Never gives a date, and sees no reason why.
pub fn lazy(fleet: &Fleet, now: Timestamp) -> Plan {
    rewritten(fleet, now, |status| {
        if let Some(upgrade) = &mut status.upgrade {
            upgrade.slot = None;
            status.notices.clear();
            status.calendar_sequence = 0;
        }
    })
}

/// Tells of no date that is lost.
pub fn hushed(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut plan = plan(fleet, now);
    plan.notices.retain(|notice| notice.record.kind == NoticeKind::Planned);
    plan
}

/// Writes every few hours, although nothing happens.
pub fn restless(fleet: &Fleet, now: Timestamp) -> Plan {
    const EVERY: i64 = 2 * 3600;
    let turn = now.as_second() / EVERY;
    let mut plan = plan(fleet, now);
    let next = Timestamp::from_second((turn + 1) * EVERY).unwrap();
    plan.wake_at = Some(plan.wake_at.map_or(next, |at| at.min(next)));
    let (Some((key, tenant)), true) = (fleet.tenants.first_key_value(), plan.writes.is_empty()) else { return plan };
    let Ok(mut status) = tenant.status.clone() else { return plan };
    let (turn, delivered) = (u32::try_from(turn).unwrap(), status.notices.iter_mut().find(|n| n.delivered_at.is_some()));
    let Some(notice) = delivered.filter(|notice| notice.attempts != turn) else { return plan };
    notice.attempts = turn;
    let change = Change::TenantStatus { tenant: key.clone(), status: Box::new(status) };
    plan.writes.push(Write::new(change, &tenant.meta, Class::Rest, vec![]));
    plan
}

/// What letters are made of is changed on its way out.
fn rewording(fleet: &Fleet, now: Timestamp, change: impl Fn(&mut Notice)) -> Plan {
    let mut plan = plan(fleet, now);
    plan.notices.iter_mut().for_each(change);
    plan
}

/// Says a day later than it means.
pub fn misdated(fleet: &Fleet, now: Timestamp) -> Plan {
    rewording(fleet, now, |notice| {
        let standing = notice.facts.standing.as_mut().map(|date| &mut date.slot);
        for slot in notice.facts.slot.as_mut().into_iter().chain(standing) {
            slot.opens_at += SignedDuration::from_hours(24);
        }
    })
}

/// Puts nothing in anybody's calendar.
pub fn uninvited(fleet: &Fleet, now: Timestamp) -> Plan {
    rewording(fleet, now, |notice| notice.facts.calendar = None)
}

/// Gives verdicts and tells nobody.
pub fn curt(fleet: &Fleet, now: Timestamp) -> Plan {
    let answers =
        [NoticeKind::OptOutAccepted, NoticeKind::OptOutTooLate, NoticeKind::OptOutLimitReached, NoticeKind::OptOutUndone];
    let mut plan = plan(fleet, now);
    plan.notices.retain(|notice| !answers.contains(&notice.record.kind));
    plan
}

/// Takes one day for another.
pub fn mishearing(fleet: &Fleet, now: Timestamp) -> Plan {
    rewording(fleet, now, |notice| {
        let day = notice.facts.value.as_ref().and_then(|value| value.parse::<Date>().ok());
        notice.facts.value = day.map(|day| (day + Span::new().days(30)).to_string()).or(notice.facts.value.take());
    })
}

/// Announces a version that nobody planned.
pub fn unplanned(fleet: &Fleet, now: Timestamp) -> Plan {
    rewording(fleet, now, |notice| notice.record.release = "2026.99.0".into())
}

/// Calls customers what machines call them.
pub fn careless(fleet: &Fleet, now: Timestamp) -> Plan {
    rewording(fleet, now, |notice| notice.facts.customer = format!("TenantInstance {}", notice.tenant))
}

/// Tells customers that all is as it was.
pub fn comforting(fleet: &Fleet, now: Timestamp) -> Plan {
    rewording(fleet, now, |notice| (notice.facts.runs, notice.facts.over) = (notice.facts.from.clone(), false))
}

/// Keeps to itself what is new.
pub fn modest(fleet: &Fleet, now: Timestamp) -> Plan {
    rewording(fleet, now, |notice| notice.facts.notes = None)
}

/// Takes a hotfix for the image that it was made from.
pub fn guessing(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for container in fleet.workloads.values_mut().flat_map(|workload| &mut workload.containers) {
        container.image = container.image.split("-hotfix").next().unwrap_or_default().to_owned();
    }
    plan(&fleet, now)
}

/// Forgets who declined, when it says whose turn is next.
pub fn favouring(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for status in fleet.tenants.values_mut().filter_map(|tenant| tenant.status.as_mut().ok()) {
        status.deferrals = None;
        status.history.retain(|entry| entry.result != SlotResult::OptedOut);
    }
    plan(&fleet, now)
}

/// Reads a slot's days in the zone that its window has by now.
pub fn moving(fleet: &Fleet, now: Timestamp) -> Plan {
    let mut fleet = fleet.clone();
    for status in fleet.tenants.values_mut().filter_map(|tenant| tenant.status.as_mut().ok()) {
        let Some(slot) = status.upgrade.as_mut().and_then(|up| up.slot.as_mut()) else { continue };
        let zone = fleet.windows.get(&slot.window).and_then(|window| Some(window.spec.as_ref().ok()?.time_zone.clone()));
        slot.time_zone = zone.unwrap_or_default();
    }
    plan(&fleet, now)
}
